"""A clinic's cash sheet of a day as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from api.door import PREFIXES, door, known
from api.paper import language
from core import clock
from core.errors import Invalid, NotAllowed, NotFound
from core.words import N_, words
from services import cash_day, desks
from services.cash_day import CashDay, Line, Sheet
from services.permissions import Access
from services.walls import local_day

COLUMNS = (
    N_("Sheet"),
    N_("Date"),
    N_("Time"),
    N_("Token"),
    N_("Doctor"),
    N_("How"),
    N_("Reference"),
    N_("Amount"),
    N_("Let off"),
    N_("Currency"),
    N_("Reason"),
    N_("Taken by"),
    N_("Voided by"),
    N_("Voided because"),
)

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for something to work out."""


async def payments(request: Request) -> Response:
    """The lines of a day, by default today's; voided ones too, with by whom and why."""
    by, now = known(request), clock.now()
    try:
        clinic = await desks.desk(_number(request.path_params["clinic_id"]), by=by)
        day = _day(request.query_params.get("day"), local_day(now, clinic.zone))
        found = await cash_day.opened(clinic.clinic_id, day, by=by, now=now, action="CashSheetExported")
    except (Invalid, NotAllowed, NotFound) as refused:
        return Response(words(language(request)).gettext(NotFound.message), 404 if refused.code != "invalid" else 422)
    written = io.StringIO()
    # With its mark: else a spreadsheet takes it for another encoding.
    written.write("\ufeff")
    csv.writer(written).writerows(_rows(found, language(request)))
    name = f"cash-{found.clinic_id}-{day}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _rows(found: CashDay, spoken: str) -> Iterator[list[str]]:
    yield [words(spoken).gettext(name) for name in COLUMNS]
    for sheet in found.sheets:
        yield from (_row(sheet, line, found) for line in sheet.lines)


def _row(sheet: Sheet, line: Line, found: CashDay) -> list[str]:
    local = line.taken_at.astimezone(ZoneInfo(found.zone))
    values = (
        str(sheet.number),
        found.day.isoformat(),
        local.strftime("%H:%M"),
        str(line.token or ""),
        line.doctor,
        line.method,
        line.reference,
        f"{line.amount / 100:.2f}",
        f"{line.remitted / 100:.2f}",
        sheet.currency,
        line.remark,
        line.taker,
        line.voider,
        line.void_reason,
    )
    return [f"'{value}" if value.startswith(FORMULA) else value for value in values]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise NotFound
    return int(text)


def _day(text: str | None, today: date) -> date:
    try:
        return today if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field="day") from error


routes = [door(f"{prefix}/cash/{{clinic_id}}/payments.csv", payments, Access.STAFF, ("GET",)) for prefix in PREFIXES]
