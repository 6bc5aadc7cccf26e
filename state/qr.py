"""The picture of a link to a visit: a patient's telephone opens it, the front desk's reader types it into its box."""

import segno

from core.settings import settings


def picture(code: str) -> str:
    """The link's picture as an address of an image, dark on white whatever the page's colours are."""
    made = segno.make(f"{settings().origin}/v/{code}", error="m", micro=False)
    address: str = made.svg_data_uri(scale=4, border=3, dark="#1d2620", light="#ffffff")
    return address
