"""What a person may ask for of his data: all of it in a file, and its end, but for what the law wants kept."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from core.crypto import lookup, seal
from core.errors import NotAllowed
from core.web_session import hash_id
from models.doctor import Mode
from services import accounts, appointments, book_ahead, sessions
from services.account import erasure, export, family
from services.accounts import WrongCredentials
from services.codes import WrongCode
from services.tries import WrongPassword
from services.waiting import waitlist
from services.waiting.waitlist import Hope
from tests.mailbox import Mailbox
from tests.people import DAY, NOW, PASSWORD, Cast, at
from tests.rows import audited, events, many, one, write


async def sign_in(cast: Cast) -> Any:
    opened = await accounts.sign_in("asha@example.org", PASSWORD, address="192.0.2.7", user_agent="Firefox", now=NOW)
    return replace(cast.asha, session_hash=hash_id(opened.session_id), address="192.0.2.7")


async def visited(appointment_id: Any, day: date) -> None:
    """Make a booked appointment one that was kept, on a day of the past within the partitions."""
    back = DAY - day
    await write(
        "UPDATE appointments SET status = 'completed', day = :day, starts_at = starts_at - :back, ends_at = ends_at"
        " - :back, busy_until = busy_until - :back WHERE id = :id",
        id=appointment_id,
        day=day,
        back=back,
    )


async def test_the_file_has_all_that_is_known_of_him_and_nothing_of_others(cast: Cast) -> None:
    by = await sign_in(cast)
    await write(
        "UPDATE users SET phone_sealed = :sealed, phone_hash = :hash, consented_at = :now, consented_to = 'v1'"
        " WHERE id = :id",
        sealed=seal("+919812345678", about=f"users.phone:{by.user_id}"),
        hash=lookup("phone", "+919812345678"),
        now=NOW,
        id=by.user_id,
    )
    mine = await appointments.book_at(cast.wish(at(9), patient=cast.mother_patient), by=by, now=NOW)
    await appointments.book_at(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    whole = orjson.loads(orjson.dumps(await export.export(by=by, now=NOW), default=str))
    assert whole["account"]["email"] == "asha@example.org"
    assert whole["account"]["phone"] == "+919812345678"
    assert whole["consent"]["notice"] == "v1"
    assert [person["name"] for person in whole["family"]] == ["Asha Kulkarni", "Leela Kulkarni"]
    assert [visit["id"] for visit in whole["appointments"]] == [str(mine.id)]
    assert [known["user_agent"] for known in whole["sessions"]] == ["Firefox"]
    assert {"sign_in", "AppointmentBooked"} <= {entry["action"] for entry in whole["trail"]}
    said = orjson.dumps(whole).decode()
    assert "Ravi" not in said
    assert "argon2" not in said
    assert by.session_hash.hex() not in said
    assert len(await audited("account_exported")) == 1


async def test_of_what_others_did_the_file_tells_their_role_and_not_who_and_where(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(9)), by=cast.asha, now=NOW)
    desk = replace(cast.receptionist, address="198.51.100.1")
    await appointments.cancel(booked.id, by=desk, now=NOW)
    whole = await export.export(by=cast.asha, now=NOW)
    (cancelled,) = [entry for entry in whole["trail"] if entry["action"] == "AppointmentCancelled"]
    assert (cancelled["by_you"], cancelled["actor_role"], cancelled["address"]) == (False, "receptionist", None)
    assert "actor_id" not in cancelled


async def test_an_erased_account_is_gone_at_once(cast: Cast, mailbox: Mailbox) -> None:
    by = await sign_in(cast)
    assert await sessions.actor(by.session_hash, address=None, now=NOW) is not None
    await write(
        "UPDATE patients SET phone_sealed = 'x', phone_hash = 'x' WHERE account_id = :id",
        id=by.user_id,
    )
    ahead = await appointments.book_at(cast.wish(at(9)), by=by, now=NOW)
    held = await appointments.hold(cast.wish(at(10), patient=cast.mother_patient), by=by, now=NOW)
    await erasure.erase(by=by, now=NOW, password=PASSWORD)
    user = await one("SELECT * FROM users WHERE id = :id", id=by.user_id)
    assert (user.email, user.password_hash, user.phone_hash, user.is_active) == (None, None, None, False)
    assert (user.name, user.erased_at) == (erasure.NAMELESS, NOW)
    assert await sessions.actor(by.session_hash, address=None, now=NOW) is None
    with pytest.raises(WrongCredentials):
        await accounts.sign_in("asha@example.org", PASSWORD, address=None, user_agent=None, now=NOW)
    rows = {row.id: row.status for row in await many("SELECT id, status FROM appointments")}
    assert rows == {ahead.id: "cancelled", held.id: "expired"}
    # By the events that every cancellation has, so that screens follow.
    assert f"doctor:{cast.doctor_id}:{ahead.day}" in (await events("AppointmentCancelled"))[0].topics
    people = await many("SELECT * FROM patients WHERE account_id = :id", id=by.user_id)
    assert {(row.name, row.born_on, row.phone_sealed, row.phone_hash, row.erase_on) for row in people} == {
        (erasure.NAMELESS, None, None, None, None)
    }
    assert {(row.address, row.user_agent) for row in await many("SELECT * FROM sessions")} == {(None, None)}
    await mailbox.delivered(NOW)
    assert [mail["Subject"] for mail in mailbox.mail("asha@example.org")] == ["Your account was deleted"]
    (entry,) = await audited("account_erased")
    assert (entry.actor_id, entry.details) == (by.user_id, {"people": 2})
    assert len(await audited("patient_name_erased")) == 2


async def test_the_name_of_one_who_was_treated_stays_three_years_from_the_last_visit(
    cast: Cast, mailbox: Mailbox
) -> None:
    booked = await appointments.book_at(cast.wish(at(9), patient=cast.mother_patient), by=cast.asha, now=NOW)
    last = DAY - timedelta(days=2)
    await visited(booked.id, last)
    await erasure.erase(by=cast.asha, now=NOW, password=PASSWORD)
    mother = await one("SELECT * FROM patients WHERE id = :id", id=cast.mother_patient)
    until = erasure.kept_until(last)
    assert (mother.name, mother.erase_on) == ("Leela Kulkarni", until)
    assert until.year == last.year + 3
    day_before = NOW + (until - NOW.date() - timedelta(days=1))
    await book_ahead.open_ahead(day_before, zone=ZoneInfo("Asia/Kolkata"))
    assert await erasure.erase_due(day_before) == 0
    assert await erasure.erase_due(day_before + timedelta(days=1)) == 1
    mother = await one("SELECT * FROM patients WHERE id = :id", id=cast.mother_patient)
    assert (mother.name, mother.erase_on) == (erasure.NAMELESS, None)
    assert await erasure.erase_due(day_before + timedelta(days=400)) == 0
    # The visit itself is still in the book, of nobody.
    assert (await one("SELECT status FROM appointments")).status == "completed"


async def test_one_who_came_again_is_kept_from_then_on(cast: Cast, mailbox: Mailbox) -> None:
    booked = await appointments.book_at(cast.wish(at(9)), by=cast.asha, now=NOW)
    await visited(booked.id, DAY - timedelta(days=2))
    await write("UPDATE patients SET erase_on = :day WHERE id = :id", day=NOW.date(), id=cast.asha_patient)
    assert await erasure.erase_due(NOW) == 0
    row = await one("SELECT name, erase_on FROM patients WHERE id = :id", id=cast.asha_patient)
    assert (row.name, row.erase_on) == ("Asha Kulkarni", erasure.kept_until(DAY - timedelta(days=2)))


def test_three_years_after_a_leap_day_is_the_first_of_march() -> None:
    assert erasure.kept_until(date(2028, 2, 29)) == date(2031, 3, 1)
    assert erasure.kept_until(date(2026, 11, 24)) == date(2029, 11, 24)


async def test_it_wants_the_password_or_a_code(cast: Cast, mailbox: Mailbox) -> None:
    for wrong in ("", "not it"):
        with pytest.raises(WrongPassword):
            await erasure.erase(by=cast.asha, now=NOW, password=wrong)
    await write("UPDATE users SET password_hash = NULL WHERE id = :id", id=cast.asha.user_id)
    with pytest.raises(WrongPassword):
        await erasure.erase(by=cast.asha, now=NOW, password="")
    code_id, to = await erasure.ask(by=cast.asha, language="en", now=NOW)
    assert to.text == "asha@example.org"
    code = await mailbox.code(to.text, NOW)
    with pytest.raises(WrongCode):
        await erasure.erase(by=cast.asha, now=NOW, code="000000" if code != "000000" else "1", code_id=code_id)
    with pytest.raises(WrongCode):
        await erasure.erase(by=cast.stranger, now=NOW, code=code, code_id=code_id)
    # Nor is it good for one who has that address by now.
    await write("UPDATE users SET email = NULL WHERE id = :id", id=cast.asha.user_id)
    await write("UPDATE users SET email = :to WHERE id = :id", to=to.text, id=cast.stranger.user_id)
    with pytest.raises(WrongCode):
        await erasure.erase(by=cast.stranger, now=NOW, code=code, code_id=code_id)
    await write("UPDATE users SET email = NULL WHERE id = :id", id=cast.stranger.user_id)
    await write("UPDATE users SET email = :to WHERE id = :id", to=to.text, id=cast.asha.user_id)
    await erasure.erase(by=cast.asha, now=NOW, code=code, code_id=code_id)
    assert (await accounts.account(cast.asha.user_id)).erased_at == NOW
    assert (await accounts.account(cast.stranger.user_id)).erased_at is None


async def test_of_two_who_erase_it_at_once_one_does(cast: Cast, mailbox: Mailbox) -> None:
    both = [erasure.erase(by=cast.asha, now=NOW, password=PASSWORD) for _ in range(2)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) in (["NoneType", "Stale"], ["NoneType", "WrongPassword"])
    assert len(await audited("account_erased")) == 1


async def test_the_staff_do_not_erase_themselves(cast: Cast, mailbox: Mailbox) -> None:
    for by in (cast.doctor, cast.receptionist, cast.admin):
        with pytest.raises(NotAllowed):
            await erasure.erase(by=by, now=NOW, password=PASSWORD)


async def test_however_near_a_visit_is_nobody_is_kept_for_it(cast: Cast, mailbox: Mailbox) -> None:
    booked = await appointments.book_at(cast.wish(at(9)), by=cast.asha, now=NOW)
    await erasure.erase(by=cast.asha, now=at(8, 59), password=PASSWORD)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=booked.id)).status == "cancelled"


async def test_he_waits_for_no_time_any_more(cast: Cast, mailbox: Mailbox) -> None:
    hope = Hope(
        doctor_id=cast.doctor_id, patient_id=cast.asha_patient, first_day=DAY, last_day=DAY, mode=Mode.IN_PERSON
    )
    await waitlist.join(hope, by=cast.asha, now=NOW)
    await erasure.erase(by=cast.asha, now=NOW, password=PASSWORD)
    assert (await one("SELECT status FROM waitlist_entries")).status == "withdrawn"


async def test_nothing_of_him_is_found_by_his_address_or_name_afterwards(cast: Cast, mailbox: Mailbox) -> None:
    await family.add("Rohan Kulkarni", "2017-08-02", by=cast.asha, now=NOW)
    await erasure.erase(by=await sign_in(cast), now=NOW, password=PASSWORD)
    tables = [row.name for row in await many("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")]
    for table in tables:
        rows = str(await many(f"SELECT * FROM {table}")).lower()
        assert not [word for word in ("asha", "rohan", "leela", "kulkarni") if word in rows], table
