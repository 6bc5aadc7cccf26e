"""The whole book against a model of it: any operations in any order give the model's answers and the model's rows.

`AAROGYA_MACHINE=500x50` says how many stories of how many steps, which is what `make stories` tells, others each time;
the suite tells a fifth as many, always the same. `AAROGYA_SEED` says which ones. It is printed, and a failure prints
its shortest story.
"""

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import db
from core.errors import DomainError
from models.doctor import Mode
from services import appointments, tries, visits
from services.permissions import Actor
from services.placing import Wish
from tests.conftest import forget
from tests.people import Cast, at, seed
from tests.race.outcomes import OVERLAPS, TOKENS, UNTOLD
from tests.services.book_model import FAMILY, Model, Refused, Row

STORIES, STEPS = (int(part) for part in os.environ.get("AAROGYA_MACHINE", "100x50").split("x"))

SETTING = """
    UPDATE weekly_hours SET closes = '11:00' WHERE opens = '09:00';
    UPDATE weekly_hours SET closes = '16:00' WHERE opens = '15:00';
    INSERT INTO visit_rules VALUES (2, 'first_visit', 30, 10), (2, 'follow_up', 15, 10);
"""

AFRESH = """
    SET session_replication_role = replica;
    DELETE FROM appointments; DELETE FROM doctor_days; DELETE FROM events; DELETE FROM audit_log;
    SET session_replication_role = DEFAULT;
    DELETE FROM leaves;
"""

COLUMNS = ("starts_at", "ends_at", "busy_until", "held_until")
MINUTES = ", ".join(f"(extract(epoch FROM {column}) - {at(0).timestamp()})::int / 60" for column in COLUMNS)

LOOK = f"""
    SELECT (SELECT count(*) FROM ({OVERLAPS}) a) + (SELECT count(*) FROM ({TOKENS}) b),
        (SELECT count(*) FROM events), (SELECT count(*) FROM audit_log),
        (SELECT coalesce(sum(version), 0) FROM doctor_days),
        (SELECT json_object_agg(id, json_build_array(status, {MINUTES}, token, version)) FROM appointments)
"""


CODES = frozenset(
    {
        "done",
        "slot_taken",
        "patient_busy",
        "not_open",
        "hold_expired",
        "too_late",
        "too_early",
        "stale",
        "doctor_busy",
        "day_full",
    }
)
"""Stories in which one of these never came told too little."""


class World:
    """A database with the cast, and the one loop that everything runs in."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.cast: Cast = self.run(seed())
        self.eyes = psycopg.connect(url, autocommit=True, options="-c statement_timeout=20s")
        self.eyes.execute(SETTING)
        self.doctors = (self.cast.doctor_id, self.cast.other_doctor_id)
        self.seen: Counter[tuple[str, str]] = Counter()
        self.patients = (self.cast.asha_patient, self.cast.mother_patient, self.cast.stranger_patient)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def owner(self, patient: int) -> Actor:
        return self.cast.asha if patient in FAMILY else self.cast.stranger

    def close(self) -> None:
        self.eyes.close()
        self.run(db.close())
        self.runner.close()


doctor, patient = st.integers(0, 1), st.integers(0, 2)
start = st.sampled_from([540, 570, 580, 600, 620, 630, 900, 930, 545])
staff, which = st.booleans(), st.integers(0, 1000)


class Book(RuleBasedStateMachine):
    """Operations as people and the clock do them."""

    world: World

    @initialize(now=st.sampled_from([8 * 60, 8 * 60, 8 * 60, 15 * 60]))
    def afresh(self, now: int) -> None:
        """In the morning, or when the day is nearly over."""
        self.model, self.day_versions = Model(now=now), 0
        self.world.run(marked())
        self.world.eyes.execute(AFRESH)

    def does(self, expected: Callable[[Model], Row | None], real: Coroutine[Any, Any, Any]) -> None:
        """Do it in both; the answers are alike, and the model is what it is after them."""
        trial, code, told = self.model.copy(), "done", "done"
        try:
            row = expected(trial)
        except Refused as refusal:
            row, code = None, refusal.code
        try:
            made = self.world.run(real)
        except DomainError as refusal:
            told = refusal.code
        assert told == code
        self.world.seen[real.__name__, code] += 1
        if code == "done":
            self.model = trial
            if row is not None:
                assert row.id in (None, made.id)
                row.id = made.id

    def choose(self, number: int) -> int:
        """One of the rows, rather a late one: what ended long ago is of little interest."""
        rows = len(self.model.rows)
        return rows - 1 - number % min(rows, 8)

    def by(self, patient: int, staff: bool) -> Actor:
        return self.world.cast.admin if staff else self.world.owner(patient)

    def wish(self, patient: int, doctor: int, start: int) -> Wish:
        return Wish(
            patient_id=self.world.patients[patient],
            doctor_id=self.world.doctors[doctor],
            starts_at=clock(start),
            mode=Mode.IN_PERSON,
        )

    @rule(patient=patient, doctor=doctor, start=start, staff=staff)
    def hold(self, patient: int, doctor: int, start: int, staff: bool) -> None:
        real = appointments.hold(self.wish(patient, doctor, start), by=self.by(patient, staff), now=self.now)
        self.does(lambda model: model.hold(patient, doctor, start, staff=staff), real)

    @rule(patient=patient, doctor=doctor, start=start, staff=staff)
    def book_at(self, patient: int, doctor: int, start: int, staff: bool) -> None:
        real = appointments.book_at(self.wish(patient, doctor, start), by=self.by(patient, staff), now=self.now)
        self.does(lambda model: model.book_at(patient, doctor, start, staff=staff), real)

    @precondition(lambda self: self.held)
    @rule(number=which)
    def renew(self, number: int) -> None:
        row = self.held[number % len(self.held)]
        real = appointments.hold(
            self.wish(row.patient, row.doctor, row.start), by=self.by(row.patient, False), now=self.now
        )
        self.does(lambda model: model.hold(row.patient, row.doctor, row.start, staff=False), real)

    @precondition(lambda self: self.held)
    @rule(number=which)
    def confirm(self, number: int) -> None:
        index = self.model.rows.index(self.held[number % len(self.held)])
        self.on(index, lambda model, row: model.book(row), appointments.book)

    @precondition(lambda self: self.model.rows)
    @rule(number=which)
    def confirm_whatever(self, number: int) -> None:
        self.on(self.choose(number), lambda model, row: model.book(row), appointments.book)

    @precondition(lambda self: self.model.rows)
    @rule(number=which)
    def release(self, number: int) -> None:
        self.on(self.choose(number), lambda model, row: model.release(row), appointments.release)

    @precondition(lambda self: self.model.rows)
    @rule(number=which, staff=staff)
    def cancel(self, number: int, staff: bool) -> None:
        self.on(
            self.choose(number), lambda model, row: model.cancel(row, staff=staff), appointments.cancel, staff=staff
        )

    @precondition(lambda self: self.model.rows)
    @rule(number=which, doctor=doctor, start=start, staff=staff)
    def reschedule(self, number: int, doctor: int, start: int, staff: bool) -> None:
        index = self.choose(number)
        row = self.model.rows[index]
        real = appointments.reschedule(
            row.id, self.wish(row.patient, doctor, start), by=self.by(row.patient, staff), now=self.now
        )
        self.does(lambda model: model.reschedule(model.rows[index], doctor, start, staff=staff), real)

    @precondition(lambda self: self.model.rows)
    @rule(number=which)
    def check_in(self, number: int) -> None:
        self.on(self.choose(number), lambda model, row: model.check_in(row), visits.check_in)

    @precondition(lambda self: self.model.rows)
    @rule(number=which)
    def start(self, number: int) -> None:
        self.on(self.choose(number), lambda model, row: model.start(row), visits.start)

    @precondition(lambda self: self.model.rows)
    @rule(number=which)
    def complete(self, number: int) -> None:
        self.on(self.choose(number), lambda model, row: model.complete(row), visits.complete)

    @precondition(lambda self: self.model.rows)
    @rule(number=which)
    def no_show(self, number: int) -> None:
        self.on(self.choose(number), lambda model, row: model.no_show(row), visits.no_show)

    @precondition(lambda self: self.model.rows)
    @rule(number=which)
    def recall(self, number: int) -> None:
        missed = [index for index, row in enumerate(self.model.rows) if row.status == "no_show"]
        index = missed[number % len(missed)] if missed else self.choose(number)
        self.on(index, lambda model, row: model.recall(row), visits.recall)

    @rule(patient=patient, doctor=doctor, emergency=st.booleans())
    def squeeze_in(self, patient: int, doctor: int, emergency: bool) -> None:
        door = visits.emergency if emergency else visits.walk_in
        world = self.world
        real = door(world.patients[patient], world.doctors[doctor], by=world.cast.admin, now=self.now)
        self.does(lambda model: model.squeeze(patient, doctor, emergency=emergency), real)

    @precondition(lambda self: any(map(self.model.lapsed, self.model.rows)))
    @rule()
    def expire(self) -> None:
        self.does(lambda model: model.expire(), appointments.expire_holds(self.now))

    @rule(doctor=doctor, since=st.integers(52, 100), length=st.integers(1, 4))
    def goes_on_leave(self, doctor: int, since: int, length: int) -> None:
        if len(self.model.leaves) < 2:
            span = since * 10, (since + length) * 10
            self.model.leaves.append((doctor, *span))
            self.world.eyes.execute(
                "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (%s, %s, %s)",
                (self.world.doctors[doctor], *map(clock, span)),
            )

    @rule(minutes=st.sampled_from([1, 2, 5, 5, 20, 60]))
    def time_passes(self, minutes: int) -> None:
        self.model.now = min(self.model.now + minutes, 22 * 60)

    @invariant()
    def the_book_is_the_models(self) -> None:
        broken, events, entries, versions, rows = self.world.eyes.execute(LOOK, prepare=True).fetchone()
        assert broken == 0
        told = sum(row.version for row in self.model.rows)
        assert (events, entries) == (told, told)
        assert versions >= self.day_versions
        self.day_versions = versions
        expected = {str(r.id): [r.status, r.start, r.end, r.busy, r.until, r.token, r.version] for r in self.model.rows}
        assert (rows or {}) == expected

    def teardown(self) -> None:
        assert self.world.eyes.execute(UNTOLD).fetchall() == []

    def on(self, index: int, expected: Callable[..., Any], door: Callable[..., Any], *, staff: bool = True) -> None:
        row = self.model.rows[index]
        real = door(row.id, by=self.by(row.patient, staff), now=self.now)

        def of_model(model: Model) -> None:
            expected(model, model.rows[index])

        self.does(of_model, real)

    @property
    def now(self) -> Any:
        return clock(self.model.now)

    @property
    def held(self) -> list[Row]:
        return [row for row in self.model.rows if row.status == "held"]


async def marked() -> None:
    """Nothing is under way: the note that events were published is written beside the operations."""
    if (task := db.marker().task) is not None:
        await task


def clock(minutes: int) -> Any:
    """The instant of a minute of the models' day."""
    return at(0) + (at(0, 1) - at(0)) * minutes


@pytest.fixture
def world(database_url: str, servers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AAROGYA_DATABASE_URL", database_url)
    monkeypatch.setenv("AAROGYA_REDIS_URL", servers.redis)
    # How often one account may take a time is no rule of the book, and a story is told many times in a minute.
    monkeypatch.setattr(tries, "HOLDS", replace(tries.HOLDS, amount=1_000_000))
    forget()
    found = World(database_url)
    yield found
    found.close()
    forget()


@pytest.mark.timeout(900)
def test_any_story_of_the_book_is_the_models(world: World) -> None:
    number = int(os.environ.get("AAROGYA_SEED", secrets.randbelow(2**32) if "AAROGYA_MACHINE" in os.environ else 108))
    print(f"AAROGYA_SEED={number}")
    machine = hypothesis_seed(number)(type("BookOfOneWorld", (Book,), {"world": world}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{STORIES} stories: {sum(world.seen.values())} operations", *sorted(world.seen.items()), sep="\n")
    if STORIES >= 300:
        assert {code for _, code in world.seen} >= CODES
        assert all(world.seen[operation, "done"] for operation, _ in world.seen)
