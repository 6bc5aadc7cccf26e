"""A day played out many times at once: who is free to go in goes in by the order of the queue, until nobody is left."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float32]

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

    Those who are here go in one after another until one of the others goes before the next of them: what lies between
    two of the others is added up at once.
    """
    samples, people = chances.arrives.shape
    here, rows = chances.here, np.arange(samples)
    goes_in = np.full((samples, people), NEVER, dtype=np.float32)
    others = _Others(chances)
    # By when so many of those who are here are done, from when the first of them went in.
    done = np.zeros((samples, here + 1), dtype=np.float32)
    np.cumsum(chances.takes[:, :here], axis=1, out=done[:, 1:])
    turn = np.concatenate([chances.turn[:, :here], np.full((samples, 1), NEVER, dtype=np.float32)], axis=1)
    since, first, free = chances.free_at.copy(), np.zeros(samples, dtype=np.intp), chances.free_at.copy()
    going = rows
    while going.size:
        last = others.before_whom(going, first[going], since[going], done, turn)
        places = np.arange(here)
        gone = (places >= first[going, None]) & (places < last[:, None])
        goes_in[going, :here] = np.where(gone, since[going, None] + done[going, :here], goes_in[going, :here])
        free[going] = since[going] + done[going, last]
        who, at, is_over = others.next_one(going, free[going], turn[going, last])
        going, last, who, at = going[~is_over], last[~is_over], who[~is_over], at[~is_over]
        goes_in[going, here + who] = at
        free[going] = at + others.takes[going, who]
        others.arrives[going, who] = others.counts[going, who] = NEVER
        first[going] = last
        since[going] = free[going] - done[going, last]
    return goes_in, free


class _Others:
    """Those who are still to come."""

    def __init__(self, chances: Chances) -> None:
        self.chances = chances
        self.arrives = chances.arrives[:, chances.here :].copy()
        self.counts = chances.counts_from[:, chances.here :].copy()
        self.turn, self.takes = chances.turn[:, chances.here :], chances.takes[:, chances.here :]

    def before_whom(
        self, going: npt.NDArray[np.intp], first: npt.NDArray[np.intp], since: Grid, done: Grid, turn: Grid
    ) -> npt.NDArray[np.intp]:
        """The first of those who are here before whom one of the others goes in; all of them go before, where none is.

        The later it is the more may be called, and the later are the turns of those who are here: once one of the
        others may go first, he may from then on.
        """
        low, high = first.copy(), np.full(len(going), self.chances.here, dtype=np.intp)
        if not self.arrives.shape[1]:
            return high
        counts, own = self.counts[going], self.turn[going]
        for _ in range(self.chances.here.bit_length()):
            middle = (low + high) // 2
            at = (since + done[going, middle])[:, None]
            may = ((counts <= at) & (own < turn[going, middle][:, None])).any(axis=1)
            low, high = np.where(may, low, np.minimum(middle + 1, high)), np.where(may, middle, high)
        return high

    def next_one(
        self, going: npt.NDArray[np.intp], free: Grid, turn: Grid
    ) -> tuple[npt.NDArray[np.intp], Grid, npt.NDArray[np.bool_]]:
        """Who of the others goes in, and when; and where nobody comes any more."""
        which = np.arange(len(going))
        if not self.arrives.shape[1]:
            return which, free, np.ones(len(going), dtype=bool)
        there = np.where(self.counts[going] <= free[:, None], self.turn[going], NEVER)
        who, at, is_over = there.argmin(axis=1), free, np.zeros(len(going), dtype=bool)
        if (idle := np.flatnonzero(there[which, who] >= turn)).size:
            who[idle], later, is_over[idle] = self._next_to_come(going[idle], free[idle])
            at = at.copy()
            at[idle] = later
        return who, at, is_over

    def _next_to_come(
        self, idle: npt.NDArray[np.intp], free: Grid
    ) -> tuple[npt.NDArray[np.intp], Grid, npt.NDArray[np.bool_]]:
        """Who goes in where nobody waits, from when on, and where nobody comes any more."""
        arrives, which = self.arrives[idle], np.arange(len(idle))
        first = arrives.argmin(axis=1)
        comes = arrives[which, first]
        is_over = comes == NEVER
        then = np.where(is_over, free, np.maximum(free, comes))
        for begins, ends in self.chances.rests:
            rests = (then >= begins) & (then < ends) & ~is_over
            then = np.where(rests, ends + self.chances.comes_late[idle], then)
        there = np.where(self.counts[idle] <= then[:, None], self.turn[idle], NEVER)
        best = there.argmin(axis=1)
        return np.where(there[which, best] < NEVER, best, first), then.astype(np.float32), is_over
