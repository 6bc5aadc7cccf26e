"""Many days at once come out as each of them does when it is played person by person."""

from dataclasses import fields

import numpy as np
import pytest

from services.played_out import NEVER, Chances, play

DAYS = 40


def chances(seed: int) -> Chances:
    """Of a few people each, so that they often meet; whole minutes, so that they often come at the same."""
    draw = np.random.default_rng(seed)
    here, to_come, others = (int(draw.integers(0, most)) for most in (6, 6, 5))

    def minutes(many: int, most: int) -> np.ndarray:
        return draw.integers(0, most, (DAYS, many)).astype(np.float32)

    arrives = minutes(to_come + others, 90)
    arrives[draw.random(arrives.shape) < 0.2] = NEVER
    counts = arrives.copy()
    # Only one who is booked can be late, and lets others go first.
    counts[:, :to_come] += minutes(to_come, 20) * (draw.random((DAYS, to_come)) < 0.3)
    present = np.zeros((DAYS, here), dtype=np.float32)
    own = np.concatenate([np.sort(minutes(here, 60), axis=1), minutes(to_come + others, 100)], axis=1)
    # No two have one turn.
    turn = own + np.arange(own.shape[1], dtype=np.float32) / 64
    turn[:, here + to_come :][draw.random((DAYS, others)) < 0.3] = -1e6
    rests = ((20.0, 35.0), (60.0, 70.0))[: int(draw.integers(0, 3))]
    return Chances(
        here=here,
        to_come=to_come,
        arrives=np.concatenate([present, arrives], axis=1),
        counts_from=np.concatenate([present, counts], axis=1),
        turn=turn,
        takes=1 + minutes(here + to_come + others, 15),
        free_at=minutes(1, 30)[:, 0],
        comes_late=minutes(1, 10)[:, 0],
        rests=rests,
    )


def one_day(of: Chances, day: int) -> tuple[list[float], float]:
    """When each goes in, and when all is over; one step is one person."""
    free, goes_in = float(of.free_at[day]), [float(NEVER)] * of.turn.shape[1]
    left = [who for who in range(len(goes_in)) if of.arrives[day, who] < NEVER]

    def first(those: list[int]) -> int:
        return min(those, key=lambda who: (of.turn[day, who], who))

    while left:
        waiting = [who for who in left if who < of.here]
        may = [who for who in left if who >= of.here and of.counts_from[day, who] <= free]
        at = free
        if not waiting and not may:
            at = max(free, min(float(of.arrives[day, who]) for who in left))
            for begins, ends in of.rests:
                at = ends + float(of.comes_late[day]) if begins <= at < ends else at
            may = [who for who in left if of.counts_from[day, who] <= at]
            may = may or [min(left, key=lambda who: (of.arrives[day, who], of.turn[day, who], who))]
        called = first(waiting[:1] + may)
        goes_in[called] = at
        free = at + float(of.takes[day, called])
        left.remove(called)
    return goes_in, free


@pytest.mark.parametrize("seed", range(60))
def test_each_day_is_as_if_it_were_played_alone(seed: int) -> None:
    given = chances(seed)
    before = {each.name: np.copy(getattr(given, each.name)) for each in fields(given)}
    goes_in, over = play(given)
    known = given.here + given.to_come
    for day in range(DAYS):
        alone, ends = one_day(given, day)
        assert goes_in[day].tolist() == pytest.approx(alone[:known], abs=1e-3)
        assert over[day] == pytest.approx(ends, abs=1e-3)
    assert all(np.array_equal(getattr(given, name), value) for name, value in before.items())
