"""A clinic of twenty-five doctors with its desk open in browsers, for a measurement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import text

from bench.ground import ZONE, tomorrow
from bench.served import Served
from core import clock, db
from models.user import Role
from services import sessions
from services.walls import bounds
from tools.browser import system_browser

DOCTORS = 200
"""Of eight clinics: twenty-five each."""

PLACE = """
    INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id, visit_type,
        status, token, mode, source, fee, version, created_at, updated_at)
    SELECT gen_random_uuid(), b, b + :length, b + :length, CAST(:day AS date), d.id,
        1 + (n * :each + (d.place - 1) * 2 * :each + g) % 1000, 1, 'first_visit', 'booked', n * :each + g, 'in_person',
        'phone', 50000, 1, :now, :now
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM doctors WHERE clinic_id = 1) d
    CROSS JOIN unnest(ARRAY[9, 15]) WITH ORDINALITY h (hour, half) CROSS JOIN generate_series(1, :each) g,
    LATERAL (SELECT h.half - 1 AS n, :midnight + make_interval(hours => h.hour) + (g - 1) * :every AS b) t
    ON CONFLICT DO NOTHING
"""

TWELVE_HOURS = """
    UPDATE weekly_hours SET opens = CASE opens WHEN time '09:00' THEN time '08:00' ELSE opens END,
        closes = CASE opens WHEN time '15:00' THEN time '20:00' ELSE closes END
"""
"""From eight in the morning to eight in the evening, with a rest at noon."""

BEGIN = """
    INSERT INTO doctor_days (doctor_id, day, version, last_token, changed_at)
    SELECT id, CAST(:day AS date), 1, 100, :now FROM doctors
"""

SOMEBODY = "INSERT INTO users (name, role, clinic_id) VALUES (:name, 'receptionist', 1) RETURNING id"

WATCH = """
window.whole = new Promise((found) => {
  const look = () => {
    if (document.querySelectorAll(".desk-grid .placed").length < WANTED) return;
    observer.disconnect();
    found(performance.now());
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true });
});
"""


async def fill(*, each: int, length: Any, every: Any) -> tuple[date, int]:
    """So many appointments in each half of tomorrow for every doctor of the first clinic; the day, and how many."""
    day = tomorrow()
    values = {"day": day, "each": each, "length": length, "every": every, "now": clock.now()}
    async with db.transaction() as tx:
        await tx.execute(text(TWELVE_HOURS))
        await tx.execute(text(PLACE), values | {"midnight": bounds(day, ZONE)[0]})
        count = await tx.execute(text("SELECT count(*) FROM appointments"))
        await tx.execute(text(BEGIN), values)
        return day, int(count.scalar_one())


@asynccontextmanager
async def desks(
    app: Served, day: date, count: int, wanted: int, *, width: int = 1920, height: int = 1080
) -> AsyncIterator[tuple[Browser, list[Page]]]:
    """So many browsers with that day on their desk, each once it shows `wanted` appointments."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=system_browser(), args=["--no-sandbox"])
        pages = []
        for number in range(count):
            async with db.transaction() as tx:
                user_id = (await tx.execute(text(SOMEBODY), {"name": f"Desk {number + 1}"})).scalar_one()
                cookie = await sessions.open_session(
                    tx, user_id, Role.RECEPTIONIST, address=None, user_agent=None, now=clock.now()
                )
            context = await browser.new_context(viewport={"width": width, "height": height})
            await context.add_cookies([{"name": "aarogya", "value": cookie, "url": f"http://127.0.0.1:{app.port}"}])
            await context.add_init_script(WATCH.replace("WANTED", str(wanted)))
            page = await context.new_page()
            await page.goto(f"http://127.0.0.1:{app.port}/desk?day={day}")
            await page.evaluate("window.whole")
            pages.append(page)
        yield browser, pages
        await browser.close()
