"""`make check`'s look for known weaknesses in the packages of the lock files; it says so when it could not look."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
WITHIN = 180
"""Seconds for a lock file."""


def main() -> int:
    """1 when a package has a known weakness; not being able to look is no finding, and is said."""
    found = False
    for lock in LOCKS:
        packages = _asked(lock)
        looked = [package for package in packages or [] if "vulns" in package]
        for package in looked:
            for weakness in package["vulns"]:
                found = True
                mended = ", ".join(weakness.get("fix_versions", [])) or "no version yet"
                print(f"{lock}: {package['name']} {package['version']} has {weakness['id']}, mended in {mended}.")
        unseen = len(packages or []) - len(looked)
        if not looked:
            print(f"pip-audit COULD NOT LOOK at {lock}: the service that knows weaknesses does not answer from here.")
        elif unseen:
            print(f"pip-audit looked at {len(looked)} packages of {lock}; {unseen} are not known to its service.")
        else:
            print(f"pip-audit looked at all {len(looked)} packages of {lock}.")
    return 1 if found else 0


def _asked(lock: str) -> list[dict[str, Any]] | None:
    """What pip-audit says of each package; None where it says nothing."""
    command = [sys.executable, "-m", "pip_audit", "-r", lock, "--disable-pip", "--no-deps", "--format", "json"]
    command += ["--progress-spinner", "off"]
    try:
        # Its exit code does not tell a finding from a service that is not there; what it writes does.
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=WITHIN)
        answer: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
        return answer
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None


if __name__ == "__main__":
    sys.exit(main())
