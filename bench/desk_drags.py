"""Four desks drag at random for a minute, twenty a second together: whether all screens agree with the book.

Each page drags by itself, by pointer events of its own, so that nothing but the page and the servers is busy with it;
the windows are small, for here every pixel is painted by the same cores.
"""

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from bench.desk_ground import DOCTORS, desks, fill
from bench.ground import ZONE, percentile, run
from bench.served import Served, served
from core import db

SCREENS, A_SECOND, SECONDS = 4, 20, 60
WIDTH, HEIGHT = 900, 620

STREAM = """
async ({ every, seconds }) => {
  const root = document.querySelector(".desk-grid"), sheet = root.querySelector(".scroll");
  const told = document.querySelector(".toasts"), outcomes = [];
  const point = (target, kind, clientX, clientY) => target.dispatchEvent(
    new PointerEvent(kind, { bubbles: true, clientX, clientY, isPrimary: true, pointerId: 1, pointerType: "mouse" }));
  const rest = (time) => new Promise((next) => setTimeout(next, time));
  const until = async (test, limit) => {
    for (const ends = performance.now() + limit; performance.now() < ends; await rest(10)) {
      const found = test();
      if (found) return found;
    }
  };
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  const escape = () => void document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  const said = () => told.querySelector(".refused")?.innerText;
  // The columns that are seen whole, and what of a list is seen of them.
  const lanes = () => {
    const from = sheet.scrollLeft + 60, to = sheet.scrollLeft + sheet.clientWidth;
    const isSeen = ({ offsetLeft: left, offsetWidth: width }) => left >= from && left + width <= to;
    return [...root.querySelectorAll(".lane")].filter(isSeen);
  };
  const veil = root.querySelector(".veil"), isLit = () => veil.querySelector(".reached") !== null;
  const seen = (list) => {
    const from = sheet.scrollTop + 10, to = sheet.scrollTop + sheet.clientHeight - 110;
    return [...list].filter(({ offsetTop: top }) => top > from && top < to);
  };

  const drag = async () => {
    if (Math.random() < 0.2) sheet.scrollTo(Math.random() * sheet.scrollWidth, 100 + Math.random() * 400);
    const element = any(lanes().flatMap((lane) => seen(lane.querySelectorAll(".placed.movable:not(.pending)"))));
    if (!element) {
      sheet.scrollTo(Math.random() * sheet.scrollWidth, 100 + Math.random() * 400);
      return undefined;
    }
    const from = element.getBoundingClientRect(), before = told.dataset.answered, began = performance.now();
    point(element, "pointerdown", from.left + 10, from.top + 4);
    point(window, "pointermove", from.left + 20, from.top + 12);
    await until(() => isLit() || told.dataset.answered !== before, 8000);
    const lit = performance.now() - began;
    if (told.dataset.answered !== before) {
      escape();
      return { outcome: "refused", why: said() ?? "", lit };
    }
    const reached = new Map([...veil.querySelectorAll(".reached")].map((each) => [each.dataset.key, each]));
    const place = any(lanes().flatMap((lane) => seen(reached.get(lane.dataset.key)?.querySelectorAll("i") ?? [])));
    if (!place) return escape();
    const to = place.getBoundingClientRect();
    point(window, "pointermove", to.left + 20, to.top + 8);
    if (!(await until(() => veil.querySelector(".landing"), 1000))) return escape();
    const down = performance.now();
    point(window, "pointerup", to.left + 20, to.top + 8);
    // It went out of the hand at this very moment: somebody else has moved it.
    if (!root.querySelector(".pending")) return undefined;
    const isAnswered = await until(() => told.dataset.answered !== before, 15000);
    const answered = performance.now() - down, why = said();
    if (!isAnswered) return { outcome: "unanswered", lit, answered };
    return { outcome: why === undefined ? "moved" : "refused", why, lit, answered };
  };

  const ends = performance.now() + 1000 * seconds;
  for (let due = performance.now() + Math.random() * every; performance.now() < ends; due += every) {
    await rest(Math.max(0, due - performance.now()));
    const outcome = await drag();
    if (outcome) outcomes.push(outcome);
    // Who is late does not catch up: nobody drags faster because he was slow before.
    due = Math.max(due, performance.now() - every);
  }
  return outcomes;
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


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What became of each drag, and what each part of the machine used for all of them, in seconds of a core."""

    outcomes: list[dict[str, Any]]
    took: float
    used: dict[str, float]
    agreeing: int
    overlaps: int


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
    seen = run(lambda: _dragged(app, screens, seconds))
    assert isinstance(seen, Seen)
    counts = Counter(each["outcome"] for each in seen.outcomes)
    refused = [each["why"] for each in seen.outcomes if each["outcome"] == "refused"]
    unexplained = [each for each in refused if len(each) < 20]
    lit = [each["lit"] for each in seen.outcomes]
    answered = [each["answered"] for each in seen.outcomes if "answered" in each]
    print(
        f"desk-drags: {screens} desks, {seconds} s, {A_SECOND} a second asked for: {len(seen.outcomes)} drags,"
        f" {len(seen.outcomes) / seen.took:.1f} a second: {counts['moved']} stand, {len(refused)} were refused,"
        f" {len(unexplained)} of them without a reason, {counts['unanswered']} not answered (targets: 0, 0);"
        f" {seen.agreeing} of {screens} screens agree with the book, {seen.overlaps} overlaps (target: 0);"
        f" lit after {_spread(lit)}, answered after {_spread(answered)}; load {os.getloadavg()[0]:.1f}"
    )
    each = {name: f"{1000 * used / max(1, len(seen.outcomes)):.0f}" for name, used in seen.used.items()}
    print(
        f"  of {seen.took * (os.cpu_count() or 1):.0f} s of the cores {sum(seen.used.values()):.0f} went here; a drag"
        f" took, in ms of a core: {', '.join(f'{name} {ms}' for name, ms in each.items())}"
    )
    for why, count in Counter(_kind(why) for why in refused).most_common():
        print(f"  {count} x {why}")
    is_right = not unexplained and not counts["unanswered"] and seen.agreeing == screens and not seen.overlaps
    return counts["moved"] > 0 and is_right


def _spread(took: list[float]) -> str:
    if not took:
        return "-"
    return f"{percentile(took, 0.5):.0f} ms, p95 {percentile(took, 0.95):.0f} ms"


def _kind(why: str) -> str:
    """The sentence without its times and names, so that they can be counted."""
    words = why.split(" ")
    return " ".join("…" if any(c.isdigit() for c in word) else word for word in words)[:90]


async def _dragged(app: Served, screens: int, seconds: int) -> Seen:
    day, placed = await fill(each=5, length=timedelta(minutes=30), every=timedelta(minutes=30))
    async with desks(app, day, screens, placed, width=WIDTH, height=HEIGHT) as (_, pages):
        before, began = app.parts(), time.monotonic()
        asked = {"every": 1000 * screens / A_SECOND, "seconds": seconds}
        streams = await asyncio.gather(*(page.evaluate(STREAM, asked) for page in pages))
        took, after = time.monotonic() - began, app.parts()
        agreeing = 0
        for _ in range(20):
            book = await _book(day)
            agreeing = sum([await page.evaluate(SHOWN) == book for page in pages])
            if agreeing == screens:
                break
            await asyncio.sleep(0.5)
    async with db.snapshot() as connection:
        overlaps = int((await connection.execute(OVERLAPS, {"day": day})).scalar_one())
    return Seen(
        outcomes=[outcome for stream in streams for outcome in stream],
        took=took,
        used={name: after[name] - before[name] for name in after},
        agreeing=agreeing,
        overlaps=overlaps,
    )


async def _book(day: date) -> dict[str, str]:
    async with db.snapshot() as connection:
        rows = await connection.execute(BOOK, {"day": day, "zone": ZONE})
        return {str(row.id): row.place for row in rows}
