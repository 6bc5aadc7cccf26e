"""The demo's telephone numbers: a household's, or that of one who only ever rang or walked in."""

from typing import Any

from cli.demo.rows import PatientRow
from services.addresses import phone


def reached(row: PatientRow) -> dict[str, Any]:
    """The columns of a patient's row that keep his number; sealed, so that no two loadings have the same bytes."""
    number = f"+919820{row.account_id:06}" if row.account_id is not None else f"+919870{row.id:06}"
    return phone(number).columns("patients", row.id)
