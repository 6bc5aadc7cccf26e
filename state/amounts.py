"""An amount of money as it was typed, in minor units."""

import re
from typing import Any

from core.errors import Invalid

AMOUNT = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?", re.ASCII)
"""`500`, `1,200` or `12.50`; commas and blanks are left out first."""


def minor_units(typed: Any, field: str) -> int:
    """Raises Invalid."""
    found = AMOUNT.fullmatch(re.sub(r"[,\s₹]", "", typed)) if isinstance(typed, str) and len(typed) < 20 else None
    if found is None:
        raise Invalid(field=field)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
