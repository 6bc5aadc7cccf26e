"""A day played out many times at once: who is free to go in goes in by the order of the queue, until nobody is left."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float32]

NEVER = np.float32(np.inf)


@dataclass(frozen=True, kw_only=True)
class Chances:
    """So many days by so many people, all in minutes from now. Whoever does not come arrives NEVER.

    `counts_from` is when one who is here may be called where others wait too, `turn` his place among them. The doctor
    is free at `free_at`, rests in `rests` while nobody waits, and comes back from each as late as `comes_late`.
    """

    arrives: Grid
    counts_from: Grid
    turn: Grid
    takes: Grid
    free_at: Grid
    comes_late: Grid
    rests: tuple[tuple[float, float], ...]


def play(chances: Chances) -> tuple[Grid, Grid]:
    """When each goes in, NEVER who does not come; and when each of the days is over."""
    samples, people = chances.arrives.shape
    rows, free = np.arange(samples), chances.free_at.copy()
    arrives, counts, turn = chances.arrives.copy(), chances.counts_from.copy(), chances.turn
    goes_in = np.full((samples, people), NEVER, dtype=np.float32)
    for _ in range(people):
        there = np.where(counts <= free[:, None], turn, NEVER)
        who = there.argmin(axis=1)
        idle = np.flatnonzero(there[rows, who] == NEVER)
        if idle.size:
            who[idle], free[idle], is_over = _next_to_come(chances, arrives[idle], counts[idle], free[idle], idle)
            if is_over.any():
                going = np.ones(samples, dtype=bool)
                going[idle[is_over]] = False
                if not going.any():
                    break
                at = rows[going], who[going]
                goes_in[at] = free[going]
                free[going] += chances.takes[at]
                arrives[at] = counts[at] = NEVER
                continue
        goes_in[rows, who] = free
        free += chances.takes[rows, who]
        arrives[rows, who] = counts[rows, who] = NEVER
    return goes_in, free


def _next_to_come(
    chances: Chances, arrives: Grid, counts: Grid, free: Grid, idle: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], Grid, npt.NDArray[np.bool_]]:
    """Who goes in where nobody waits, from when on, and where nobody comes any more."""
    first = arrives.argmin(axis=1)
    comes = arrives[np.arange(len(idle)), first]
    is_over = comes == NEVER
    then = np.where(is_over, free, np.maximum(free, comes))
    for begins, ends in chances.rests:
        rests = (then >= begins) & (then < ends) & ~is_over
        then = np.where(rests, ends + chances.comes_late[idle], then)
    there = np.where(counts <= then[:, None], chances.turn[idle], NEVER)
    best = there.argmin(axis=1)
    is_found = there[np.arange(len(idle)), best] < NEVER
    return np.where(is_found, best, first), then.astype(np.float32), is_over
