"""A day played out many times at once: who is free to go in goes in by the order of the queue, until nobody is left."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

NEVER = np.float32(np.inf)


APART = 1e7
"""Minutes between two days that are searched as one: more than any turn is, also of one who goes first or last."""


@dataclass(frozen=True, kw_only=True)
class Chances:
    """So many days by so many people, all in minutes from now. Whoever does not come arrives NEVER.

    The first `here` wait already, and stand in the order of their turns; the next `to_come` are known too, and whoever
    follows is one like another. `counts_from` is when one of the others may be called where somebody waits too, `turn`
    his place among them. The doctor is free at `free_at`, rests in `rests` while nobody waits, and comes back from each
    as late as `comes_late`.
    """

    here: int
    to_come: int
    arrives: Grid
    counts_from: Grid
    turn: Grid
    takes: Grid
    free_at: Grid
    comes_late: Grid
    rests: tuple[tuple[float, float], ...]


def play(chances: Chances) -> tuple[Grid, Grid]:
    """When each who is known goes in, NEVER who does not come; and when each of the days is over.

    In each step one of the others goes in, or of those who are here all before whom surely none of the others does.
    """
    here, others = _Here(chances), _Others(chances)
    free = chances.free_at.copy()
    while here.is_anybody_left or others.is_one_left_who_is_known:
        who, his_turn = others.first_of_those_who_may(free)
        goes, waits = his_turn < here.turn_of_the_first, here.waits
        at = free.copy()
        if (one := np.flatnonzero(waits & ~goes)).size:
            free[one] = here.go_in(one, free[one], *others.none_before(one))
        if (idle := np.flatnonzero(~waits & ~goes)).size:
            who[idle], at[idle], goes[idle] = others.next_to_come(idle, free[idle])
        going = np.flatnonzero(goes)
        free[going] = others.go_in(going, who[going], at[going])
    return np.concatenate([here.went_in(), others.went_in[:, : chances.to_come]], axis=1), others.done(free)


class _Rows:
    """Rows of rising values, searched all at once: as one line in which each row has a stretch of its own."""

    def __init__(self, rows: Grid) -> None:
        self.long = rows.shape[1]
        self.line = (rows + np.arange(len(rows))[:, None] * APART).ravel()

    def below(self, rows: Places, values: Grid, *, or_equal: bool = False) -> Places:
        """How many of its row lie below each value."""
        wanted = np.clip(values, -APART / 4, APART / 4) + rows * APART
        found: Places = np.searchsorted(self.line, wanted, "right" if or_equal else "left") - rows * self.long
        return found


class _Here:
    """Those who are here, of each day in the order of their turns: who of them is first by now."""

    def __init__(self, chances: Chances) -> None:
        self.many, days = chances.here, len(chances.turn)
        self.turn = np.concatenate([chances.turn[:, : self.many], np.full((days, 1), NEVER, np.float32)], axis=1)
        # By when so many of them are done, from when the first of them went in.
        self.done = np.zeros((days, self.many + 1), dtype=np.float32)
        np.cumsum(chances.takes[:, : self.many], axis=1, out=self.done[:, 1:])
        self.rows = _Rows(self.done)
        self.since = np.full((days, self.many), -NEVER, dtype=np.float32)
        self.begins = np.arange(days) * (self.many + 1)
        self.first = np.zeros(days, dtype=np.intp)

    @property
    def waits(self) -> npt.NDArray[np.bool_]:
        """On which days somebody does."""
        return self.first < self.many

    @property
    def is_anybody_left(self) -> bool:
        """On any day."""
        return bool(self.waits.any())

    @property
    def turn_of_the_first(self) -> Grid:
        """NEVER, where nobody is left."""
        return self.turn.ravel().take(self.begins + self.first)

    def go_in(self, days: Places, free: Grid, until: Grid, before: Places) -> Grid:
        """The first does when the doctor is free, and one after the other all who do `until` then or stand `before`.

        When the doctor is free again.
        """
        first = self.first[days]
        since = free - self.done[days, first]
        self.since[days, first] = since
        last = np.maximum(np.maximum(before, self.rows.below(days, until - since)), first + 1)
        self.first[days] = last = np.minimum(last, self.many)
        return since + self.done[days, last]

    def went_in(self) -> Grid:
        """When each of them did: no later one has begun before an earlier one."""
        return np.maximum.accumulate(self.since, axis=1) + self.done[:, : self.many]


class _Others:
    """Those still to come, of each day in the order of their turns; the last of them is nobody, and may always."""

    def __init__(self, chances: Chances) -> None:
        self.chances, here = chances, chances.here
        days, self.many = chances.turn[:, here:].shape
        self.order = np.argsort(chances.turn[:, here:], axis=1, kind="stable")
        self.turn, self.takes, self.arrives, self.counts = (
            self._in_order(grid, last)
            for grid, last in (
                (chances.turn, NEVER),
                (chances.takes, NEVER),
                (chances.arrives, NEVER),
                (chances.counts_from, -NEVER),
            )
        )
        self.begins = np.arange(days) * (self.many + 1)
        # Before whom of those who are here each goes by his turn, and from when on he might.
        each = np.repeat(np.arange(days), self.many + 1).reshape(days, -1)
        self.before: Places = _Rows(chances.turn[:, :here]).below(each, self.turn, or_equal=True)
        self.passes = np.where((self.before < here) & (self.turn < NEVER), self.counts, NEVER)
        self.went_in = np.full((days, self.many), NEVER, dtype=np.float32)
        self.left = int((chances.arrives[:, here : here + chances.to_come] < NEVER).sum())

    def _in_order(self, grid: Grid, last: np.float32) -> Grid:
        found = np.full((len(grid), self.many + 1), last, dtype=np.float32)
        found[:, :-1] = np.take_along_axis(grid[:, self.chances.here :], self.order, axis=1)
        return found

    @property
    def is_one_left_who_is_known(self) -> bool:
        """On any day."""
        return self.left > 0

    def first_of_those_who_may(self, free: Grid) -> tuple[Places, Grid]:
        """Who is called first of those who may be, and his turn; NEVER, where nobody may."""
        who: Places = (self.counts <= free[:, None]).argmax(axis=1)
        return who, self.turn.ravel().take(self.begins + who)

    def none_before(self, days: Places) -> tuple[Grid, Places]:
        """Until when, and before which of those who are here, surely none of the others goes."""
        return self.passes[days].min(axis=1), self.before[days].min(axis=1)

    def next_to_come(self, idle: Places, free: Grid) -> tuple[Places, Grid, npt.NDArray[np.bool_]]:
        """Who goes in where nobody waits, when, and whether anybody comes any more."""
        arrives = self.arrives[idle]
        first = arrives.argmin(axis=1)
        earliest = arrives.min(axis=1)
        then = self._after_rests(np.maximum(free, earliest), idle)
        best = (self.counts[idle] <= then[:, None]).argmax(axis=1)
        return np.where(best < self.many, best, first), then, earliest < NEVER

    def go_in(self, days: Places, who: Places, at: Grid) -> Grid:
        """They do, and wait no more. When the doctor is free again."""
        column, place = self.order[days, who], self.begins[days] + who
        self.went_in[days, column] = at
        self.left -= int((column < self.chances.to_come).sum())
        for grid in (self.arrives, self.counts, self.passes):
            grid.ravel()[place] = NEVER
        self.before.ravel()[place] = self.chances.here
        free: Grid = at + self.takes.ravel().take(place)
        return free

    def done(self, free: Grid) -> Grid:
        """When the last of them is, of whom nobody is known: in which order they go in is nothing to anybody."""
        order, days = np.argsort(self.arrives, axis=1), np.arange(len(free))
        arrives, takes = (np.take_along_axis(grid, order, axis=1) for grid in (self.arrives, self.takes))
        for came, long in zip(arrives.T, takes.T, strict=True):
            comes = came < NEVER
            if not comes.any():
                break
            begins = np.where(came > free, self._after_rests(came, days), free)
            free = np.where(comes, begins + long, free)
        return free

    def _after_rests(self, moments: Grid, days: Places) -> Grid:
        """Those of which the doctor rests are over when he is back."""
        for begins, ends in self.chances.rests:
            rests = (moments >= begins) & (moments < ends)
            moments = np.where(rests, self.chances.comes_late[days] + np.float32(ends), moments)
        return moments
