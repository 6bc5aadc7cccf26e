"""The live day on four screens at once: doctor, front desk, a patient's visit page, and the waiting room's display."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import Browser, StorageState, WebSocketRoute, expect

from tests.e2e.conftest import Open, signed_in
from tests.e2e.running import Running
from tests.e2e.screen import Screen, milliseconds
from tests.e2e.waiting import Room
from tests.people import PASSWORD, password_hash
from tests.waiting import until

SECOND = 1000.0
HEALED_WITHIN_MS = 10_000
WATCHED = 2
"""The token whose visit page is open."""

STAFF = {"roomdoctor": "doctor", "roomdesk": "receptionist"}
"""Who signs in at the clinic, and as what."""

pytestmark = pytest.mark.usefixtures("services")


@dataclass(frozen=True)
class Four:
    """The screens."""

    doctor: Screen
    desk: Screen
    patient: Screen
    board: Screen

    @property
    def staff(self) -> tuple[Screen, Screen]:
        return self.doctor, self.desk

    @property
    def all(self) -> tuple[Screen, ...]:
        return self.doctor, self.desk, self.patient, self.board


@dataclass(frozen=True)
class Sight:
    """What each of them shows, as a JavaScript condition; none where it shows nothing new."""

    staff: str
    board: str
    patient: str = ""

    def on(self, four: Four) -> list[tuple[Screen, str]]:
        shown = [*((screen, self.staff) for screen in four.staff), (four.board, self.board)]
        return [*shown, (four.patient, self.patient)] if self.patient else shown


def stands(where: str, token: int) -> str:
    return f"document.querySelector('.spot{where} .token')?.textContent === '{token}'"


def inside(token: str) -> str:
    return f"document.querySelector('.desk .now strong').innerText === '{token}'"


def coming(*tokens: int) -> str:
    return (
        f"[...document.querySelectorAll('.coming li')].map(e => e.innerText).join() === '{','.join(map(str, tokens))}'"
    )


def ahead(people: int) -> str:
    return f"document.querySelector('.ahead dd')?.innerText === '{people}'"


NEXT = "document.querySelector('.standing.next')"

FIRST_IS_INSIDE = Sight(stands(".inside-now", 1), inside("1"), NEXT)


@pytest_asyncio.fixture
async def waiting_three(
    app: Running, browser: Browser, cookies: dict[str, StorageState], waiting: Room
) -> AsyncIterator[Room]:
    """Three of the clinic's four are here; its doctor and its front desk can sign in."""
    for name, role in STAFF.items():
        email = f"{name}@example.org"
        app.rows(
            "INSERT INTO users (email, name, role, password_hash, language, is_demo, created_at, clinic_id)"
            " VALUES (%s, %s, %s, %s, 'en', true, now(), %s)",
            email,
            name.title(),
            role,
            password_hash(),
            waiting.clinic_id,
        )
    app.rows(
        "UPDATE doctors SET user_id = (SELECT id FROM users WHERE email = 'roomdoctor@example.org') WHERE id = %s",
        waiting.doctor_id,
    )
    for name in STAFF:
        cookies[name] = await signed_in(app, browser, name, password=PASSWORD)
    for token in (1, 2, 3):
        await waiting.check_in(token)
    yield waiting
    emails = ", ".join(f"'{name}@example.org'" for name in STAFF)
    # As the clinic itself is taken out, whatever refers to it.
    app.rows(f"SET session_replication_role = replica; DELETE FROM users WHERE email IN ({emails})")


async def four_screens(open_screen: Open, room: Room, *, at: Running, rough: bool = False) -> Four:
    """All of them show that one, two and three wait."""
    doctor, desk = [
        await (await open_screen(who, at=at, wide=True, rough=rough)).goto(f"/day?doctor={room.doctor_id}")
        for who in ("roomdoctor", "roomdesk")
    ]
    patient = await (await open_screen(at=at, rough=rough)).goto(room.link(WATCHED))
    board = await open_screen(at=at, wide=True, rough=rough)
    await board.page.goto(f"{board.base}/board/{room.slug}")
    four = Four(doctor, desk, patient, board)
    for screen, sight in Sight(stands(".next", 1), coming(1, 2, 3), ahead(1)).on(four):
        await screen.sees(sight)
    return four


async def test_what_either_does_all_four_show_within_a_second(
    each_app: Running, open_screen: Open, waiting_three: Room, measured: Callable[[str, float], float]
) -> None:
    four = await four_screens(open_screen, waiting_three, at=each_app)
    await expect(four.desk.page.get_by_role("button", name="Call next")).to_have_count(0)

    async def seen(by: Screen, act: str, sight: Sight) -> None:
        """A key is pressed, or what a selector finds clicked; all see what came of it within a second."""
        moments = [await screen.watch(test) for screen, test in sight.on(four)]
        if len(act) == 1:
            await by.page.keyboard.press(act)
        else:
            await by.page.evaluate(f"document.querySelector({json.dumps(act)}).click()")
        began = await by.clicked()
        for moment in moments:
            assert measured("live day: an action on every screen, ms", await moment() - began) < SECOND
        await by.page.wait_for_function("!document.documentElement.classList.contains('acting')")

    await seen(four.doctor, "[data-act=call-next]", FIRST_IS_INSIDE)
    await seen(four.doctor, "u", Sight(stands(".next", 1), coming(1, 2, 3), ahead(1)))
    await seen(four.doctor, "n", FIRST_IS_INSIDE)
    await seen(
        four.doctor, "f", Sight("document.querySelector('.counts .completed dd').textContent === '1'", inside("–"))
    )
    await seen(four.desk, ".spot.next [data-act=skip]", Sight(stands(".next", 3), coming(3, 2), ahead(1)))
    late = "document.querySelector('{}')?.textContent.includes('5 min')"
    await seen(
        four.desk, "l", Sight(*[late.format(where) for where in (".running-late .late", ".desk .late", ".late")])
    )
    await four.desk.page.keyboard.press("w")
    sheet = four.desk.page.locator("dialog#walk-in")
    await sheet.get_by_label("Name").fill("Comes Unasked")
    await sheet.get_by_label("Phone number").fill("+919812300077")
    await sheet.get_by_label("Emergency").check()
    await seen(four.desk, "#walk-in [type=submit]", Sight(stands(".next", 5), coming(5, 3, 2), ahead(2)))
    await expect(sheet).to_be_hidden()
    await _at_once(*four.staff)
    shown = "".join([await each.page.content() + "".join(each.frames) for each in (four.patient, four.board)])
    assert "Secret Person" not in shown
    assert "Comes Unasked" not in shown


async def _at_once(doctor: Screen, desk: Screen) -> None:
    """Both pass over the same one: one has done it, the other is told who was faster."""
    press = "document.querySelector('.spot.next [data-act=skip]').click()"
    async with doctor.deaf(), desk.deaf():
        await asyncio.gather(*[screen.page.evaluate(press) for screen in (doctor, desk)])
    refused = [screen.page.locator(".toast.refused") for screen in (doctor, desk)]
    for screen in (doctor, desk):
        await expect(
            screen.page.locator(".toast", has_text=re.compile("lets others go first|was faster"))
        ).to_be_visible()
    assert sum([await each.count() for each in refused]) == 1


async def test_a_screen_that_missed_a_change_reads_all_of_it_anew(
    app: Running, open_screen: Open, waiting_three: Room
) -> None:
    desk, lost = await open_screen("roomdesk", wide=True), []

    def through(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def from_server(frame: str | bytes) -> None:
            if not lost and '"pushed_patch_rx_state_"' in str(frame):
                lost.append(frame)
            else:
                line.send(frame)

        server.on_message(from_server)

    await desk.page.route_web_socket(re.compile("/_event"), through)
    await desk.goto(f"/day?doctor={waiting_three.doctor_id}")
    await desk.sees(stands(".next", 1))
    await waiting_three.start(1)
    await until(lambda: bool(lost))
    await waiting_three.complete(1)
    await desk.sees("document.querySelector('.counts .completed dd').textContent === '1'")
    await desk.sees(stands(".next", 2))
    await waiting_three.start(2)
    await desk.sees(stands(".inside-now", 2))


@pytest.mark.chaos
async def test_a_server_killed_in_mid_day_heals_on_all_four_and_they_agree_with_the_database(
    each_app: Running, open_screen: Open, waiting_three: Room, measured: Callable[[str, float], float]
) -> None:
    four = await four_screens(open_screen, waiting_three, at=each_app, rough=True)
    moments = [await screen.watch(test, limit_ms=60_000) for screen, test in FIRST_IS_INSIDE.on(four)]
    began = milliseconds()
    _one_server(each_app).kill()
    await waiting_three.start(1)
    for moment in moments:
        assert measured("live day, server killed: healed after, ms", await moment() - began) < HEALED_WITHIN_MS
    # And they work again.
    await four.doctor.page.keyboard.press("f")
    for screen, test in Sight(stands(".next", 2), inside("–")).on(four):
        await screen.sees(test)
    for token, status in ((1, "completed"), (2, "checked_in"), (3, "checked_in"), (4, "booked")):
        found = each_app.rows("SELECT status FROM appointments WHERE id = %s", waiting_three.appointments[token - 1])
        assert found == [(status,)]


def _one_server(app: Running) -> psutil.Process:
    """A process that serves pages: with two of them the second, so that the first goes on."""
    return app.processes("cli", "serve")[-1]
