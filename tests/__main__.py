"""`python -m tests`: the whole suite, or what the arguments of pytest name.

The browser's tests wait for half of their time, and what they measure is how soon a screen changes. So all others run
beside them and take what they leave of two cores; what the browser's have said comes at the end. Where something is
killed, and how soon all is well again is measured, a test has the machine to itself: `make chaos`.
"""

import os
import shutil
import subprocess
import sys
import tempfile

PYTEST = [sys.executable, "-m", "pytest"]
BY_FILE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "20", "--durations-min", "3"]
BROWSER = "tests/e2e"
# Only what runs is read at all, by each process: that alone takes many seconds.
WITHOUT, WITH = [*BY_FILE, "--ignore", BROWSER], [*BY_FILE, "-m", "not chaos", BROWSER]

NICER = 5
"""By how much all others are of lower priority than the browser's."""


def main(arguments: list[str]) -> int:
    """0 when all of it passed; what follows a failure is still run, so that one run tells all.

    A part that was killed has a code below nought.
    """
    if arguments:
        return abs(subprocess.run([*PYTEST, *arguments]).returncode)
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen([*PYTEST, *WITH], stdout=said, stderr=said) as browser:
            os.nice(NICER)
            others = subprocess.run([*PYTEST, *WITHOUT]).returncode
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout.buffer)
    return max(abs(others), abs(browser.returncode))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
