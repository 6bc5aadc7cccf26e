"""One app that is really run, a second one with two server processes beside it, one Chromium, and people."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date, timedelta
from itertools import cycle

import pytest
import pytest_asyncio
from playwright.async_api import Browser, StorageState, async_playwright

from cli.demo import PASSWORD as DEMO_PASSWORD
from core import clock, db, redis
from tests.conftest import forget
from tests.e2e.first_start import FirstStart, first_start
from tests.e2e.running import FIRST_SECONDS, Running
from tests.e2e.screen import Screen
from tests.e2e.waiting import Room, clear, room
from tests.people import PASSWORD, password_hash
from tools.browser import system_browser

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
DOCTOR = "/doctor/vd-meera-joshi-pune"
PATIENT_ID, STRANGER_ID = 1, 900_001
"""Patients: the demo's Asha, and one whom the tests bring along."""

FIGURE = "figure: "
"""How a property of a test is named that is a figure for the end of the run."""

Open = Callable[..., Awaitable[Screen]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/e2e/"):
            item.add_marker(pytest.mark.e2e)
            # Whichever comes first waits for the first start.
            item.add_marker(pytest.mark.timeout(FIRST_SECONDS + 120))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    figures: dict[str, list[float]] = defaultdict(list)
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else ():
            if name.startswith(FIGURE):
                figures[name.removeprefix(FIGURE)].append(value)
    if figures:
        terminalreporter.section("what was measured in the browser")
    for name, values in figures.items():
        numbers = ", ".join(f"{value:.0f}" for value in values)
        terminalreporter.write_line(f"{name}: {numbers}" + (f" (worst {max(values):.0f})" if len(values) > 1 else ""))


@pytest.fixture
def measured(record_property: Callable[[str, float], None]) -> Callable[[str, float], float]:
    """Keeps a figure for the end of the run, whichever process ran the test."""

    def keep(name: str, value: float) -> float:
        record_property(FIGURE + name, value)
        return value

    return keep


@pytest.fixture(scope="session")
def app(first: FirstStart, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The app with one server process, its demo data, and a second patient account; it has been started before."""
    running = Running(first.copied(tmp_path_factory.mktemp("app") / "data"), workers=1)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    """The app at its very first start, and stopped again."""
    return first_start(tmp_path_factory, with_a_stranger)


def with_a_stranger(app: Running) -> None:
    """A second patient's account beside those of the demo."""
    app.rows(
        "INSERT INTO users (id, email, name, role, password_hash, language, is_demo, created_at)"
        " VALUES (%s, 'stranger@example.org', 'Ravi Stranger', 'patient', %s, 'en', true, now())",
        STRANGER_ID,
        password_hash(),
    )
    app.rows(
        "INSERT INTO patients (id, account_id, name, is_account_holder, created_at)"
        " VALUES (%s, %s, 'Ravi Stranger', true, now())",
        STRANGER_ID,
        STRANGER_ID,
    )


@pytest.fixture(scope="session")
def pair(app: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The app with two server processes, on the same data."""
    running = Running(tmp_path_factory.mktemp("pair") / "data", workers=2, beside=app)
    yield running
    running.stop()


@pytest.fixture(params=["app", "pair"], ids=["one worker", "two workers"])
def each_app(request: pytest.FixtureRequest) -> Running:
    """Both, one after the other."""
    found: Running = request.getfixturevalue(request.param)
    return found


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with async_playwright() as playwright:
        # As root Chromium starts only without its sandbox.
        chromium = await playwright.chromium.launch(executable_path=system_browser(), args=["--no-sandbox"])
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="session")
async def cookies(app: Running, browser: Browser) -> dict[str, StorageState]:
    """The session of each person who signs in; both apps know it."""
    found = {who: await signed_in(app, browser, who) for who in ("patient", "doctor", "reception", "admin")}
    return found | {"stranger": await signed_in(app, browser, "stranger", password=PASSWORD)}


async def signed_in(app: Running, browser: Browser, who: str, *, password: str = DEMO_PASSWORD) -> StorageState:
    """A session of that person's; a test that ends all of his puts this in the place of the one in `cookies`."""
    context = await browser.new_context()
    answer = await context.request.post(
        app.base + "/auth/sign-in",
        form={"email": f"{who}@example.org", "password": password},
        headers={"Origin": app.base},
    )
    assert "/sign-in" not in answer.url
    found = await context.storage_state()
    await context.close()
    return found


@pytest.fixture
def waiting(app: Running) -> Room:
    """A clinic with a doctor and those who wait for him."""
    return room(app)


@pytest.fixture(autouse=True)
def empty_rooms() -> Iterator[None]:
    """Such clinics are gone after the test."""
    yield
    clear()


@pytest_asyncio.fixture
async def open_screen(browser: Browser, cookies: dict[str, StorageState], app: Running) -> AsyncIterator[Open]:
    """Opens a tab of a browser of its own, signed in as someone or nobody; at the end no console may show an error.

    `through` is the port of a cable to the app; `rough` is for a test that breaks what the console then complains of.
    """
    screens: list[tuple[Screen, bool]] = []

    async def make(
        who: str | None = None,
        *,
        at: Running | None = None,
        through: int | None = None,
        wide: bool = False,
        dark: bool = False,
        rough: bool = False,
    ) -> Screen:
        context = await browser.new_context(
            storage_state=cookies[who] if who else None,
            viewport=DESK if wide else PHONE,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        screen = await Screen.opened(at or app, context, port=through)
        screens.append((screen, rough))
        return screen

    yield make
    errors = [error for screen, rough in screens if not rough for error in screen.errors]
    for screen, _ in screens:
        await screen.page.context.close()
    release_holds(app)
    assert not errors


@pytest_asyncio.fixture
async def services(app: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The services of this process work on the app's own database: what is done here, another process has done."""
    monkeypatch.setenv("AAROGYA_DATABASE_URL", app.database_url)
    monkeypatch.setenv("AAROGYA_REDIS_URL", app.redis_url)
    forget()
    yield
    await db.close()
    await redis.redis().aclose()
    forget()


@pytest.fixture(scope="session")
def days(app: Running) -> Iterator[date]:
    """Working days of the demo's doctor that her page shows, in turn: tests in a row do not meet."""
    weekdays = {row[0] for row in app.rows("SELECT weekday FROM weekly_hours WHERE doctor_id = 1")}
    busy = {row[0] for row in app.rows("SELECT day FROM appointments WHERE patient_id <= 3 AND starts_at > now()")}
    today = clock.local_day(clock.now(), "Asia/Kolkata")
    ahead = (today + timedelta(days=n) for n in range(2, 14))
    return cycle([day for day in ahead if day.weekday() in weekdays and day not in busy])


def release_holds(app: Running) -> None:
    """End the holds of the tests' two patients, as the clock would, and let them hold as often as they like again."""
    app.rows(
        "UPDATE appointments SET held_until = now() - interval '1 second'"
        " WHERE status = 'held' AND patient_id = ANY(%s)",
        [PATIENT_ID, STRANGER_ID],
    )
    with app.redis() as redis:
        # The whole suite comes from one address and is but a few accounts.
        for key in redis.scan_iter("aarogya:limit*"):
            redis.delete(key)
