"""The rule of who goes in next: the line of any day that can happen keeps what the rule promises."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.words import LANGUAGES
from models.appointment import Source, Status
from services.queue_rule import QueueRule, in_order, is_walk_in, sentence

NINE = datetime(2026, 12, 1, 3, 30, tzinfo=UTC)


def after(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


@dataclass(frozen=True, kw_only=True)
class One:
    """One of a day, by the minutes after nine at which things happened."""

    id: UUID
    token: int
    starts_at: datetime
    source: str = Source.WEB
    is_emergency: bool = False
    status: Status = Status.CHECKED_IN
    checked_in_at: datetime | None = None
    skipped_at: datetime | None = None
    started_at: datetime | None = None
    updated_at: datetime = NINE


def one(token: int, time: int, came: int, **values: object) -> One:
    return One(id=UUID(int=token), token=token, starts_at=after(time), checked_in_at=after(came), **values)


def walk_in(token: int, came: int, **values: object) -> One:
    return one(token, came, came, source=Source.WALK_IN, **values)


def gone_in(found: One, minutes: int) -> One:
    return replace(found, status=Status.COMPLETED, started_at=after(minutes))


def tokens(people: list[One], rule: QueueRule = QueueRule()) -> list[int]:  # noqa: B008  (it is frozen)
    return [each.token for each in in_order(people, rule)]


@st.composite
def days(draw: st.DrawFn) -> tuple[list[One], QueueRule]:
    """Whatever can be recorded of a day."""
    minutes = st.integers(0, 120)
    people = []
    for token in range(1, draw(st.integers(1, 12)) + 1):
        came = draw(minutes)
        kind = draw(st.sampled_from(["booked", "booked", "booked", "walk-in", "emergency"]))
        source = Source.WEB if kind == "booked" else Source.WALK_IN
        found = one(token, draw(minutes), came, source=source, is_emergency=kind == "emergency")
        if draw(st.integers(0, 4)) == 0:
            found = replace(found, skipped_at=after(came + draw(st.integers(0, 60))))
        status = draw(st.sampled_from([Status.CHECKED_IN] * 4 + [Status.COMPLETED, Status.NO_SHOW]))
        left = after(came + draw(minutes))
        people.append(replace(found, status=status, started_at=left, updated_at=left))
    numbers = st.integers(0, 4)
    return people, QueueRule(grace_minutes=draw(numbers) * 5, late_after=draw(numbers), walk_in_after=draw(numbers))


ANY = settings(max_examples=200, deadline=None)


@ANY
@given(days(), st.randoms())
def test_the_order_is_the_same_however_often_and_in_whatever_order_it_is_asked_for(day, chance) -> None:
    people, rule = day
    found = tokens(people, rule)
    assert sorted(found) == [each.token for each in people if each.status == Status.CHECKED_IN]
    chance.shuffle(people)
    assert tokens(people, rule) == found == tokens(people, rule)


@ANY
@given(days(), st.data())
def test_who_leaves_moves_nobody_else(day, data) -> None:
    people, rule = day
    before = tokens(people, rule)
    if not before:
        return
    leaves, how = data.draw(st.sampled_from(before)), data.draw(st.sampled_from(["called", "cancelled"]))
    status = Status.IN_CONSULTATION if how == "called" else Status.CANCELLED
    later = [
        replace(each, status=status, started_at=after(400), updated_at=after(400)) if each.token == leaves else each
        for each in people
    ]
    assert tokens(later, rule) == [token for token in before if token != leaves]


@ANY
@given(days())
def test_no_emergency_is_behind_one_who_is_none_and_they_go_as_they_came(day) -> None:
    people, rule = day
    found = in_order(people, rule)
    urgent = [each for each in found if each.is_emergency]
    assert found[: len(urgent)] == urgent
    came = [(each.checked_in_at, each.token) for each in urgent if each.skipped_at is None]
    if len(came) == len(urgent):
        assert came == sorted(came)


@ANY
@given(days(), st.data())
def test_one_who_is_passed_over_goes_back_by_as_many_as_the_rule_says_and_nobody_else_goes_back(day, data) -> None:
    people, rule = day
    before = tokens(people, rule)
    if not before:
        return
    skipped = data.draw(st.sampled_from(before))
    later = [replace(each, skipped_at=after(400)) if each.token == skipped else each for each in people]
    if any(each.skipped_at for each in people if each.token == skipped):
        return
    found = tokens(later, rule)
    assert [token for token in found if token != skipped] == [token for token in before if token != skipped]
    assert 0 <= found.index(skipped) - before.index(skipped) <= rule.late_after
    assert all(found.index(other) <= before.index(other) for other in before if other != skipped)


@ANY
@given(days())
def test_who_comes_after_a_walk_in_goes_before_him_only_booked_and_only_so_many(day) -> None:
    people, rule = day
    found = in_order(people, rule)
    for place, each in enumerate(found):
        if is_walk_in(each) and each.skipped_at is None:
            ahead = [o for o in found[:place] if not o.is_emergency and moment(o) > moment(each)]
            assert not any(is_walk_in(other) for other in ahead)
            assert len(ahead) <= rule.walk_in_after


@ANY
@given(days())
def test_before_one_who_is_on_time_goes_nobody_whose_time_is_later(day) -> None:
    people, rule = day
    people = [replace(each, skipped_at=None) for each in people if not is_walk_in(each)]
    found = in_order(people, rule)
    for place, each in enumerate(found):
        if not each.is_emergency and each.checked_in_at <= each.starts_at + rule.grace:
            assert all(other.is_emergency or other.starts_at <= each.starts_at for other in found[:place])


@ANY
@given(days(), st.integers(0, 120))
def test_a_latecomer_lets_so_many_go_first_who_are_there_and_whoever_has_an_earlier_time(day, time) -> None:
    people, rule = day
    punctual = [each for each in people if not is_walk_in(each) and each.checked_in_at <= each.starts_at + rule.grace]
    found = in_order([*punctual, one(99, time, 300)], rule)
    place = next(n for n, each in enumerate(found) if each.token == 99)
    ahead = [each for each in found[:place] if not each.is_emergency]
    assert sum(each.starts_at > after(time) for each in ahead) <= rule.late_after
    assert len(ahead) >= min(rule.late_after, sum(not each.is_emergency for each in found) - 1)


def moment(each: One) -> tuple[datetime, int]:
    assert each.checked_in_at is not None
    return each.checked_in_at, each.token


def test_within_grace_he_keeps_his_place_and_after_it_he_lets_the_next_one_go_first() -> None:
    others = [one(2, 10, 0), one(3, 20, 0)]
    assert tokens([one(1, 0, 10), *others]) == [1, 2, 3]
    assert tokens([one(1, 0, 11), *others]) == [2, 1, 3]
    assert tokens([one(1, 0, 11), *others], QueueRule(late_after=2)) == [2, 3, 1]
    assert tokens([one(1, 0, 11), *others], QueueRule(late_after=0)) == [1, 2, 3]


def test_a_latecomer_goes_before_nobody_whose_time_is_earlier() -> None:
    assert tokens([one(1, 0, 0), one(2, 5, 0), one(3, 30, 50)]) == [1, 2, 3]


def test_a_latecomer_finds_the_next_one_at_the_moment_at_which_he_comes() -> None:
    people = [gone_in(one(1, 0, 0), 5), one(2, 10, 0), one(3, 30, 0), one(4, 5, 20)]
    assert tokens(people) == [2, 4, 3]


def test_a_walk_in_lets_so_many_go_first_and_then_nobody() -> None:
    people = [walk_in(9, 0), one(1, 40, 10), one(2, 30, 11), one(3, 20, 12), one(4, 15, 13), walk_in(8, 1)]
    assert tokens(people) == [3, 2, 1, 9, 8, 4]
    gone = [gone_in(each, 14) if each.token in {1, 2, 3} else each for each in people]
    assert tokens(gone) == [9, 8, 4], "who has gone in before him counts too"


def test_one_who_is_passed_over_and_comes_again_is_where_he_comes_then() -> None:
    people = [one(1, 0, 0, skipped_at=after(5)), one(2, 10, 0), one(3, 20, 0)]
    assert tokens(people) == [2, 1, 3]
    assert tokens([replace(people[0], checked_in_at=after(6)), *people[1:]]) == [1, 2, 3]


def test_one_whose_coming_was_not_noted_waits_by_his_time() -> None:
    assert tokens([replace(one(1, 20, 0), checked_in_at=None), one(2, 10, 0), one(3, 30, 0)]) == [2, 1, 3]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rule_is_told_in_one_sentence_with_its_numbers(language: str) -> None:
    for number in (0, 1, 7):
        told = sentence(QueueRule(grace_minutes=number, late_after=number, walk_in_after=number), language)
        assert "{" not in told
        assert told.count("7") == (3 if number == 7 else 0)
    assert sentence(QueueRule(), "en") == (
        "Emergencies first; then who is booked and here, by their time, with 10 min of grace; who comes later than that"
        " goes after the next one; walk-ins go by token, and at most 3 who are booked and came later go before them."
    )
