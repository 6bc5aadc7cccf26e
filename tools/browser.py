"""The browser of the tests: one on this system, else Playwright's own, else Debian's package.

Chromium's headless shell first: the same engine without the windows, toolbars and processes of a desktop's browser.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("chromium-headless-shell", "chromium")
NAMES = (*PACKAGES, "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\nwith sync_playwright() as p: print(p.chromium.executable_path)"
)


def system_browser() -> str | None:
    """A Chromium or Chrome of this system, as Playwright's `executable_path` wants it; None to use Playwright's own."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (MAC if Path(MAC).exists() else None)


def ensure() -> str | None:
    """Have a browser; what to do, in one sentence, if that is not possible."""
    if system_browser() or _has_own():
        return None
    commands = [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        commands += [["apt-get", "update", "-qq"], *(["apt-get", "install", "-y", "-qq", name] for name in PACKAGES)]
    print("Installing a browser for the tests…", flush=True)
    for command in commands:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if system_browser() or _has_own():
            return None
    return "The tests need a browser and none could be installed; install Chromium or Chrome and run make test again."


def _has_own() -> bool:
    asked = subprocess.run([sys.executable, "-c", _ASK_PLAYWRIGHT], capture_output=True, text=True, check=False)
    return asked.returncode == 0 and Path(asked.stdout.strip()).exists()


if __name__ == "__main__":
    sys.exit(ensure())
