"""A day played out many times at once: who is free to go in goes in by the order of the queue, until nobody is left."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

NEVER = np.float32(np.inf)


@dataclass(frozen=True, kw_only=True)
class Chances:
    """So many days by so many people, all in minutes from now. Whoever does not come arrives NEVER.

    The first `here` wait already, and stand in the order of their turns. `counts_from` is when one of the others may be
    called where somebody waits too, `turn` his place among them. The doctor is free at `free_at`, rests in `rests`
    while nobody waits, and comes back from each as late as `comes_late`.
    """

    here: int
    arrives: Grid
    counts_from: Grid
    turn: Grid
    takes: Grid
    free_at: Grid
    comes_late: Grid
    rests: tuple[tuple[float, float], ...]


def play(chances: Chances) -> tuple[Grid, Grid]:
    """When each goes in, NEVER who does not come; and when each of the days is over.

    In each step one of the others goes in, or of those who are here all before whom surely none of the others does.
    """
    samples, people = chances.arrives.shape
    here, days = chances.here, np.arange(samples)
    goes_in = np.full((samples, people), NEVER, dtype=np.float32)
    others = _Others(chances)
    # By when so many of those who are here are done, from when the first of them went in.
    done = np.zeros((samples, here + 1), dtype=np.float32)
    np.cumsum(chances.takes[:, :here], axis=1, out=done[:, 1:])
    turn = np.concatenate([chances.turn[:, :here], np.full((samples, 1), NEVER, dtype=np.float32)], axis=1)
    places, first, free = np.arange(here), np.zeros(samples, dtype=np.intp), chances.free_at.copy()
    while True:
        who, his_turn = others.first_of_those_who_may(free)
        goes, waits = his_turn < turn[days, first], first < here
        at = free.copy()
        if (one := np.flatnonzero(waits & ~goes)).size:
            since = free[one] - done[one, first[one]]
            last = np.maximum(first[one] + 1, others.none_before(one, since, done))
            gone = (places >= first[one, None]) & (places < last[:, None])
            goes_in[one, :here] = np.where(gone, since[:, None] + done[one, :here], goes_in[one, :here])
            first[one], free[one] = last, since + done[one, last]
        if (idle := np.flatnonzero(~waits & ~goes)).size:
            who[idle], at[idle], goes[idle] = others.next_to_come(idle, free[idle])
        going = np.flatnonzero(goes)
        if not going.size and not one.size:
            return goes_in, free
        called = who[going]
        goes_in[going, others.column(going, called)] = at[going]
        free[going] = at[going] + others.takes[going, called]
        others.leave(going, called)


class _Others:
    """Those who are still to come, of each day in the order of their turns."""

    def __init__(self, chances: Chances) -> None:
        self.chances, here = chances, chances.here
        self.days = np.arange(len(chances.turn))
        self.order = np.argsort(_beside(chances.turn, here), axis=1, kind="stable")
        self.turn, self.takes, self.arrives, self.counts = (
            np.take_along_axis(_beside(grid, here), self.order, axis=1)
            for grid in (chances.turn, chances.takes, chances.arrives, chances.counts_from)
        )
        # Before whom of those who are here each goes by his turn, and from when on he might.
        self.before: Places = (chances.turn[:, None, :here] <= self.turn[:, :, None]).sum(axis=2)
        self.passes = np.where(self.before < here, self.counts, NEVER)

    def column(self, days: Places, who: Places) -> Places:
        """Where they stand among all people."""
        return self.chances.here + self.order[days, who]

    def leave(self, days: Places, who: Places) -> None:
        """They are in, and wait no more."""
        self.arrives[days, who] = self.counts[days, who] = self.passes[days, who] = NEVER
        self.before[days, who] = self.chances.here

    def first_of_those_who_may(self, free: Grid) -> tuple[Places, Grid]:
        """Who is called first of those who may be, and his turn; NEVER, where nobody may."""
        may = self.counts <= free[:, None]
        who = may.argmax(axis=1)
        return who, np.where(may[self.days, who], self.turn[self.days, who], NEVER)

    def none_before(self, days: Places, since: Grid, done: Grid) -> Places:
        """One of those who are here, before whom surely none of the others goes: too early, or not his turn."""
        too_early: Places = (since[:, None] + done[days] < self.passes[days].min(axis=1)[:, None]).sum(axis=1)
        last: Places = np.minimum(np.maximum(self.before[days].min(axis=1), too_early), self.chances.here)
        return last

    def next_to_come(self, idle: Places, free: Grid) -> tuple[Places, Grid, npt.NDArray[np.bool_]]:
        """Who goes in where nobody waits, when, and whether anybody comes any more."""
        arrives, which = self.arrives[idle], np.arange(len(idle))
        first = arrives.argmin(axis=1)
        comes = arrives[which, first] < NEVER
        then = np.where(comes, np.maximum(free, arrives[which, first]), free)
        for begins, ends in self.chances.rests:
            rests = (then >= begins) & (then < ends) & comes
            then = np.where(rests, ends + self.chances.comes_late[idle], then)
        may = self.counts[idle] <= then[:, None]
        best = may.argmax(axis=1)
        return np.where(may[which, best], best, first), then.astype(np.float32), comes


def _beside(grid: Grid, here: int) -> Grid:
    """The columns of the others, and one of somebody who never comes: so there is always one to look at."""
    return np.pad(grid[:, here:], ((0, 0), (0, 1)), constant_values=NEVER)
