"""What programs ask for over HTTP, of two server processes: times, searches, bookings, and all of it at once."""

import os
import statistics
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any
from urllib.parse import urlencode

from bench.booking import bare
from bench.client import Request, Tally, closed, paced, request
from bench.ground import run, tomorrow
from bench.served import DOCTORS, Served, served

ROUNDS, PATIENTS = 3, 1000

WISHES: list[dict[str, Any]] = [
    {},
    {"specialization": "panchakarma"},
    {"city": "Pune"},
    {"specialization": "rasayana", "city": "Kochi"},
    {"language": "mr", "maxFee": 80000},
    {"mode": "in_person", "sort": "fee"},
    {"sort": "rating", "city": "Delhi"},
    {"q": "bench 17"},
    {"q": "panchakarma pune"},
    {"language": "hi", "sort": "name", "limit": 50},
]

Figure = Callable[[Served], tuple[str, bool]]


def slots_over_http() -> bool:
    """Slots of seven days, 16 clients."""
    return _bench("http-slots", lambda app: _rounds(app, lambda: islice(_slots(app), 3000), least=500, p95=60))


def search_over_http() -> bool:
    """Searches of a thousand doctors with many filters, 16 clients."""
    return _bench("http-search", lambda app: _rounds(app, lambda: islice(_searches(app), 2000), p95=60))


def booking_over_http() -> bool:
    """Bookings by a key for people with a name and a telephone, 16 clients."""

    def figure(app: Served) -> tuple[str, bool]:
        bookings = _bookings(app)
        return _rounds(app, lambda: islice(bookings, 1500), least=150, p95=150)

    return _bench("http-booking", figure)


def mixed_over_http() -> bool:
    """300 requests a second for two minutes, each when it is due: 70 % searches, 30 % bookings."""
    return _bench("http-mixed", lambda app: _mixed(app, 120))


def short() -> bool:
    """All of them for a moment, as CI runs it: wrong answers count, a noisy machine does not."""

    def figure(app: Served) -> tuple[str, bool]:
        run(lambda: closed(app.port, islice(_slots(app), 50)))
        bookings = _bookings(app)
        tallies: list[Tally] = [
            run(lambda: closed(app.port, islice(_slots(app), 500))),  # type: ignore[misc]
            run(lambda: closed(app.port, islice(_searches(app), 300))),
            run(lambda: closed(app.port, islice(bookings, 200))),
        ]
        said = ", ".join(f"{tally.rate:.0f} a second (p95 {tally.ms(0.95):.0f} ms)" for tally in tallies)
        mixed, met = _mixed(app, 5)
        wrong = [dict(tally.wrong) for tally in tallies if tally.wrong]
        print(f"http: slots, search, booking: {said}; wrong: {wrong or 'none'}")
        return mixed, met and not wrong

    return _bench("http", figure)


def _bench(name: str, figure: Figure) -> bool:
    with served(patients=PATIENTS) as app:
        used, began = app.seconds(), time.perf_counter()
        said, met = figure(app)
        cores = (app.seconds() - used) / (time.perf_counter() - began)
        print(f"{name}: {said}; the app used {cores:.2f} of {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        rate = bare(app.database_url, patients=PATIENTS)
        print(f"{name}: bare SQL of a booking by pgbench, 16 clients: {rate:.0f} a second")
    return met


def _rounds(
    app: Served, requests: Callable[[], Iterator[Request]], *, p95: float, least: float = 0.0
) -> tuple[str, bool]:
    """The medians of three rounds after a warm-up, against the targets."""
    run(lambda: closed(app.port, islice(requests(), 200)))
    used = app.seconds()
    tallies = [_tally(lambda: closed(app.port, requests())) for _ in range(ROUNDS)]
    each = (app.seconds() - used) / sum(len(tally.took) for tally in tallies) * 1000
    rate, seen = (statistics.median(values) for values in zip(*((t.rate, t.ms(0.95)) for t in tallies), strict=True))
    wrong = sum((tally.wrong for tally in tallies), start=tallies[0].wrong.__class__())
    p50, p99 = (statistics.median(tally.ms(share) for tally in tallies) for share in (0.5, 0.99))
    target = f"p95 <= {p95:.0f} ms" + (f", >= {least:.0f} a second" if least else "")
    said = (
        f"{rate:.0f} a second, 16 clients, p50 {p50:.0f} ms, p95 {seen:.0f} ms, p99 {p99:.0f} ms (target: {target});"
        f" wrong answers: {dict(wrong) or 'none'}; each costs the app {each:.1f} ms of a core"
    )
    return said, rate >= least and seen <= p95 and not wrong


def _mixed(app: Served, seconds: float) -> tuple[str, bool]:
    mixed = mix(app)
    # Each process has then seen most of the doctors, as after an hour of any day.
    run(lambda: closed(app.port, islice(_slots(app), int(20 * seconds))))
    run(lambda: closed(app.port, islice(_searches(app), 200)))
    tally = _tally(lambda: paced(app.port, mixed, rate=300, seconds=seconds))
    p95, p99 = tally.ms(0.95), tally.ms(0.99)
    said = (
        f"300 a second for {seconds:.0f} s, 30 % of them bookings: p50 {tally.ms(0.5):.0f} ms, p95 {p95:.0f} ms, "
        f"p99 {p99:.0f} ms (target: <= 80 and 200 ms, 0 errors); wrong answers: {dict(tally.wrong) or 'none'}"
    )
    return said, p95 <= 80 and p99 <= 200 and not tally.wrong


def mix(app: Served) -> Iterator[Request]:
    """Seven searches to three bookings, for ever."""
    searches, bookings = _searches(app), _bookings(app, first_day=8)
    for number in count():
        yield next(bookings) if number * 3 % 10 < 3 else next(searches)


def _tally(work: Callable[[], Coroutine[Any, Any, Tally]]) -> Tally:
    found = run(work)
    assert isinstance(found, Tally)
    return found


def _slots(app: Served) -> Iterator[Request]:
    first = tomorrow().isoformat()
    for number in count():
        doctor = 1 + number * 389 % DOCTORS
        yield request("GET", f"/api/doctors/{doctor}/slots?from={first}&days=7", app.key), 200


def _searches(app: Served) -> Iterator[Request]:
    made = [request("GET", f"/api/doctors?{urlencode(wish)}", app.key) for wish in WISHES]
    made += [request("POST", "/api/doctors", app.key, wish) for wish in WISHES]
    for number in count():
        yield made[number * 7 % len(made)], 200


def _bookings(app: Served, first_day: int = 1) -> Iterator[Request]:
    """Each at an open time of its own, for a person of his own."""
    # Nine o'clock at the clinics, which sit until 13 and from 15 to 19.
    nine = datetime.combine(tomorrow(first_day), datetime.min.time(), UTC) + timedelta(hours=3, minutes=30)
    for number in count():
        doctor, slot, day = 1 + number * 389 % DOCTORS, number // DOCTORS % 16, number // DOCTORS // 16
        at = nine + timedelta(days=day, minutes=30 * slot + (120 if slot >= 8 else 0))
        body = {
            "doctorId": doctor,
            "startsAt": at.isoformat().replace("+00:00", "Z"),
            "mode": "in_person",
            "patient": {"name": f"Patient {number}", "phone": f"+9198{first_day:02}{number:06}"},
        }
        yield request("POST", "/api/appointments", app.key, body, Idempotency_Key=f"{first_day}-{number}"), 201
