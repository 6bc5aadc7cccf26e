"""`aarogya build`: build the pages and nothing else, for an image or before going offline."""

import os

from cli.environment import ROOT
from cli.pages import built


def build() -> None:
    """Build the pages, if they have changed, and print where they are."""
    os.chdir(ROOT)
    print(built())
