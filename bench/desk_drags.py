"""Four desks drag at random for a minute, twenty a second together: whether all screens agree with the book."""

import asyncio
import os
import time
from datetime import date, timedelta

from playwright.async_api import Page
from sqlalchemy import text

from bench.desk_ground import DOCTORS, desks, fill
from bench.ground import ZONE, run
from bench.served import Served, served
from core import db

SCREENS, A_SECOND, SECONDS = 4, 20, 60

DRAG = """
async () => {
  const point = (kind, clientX, clientY) => (kind === "pointerdown" ? element : window).dispatchEvent(
    new PointerEvent(kind, { bubbles: true, clientX, clientY, isPrimary: true, pointerId: 1, pointerType: "mouse" }));
  const until = async (test, limit) => {
    const ends = performance.now() + limit;
    while (performance.now() < ends) {
      const found = test();
      if (found) return found;
      await new Promise((next) => setTimeout(next, 8));
    }
  };
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  const answered = () => document.querySelector(".toasts").dataset.answered;
  const sheet = document.querySelector(".scroll").getBoundingClientRect();
  const seen = (element, margin) => {
    const rect = element.getBoundingClientRect();
    const isBeside = rect.left > sheet.left + 60 + margin && rect.right < sheet.right - margin;
    return isBeside && rect.top > sheet.top + 50 + margin && rect.bottom < sheet.bottom - margin;
  };
  const element = any([...document.querySelectorAll(".placed.movable:not(.pending)")].filter((each) => seen(each, 0)));
  if (!element) return "none";
  const from = element.getBoundingClientRect(), before = answered();
  point("pointerdown", from.left + 10, from.top + 4);
  point("pointermove", from.left + 30, from.top + 12);
  const open = () => [...document.querySelectorAll(".lit i")].filter((each) => seen(each, 52));
  const lit = await until(() => open().length && open(), 3000);
  if (!lit) {
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    return answered() !== before ? document.querySelector(".toasts").innerText : "none";
  }
  const to = any(lit).getBoundingClientRect();
  point("pointermove", to.left + 30, to.top + 6);
  if (!(await until(() => document.querySelector(".landing"), 1000))) {
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    return "none";
  }
  point("pointerup", to.left + 30, to.top + 6);
  await until(() => answered() !== before, 10000);
  const refused = document.querySelector(".toasts .refused");
  return refused ? "refused: " + refused.innerText : "moved";
}
"""

SHOWN = """
() => Object.fromEntries([...document.querySelectorAll(".placed")].map((each) =>
  [each.dataset.id, each.closest(".lane").dataset.key + " " + each.dataset.start]))
"""

BOOK = text("""
    SELECT a.id, a.doctor_id || ':' || a.day || ' ' ||
        CAST(extract(epoch FROM a.starts_at AT TIME ZONE :zone - CAST(a.day AS timestamp)) / 60 AS int)
            AS place
    FROM appointments a WHERE a.day = :day AND a.clinic_id = 1 AND a.status = 'booked'
""")

OVERLAPS = text("""
    SELECT count(*) FROM appointments a JOIN appointments b
        ON b.id > a.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
        AND (a.doctor_id = b.doctor_id OR a.patient_id = b.patient_id)
    WHERE a.status = 'booked' AND b.status = 'booked' AND a.day = :day AND b.day = :day
""")


def desk_drags() -> bool:
    """Print what came of it; whether all is as it should be."""
    with served(doctors=DOCTORS) as app:
        return _said(app, SCREENS, SECONDS)


def few() -> bool:
    """Two desks for six seconds, as CI runs it."""
    with served(doctors=DOCTORS) as app:
        assert _said(app, 2, 6)
    return True


def _said(app: Served, screens: int, seconds: int) -> bool:
    found = run(lambda: _dragged(app, screens, seconds))
    assert isinstance(found, tuple)
    outcomes, took, agreeing, overlaps = found
    refused = [each for each in outcomes if each.startswith("refused")]
    unexplained = [each for each in refused if len(each) < 30]
    moved = outcomes.count("moved")
    print(
        f"desk-drags: {screens} desks, {seconds} s: {len(outcomes)} drags, {len(outcomes) / took:.1f} a second:"
        f" {moved} stand, {len(refused)} were refused with their reason, {len(unexplained)} without (target: 0);"
        f" {agreeing} of {screens} screens agree with the book, {overlaps} overlaps (target: 0);"
        f" load {os.getloadavg()[0]:.1f}"
    )
    for each in sorted(set(refused))[:3]:
        print(f"  {each}")
    return moved > 0 and not unexplained and agreeing == screens and not overlaps


async def _dragged(app: Served, screens: int, seconds: int) -> tuple[list[str], float, int, int]:
    day, placed = await fill(each=5, length=timedelta(minutes=30), every=timedelta(minutes=30))
    outcomes: list[str] = []
    async with desks(app, day, screens, placed) as (_, pages):
        ends, began = time.monotonic() + seconds, time.monotonic()

        async def person(page: Page) -> None:
            while (due := time.monotonic()) < ends:
                outcome = str(await page.evaluate(DRAG))
                if outcome != "none":
                    outcomes.append(outcome)
                await asyncio.sleep(max(0.0, due + screens / A_SECOND - time.monotonic()))

        await asyncio.gather(*map(person, pages))
        took = time.monotonic() - began
        agreeing = 0
        for _ in range(20):
            book = await _book(day)
            agreeing = sum([await page.evaluate(SHOWN) == book for page in pages])
            if agreeing == screens:
                break
            await asyncio.sleep(0.5)
    async with db.snapshot() as connection:
        overlaps = int((await connection.execute(OVERLAPS, {"day": day})).scalar_one())
    return outcomes, took, agreeing, overlaps


async def _book(day: date) -> dict[str, str]:
    async with db.snapshot() as connection:
        rows = await connection.execute(BOOK, {"day": day, "zone": ZONE})
        return {str(row.id): row.place for row in rows}
