"""Who finds whom at the desk: by name, telephone, token and picture, at whose clinic, and what the trail has of it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import Invalid, NotAllowed, NotFound
from core.limits import TooMany
from models.user import Role
from services import visit_links
from services.account.family import InvalidBirthDate
from services.addresses import phone
from services.patients import cards, finding, making
from services.patients.finding import Found
from services.patients.wanted import wanted
from services.people import Person
from services.permissions import Actor
from tests.patients import patient, visit
from tests.people import DAY, NOW, Cast, at
from tests.rows import audited, many, one, write

NUMBER = "+919800003344"


async def found(typed: str, by: Actor, *, now=NOW) -> Found:
    return await finding.find(typed, by=by, now=now)


async def names(typed: str, by: Actor, *, now=NOW) -> list[str]:
    return [each.name for each in (await found(typed, by, now=now)).people]


@pytest.mark.parametrize("typed", ["ash", "ASH", "Asha", "kul", "asha kul", "kulkarni ash", " Asha  K ", "Ásha"])
async def test_three_letters_of_any_word_of_the_name_find_him(cast: Cast, typed: str) -> None:
    await patient("Asha Kulkarni", at=cast.clinic_id)
    await patient("Natasha Rao", at=cast.clinic_id)
    assert await names(typed, cast.receptionist) == ["Asha Kulkarni"]


async def test_a_name_in_its_own_script_is_found_as_well(cast: Cast) -> None:
    await patient("आशा कुलकर्णी", at=cast.clinic_id)
    for typed in ("आ", "आशा", "कुल"):
        assert await names(typed, cast.receptionist) == ["आशा कुलकर्णी"]


@pytest.mark.parametrize(
    "typed", ["", "a", " ", "%", "_a", "a_", "%%", "12345", "\x00", "'", "+", "x" * 500, "..", "- -"]
)
async def test_what_is_too_little_or_means_nothing_finds_nobody(cast: Cast, typed: str) -> None:
    await patient("Asha Kulkarni", NUMBER, at=cast.clinic_id)
    assert await found(typed, cast.receptionist) == Found()
    assert await audited("PatientsFound") == []


async def test_the_last_four_digits_find_him_in_any_script_and_a_name_makes_it_one(cast: Cast) -> None:
    asha = await patient("Asha Kulkarni", NUMBER, at=cast.clinic_id)
    await patient("Ravi Rao", "+919811113344", at=cast.clinic_id)
    await patient("Ravi Rao", "+919811114433", at=cast.clinic_id)
    for typed in ("3344", "३३४४", "33 44"):
        assert await names(typed, cast.receptionist) == ["Asha Kulkarni", "Ravi Rao"]
    (only,) = (await found("ash 3344", cast.receptionist)).people
    assert (only.patient_id, only.phone) == (asha, NUMBER)
    assert await names("344", cast.receptionist) == []


async def test_an_accounts_family_is_found_by_the_number_of_the_account(cast: Cast) -> None:
    await _account_number(cast)
    await visit(cast.mother_patient, cast.doctor_id, at(9))
    await visit(cast.asha_patient, cast.doctor_id, at(10))
    assert set(await names("3344", cast.receptionist)) == {"Asha Kulkarni", "Leela Kulkarni"}
    # Who has a number of his own is found by that.
    await patient("Rohan Kulkarni", "+919800009999", at=cast.clinic_id, account=cast.asha.user_id)
    assert set(await names("3344", cast.receptionist)) == {"Asha Kulkarni", "Leela Kulkarni"}
    assert await names("9999", cast.receptionist) == ["Rohan Kulkarni"]


async def _account_number(cast: Cast) -> None:
    columns = phone(NUMBER).columns("users", cast.asha.user_id)
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    await write(f"UPDATE users SET {sets}, phone_verified_at = now() WHERE id = :id", id=cast.asha.user_id, **columns)


async def test_a_token_finds_whoever_has_it_today_at_the_clinic(cast: Cast) -> None:
    day_of = at(9)
    here, there = await patient("Here Today"), await patient("There Today")
    later = await patient("Here Later")
    await visit(here, cast.doctor_id, at(10), token=7)
    await visit(there, cast.other_doctor_id, at(10), token=7)
    await visit(later, cast.doctor_id, at(10) + timedelta(days=1), token=7)
    assert await names("7", cast.receptionist, now=day_of) == ["Here Today"]
    assert await names("8", cast.receptionist, now=day_of) == []
    assert set(await names("7", cast.admin, now=day_of)) == {"Here Today", "There Today"}
    # By the clinic's wall clock, not by hours.
    for moment in (at(0), at(23, 59)):
        assert await names("7", cast.receptionist, now=moment) == ["Here Today"]
    assert await names("7", cast.receptionist, now=at(0) - timedelta(seconds=1)) == []
    (one_of_them,) = (await found("7", cast.receptionist, now=day_of)).people
    today = one_of_them.today(day_of)
    assert today is not None
    assert (today.token, today.status, today.doctor) == (7, "booked", "Vd. Meera Joshi")


async def test_the_picture_of_a_confirmation_finds_whose_it_is_at_his_clinic_only(cast: Cast) -> None:
    asha = await patient("Asha Kulkarni")
    code = visit_links.code_of(await visit(asha, cast.doctor_id, at(10), token=7))
    for typed in (code, f"/v/{code}", f"https://clinic.example/hi/v/{code}", f"http://127.0.0.1:3000/v/{code}/?x=1\n"):
        assert await names(typed, cast.receptionist) == ["Asha Kulkarni"]
    assert await names(code, cast.other_receptionist) == []
    for forged in (visit_links.code_of(uuid4()), code[:-1] + ("A" if code[-1] != "A" else "B"), code[:-1]):
        assert await names(forged, cast.receptionist) == []


async def test_a_clinic_finds_whom_it_knows_and_nobody_else(cast: Cast) -> None:
    mine, theirs = await patient("Asha Mine", NUMBER), await patient("Asha Theirs", "+919811113344")
    await visit(mine, cast.doctor_id, at(9), status="cancelled")
    await visit(theirs, cast.other_doctor_id, at(9), status="completed")
    # A time that was only kept for a while makes nobody known.
    held = await patient("Asha Held", "+919811123344")
    for number, status in enumerate(("held", "expired")):
        await visit(held, cast.doctor_id, at(10 + number), status=status)
    for typed in ("asha", "3344"):
        for by in (cast.receptionist, cast.doctor):
            assert await names(typed, by) == ["Asha Mine"]
        for by in (cast.other_receptionist, cast.other_doctor):
            assert await names(typed, by) == ["Asha Theirs"]
        assert set(await names(typed, cast.admin)) == {"Asha Mine", "Asha Theirs", "Asha Held"} | (
            {"Asha Kulkarni"} if typed == "asha" else set()
        )


async def test_a_held_time_makes_him_known_once_it_is_booked(cast: Cast) -> None:
    identity = await visit(cast.asha_patient, cast.doctor_id, at(9), status="held")
    assert await names("asha", cast.receptionist) == []
    await write("UPDATE appointments SET status = 'booked', held_until = NULL WHERE id = :id", id=identity)
    assert await names("asha", cast.receptionist) == ["Asha Kulkarni"]


async def test_nobody_but_the_staff_finds_anybody(cast: Cast) -> None:
    await patient("Asha Mine", NUMBER, at=cast.clinic_id)
    homeless = Actor(user_id=cast.receptionist.user_id, role=Role.RECEPTIONIST, name="N")
    program = Actor(user_id=cast.admin.user_id, role=Role.INTEGRATOR, name="N", scopes=frozenset(), clinic_id=1)
    for by in (cast.asha, homeless, program):
        for typed in ("asha", "3344", NUMBER):
            with pytest.raises(NotAllowed):
                await found(typed, by)
        with pytest.raises(NotAllowed):
            await making.make(Person(name="A", phone=NUMBER), by=by, now=NOW)
    assert await many("SELECT 1 FROM audit_log") == []


async def test_by_his_whole_number_another_clinics_patient_is_told_by_name_and_known_once_he_is_chosen(
    cast: Cast,
) -> None:
    theirs = await patient("Asha Theirs", NUMBER, at=cast.other_clinic_id)
    await visit(theirs, cast.other_doctor_id, at(9))
    await write("UPDATE patients SET born_on = '1980-01-01' WHERE id = :id", id=theirs)
    for typed in (NUMBER, "98000 03344", "098000-03344"):
        result = await found(typed, cast.receptionist)
        (told,) = result.people
        assert result.strangers == {theirs}
        assert (told.name, told.born_on, told.visits, told.phone) == ("Asha Theirs", None, (), NUMBER)
    with pytest.raises(NotFound):
        await cards.card(theirs, by=cast.receptionist, now=NOW)
    for wrong in ("asha", "3344", "+919800003345", ""):
        with pytest.raises(NotFound):
            await finding.choose(theirs, wrong, by=cast.receptionist, now=NOW)
    await finding.choose(theirs, NUMBER, by=cast.receptionist, now=NOW)
    await finding.choose(theirs, NUMBER, by=cast.receptionist, now=NOW)
    (entry,) = await audited("patient_introduced")
    assert (entry.actor_id, entry.patient_id) == (cast.receptionist.user_id, theirs)
    card = await cards.card(theirs, by=cast.receptionist, now=NOW)
    assert (card.patient.name, card.ahead) == ("Asha Theirs", ())


async def test_a_number_that_an_account_only_claims_leads_no_other_clinic_to_anybody(cast: Cast) -> None:
    await patient("Asha Claims", NUMBER, at=cast.other_clinic_id, account=cast.asha.user_id)
    assert await names(NUMBER, cast.receptionist) == []
    assert await names(NUMBER, cast.other_receptionist) == ["Asha Claims"]


async def test_todays_come_first_by_their_time_then_who_is_called_just_so(cast: Cast) -> None:
    ashalata = await patient("Ashalata Rao")
    ashok = await patient("Ashok Rao")
    for who, hour in ((ashok, 11), (ashalata, 10)):
        await visit(who, cast.doctor_id, at(hour), token=hour)
    for name in ("Ashish Rao", "Zara Ash", "Asha Zed"):
        await patient(name, at=cast.clinic_id)
    assert await names("ash", cast.receptionist, now=at(9)) == [
        "Ashalata Rao",
        "Ashok Rao",
        "Zara Ash",
        "Asha Zed",
        "Ashish Rao",
    ]


async def test_of_many_eight_are_shown_and_that_there_are_more_is_told(cast: Cast) -> None:
    for number in range(9):
        await patient(f"Asha Number{number}", at=cast.clinic_id)
    result = await found("asha", cast.receptionist)
    assert (len(result.people), result.is_more) == (8, True)
    await write("UPDATE patients SET name = 'Other' WHERE name = 'Asha Number8'")
    result = await found("asha", cast.receptionist)
    assert (len(result.people), result.is_more) == (8, False)


async def test_a_misspelled_name_is_found_where_nobody_is_called_so(cast: Cast) -> None:
    await patient("Sulochana Kulkarni", at=cast.clinic_id)
    assert await names("sulochna", cast.receptionist) == ["Sulochana Kulkarni"]
    await patient("Sulochna Rao", at=cast.clinic_id)
    assert await names("sulochna", cast.receptionist) == ["Sulochna Rao"]


async def test_each_list_is_one_line_of_the_trail_without_what_was_typed(cast: Cast) -> None:
    first, second = [await patient(name, at=cast.clinic_id) for name in ("Asha One", "Asha Two")]
    await found("asha", cast.receptionist)
    await found("nobody like that", cast.receptionist)
    (entry,) = await audited("PatientsFound")
    assert entry.details == {"patients": [first, second]}
    assert (entry.actor_id, entry.object_type, entry.object_id) == (
        cast.receptionist.user_id,
        "clinic",
        str(cast.clinic_id),
    )
    assert "asha" not in str(tuple(entry)).lower()


async def test_who_goes_through_numbers_or_names_is_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(finding.NUMBERS.amount):
        await found(f"+91981200{number:04}", cast.receptionist)
    with pytest.raises(TooMany):
        await found(NUMBER, cast.receptionist)
    await found(NUMBER, cast.other_receptionist)
    for _ in range(finding.SEARCHES.amount - finding.NUMBERS.amount - 1):
        await finding.take(finding.SEARCHES, cast.receptionist.user_id)
    with pytest.raises(TooMany):
        await found("asha", cast.receptionist)


@pytest.mark.parametrize("typed", [None, 7, ["asha"], {"a": 1}])
async def test_what_is_no_text_is_refused(cast: Cast, typed: object) -> None:
    with pytest.raises(Invalid):
        await finding.find(typed, by=cast.receptionist, now=NOW)


def test_a_name_is_looked_at_up_to_five_words_and_never_for_what_stands_between() -> None:
    asked = wanted("a b c d e ravi")
    assert asked is None
    asked = wanted("ravi - kumar 2 3344")
    assert asked is not None
    assert (asked.words, asked.tail) == (("ravi", "kumar"), "3344")


async def test_somebody_new_is_made_known_with_what_he_says_and_found_at_once(cast: Cast) -> None:
    person = Person(name="Nayana  Pawar", phone="98000 03344")
    made = await making.make(person, by=cast.receptionist, now=NOW, born_on="1990-05-01", language="mr")
    row = await one("SELECT name, born_on, language, made_by FROM patients WHERE id = :id", id=made)
    assert (row.name, str(row.born_on), row.language, row.made_by) == (
        "Nayana Pawar",
        "1990-05-01",
        "mr",
        cast.receptionist.user_id,
    )
    for typed in ("nay", "3344", NUMBER):
        assert await names(typed, cast.receptionist) == ["Nayana Pawar"]
        assert await names(typed, cast.doctor) == ["Nayana Pawar"]
    assert await names("nay", cast.other_receptionist) == []
    assert len(await audited("patient_added")) == 1
    # Again, and elsewhere: he is who he is, and what stood there stays.
    again = await making.make(person, by=cast.other_receptionist, now=NOW, born_on="1991-05-01", language="hi")
    assert again == made
    row = await one("SELECT born_on, language FROM patients WHERE id = :id", id=made)
    assert (str(row.born_on), row.language) == ("1990-05-01", "mr")
    assert await names("nay", cast.other_receptionist) == ["Nayana Pawar"]
    assert len(await audited("patient_introduced")) == 1


async def test_of_somebody_new_what_is_no_language_or_no_date_is_refused_and_nobody_is_made(cast: Cast) -> None:
    person = Person(name="Nayana Pawar", phone=NUMBER)
    for more in ({"language": "xx"}, {"born_on": "yesterday"}, {"born_on": str(DAY)}, {"born_on": "1700-01-01"}):
        with pytest.raises((Invalid, InvalidBirthDate)):
            await making.make(person, by=cast.receptionist, now=NOW, **more)
    assert await many("SELECT 1 FROM patients WHERE name = 'Nayana Pawar'") == []


async def test_the_card_tells_what_is_ahead_what_was_and_how_often_and_is_read_on_record(cast: Cast) -> None:
    asha = await patient("Asha Kulkarni", NUMBER, at=cast.clinic_id)
    kinds = [("completed", 40), ("no_show", 30), ("cancelled", 20), ("completed", 10), ("rescheduled", 5)]
    for status, days in kinds:
        await visit(asha, cast.doctor_id, at(9) - timedelta(days=days), status=status)
    await visit(asha, cast.other_doctor_id, at(9) - timedelta(days=7), status="completed")
    today = await visit(asha, cast.doctor_id, at(9), token=3)
    ahead = await visit(asha, cast.doctor_id, at(9) + timedelta(days=5))
    card = await cards.card(asha, by=cast.receptionist, now=at(8))
    assert [each.id for each in card.ahead] == [today, ahead]
    assert [each.status for each in card.past] == ["completed", "cancelled", "no_show", "completed"]
    assert (card.came, card.missed, card.cancelled) == (2, 1, 1)
    assert card.patient.phone == NUMBER
    last, following = card.patient.last(at(8)), card.patient.next(at(8))
    assert last is not None
    assert following is not None
    assert (last.starts_at, following.id) == (at(9) - timedelta(days=10), ahead)
    (entry,) = await audited("PatientRead")
    assert (entry.actor_id, entry.patient_id) == (cast.receptionist.user_id, asha)
    # The house sees all clinics'.
    assert (await cards.card(asha, by=cast.admin, now=at(8))).came == 3


async def test_a_card_opens_for_those_alone_who_know_him(cast: Cast) -> None:
    asha = await patient("Asha Kulkarni", NUMBER, at=cast.clinic_id)
    for by in (cast.receptionist, cast.doctor, cast.admin):
        assert (await cards.card(asha, by=by, now=NOW)).patient.patient_id == asha
    for by in (cast.other_receptionist, cast.other_doctor, cast.asha):
        with pytest.raises(NotFound):
            await cards.card(asha, by=by, now=NOW)
    with pytest.raises(NotFound):
        await cards.card(10**6, by=cast.admin, now=NOW)
    for rubbish in (-1, 2**31, "1", None):
        with pytest.raises(Invalid):
            await cards.card(rubbish, by=cast.admin, now=NOW)
