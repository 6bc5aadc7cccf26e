"""`python -m tests`: the whole suite, or what the arguments of pytest name.

What needs no browser runs on three processes and keeps two cores busy. The browser's tests follow, on two: what they
measure is how soon a screen changes. Where something is killed, and how soon all is well again is measured, a test has
the machine to itself: `make chaos`.
"""

import subprocess
import sys

PYTEST = [sys.executable, "-m", "pytest"]
BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder", "--durations", "20", "--durations-min", "3"]
BROWSER = "tests/e2e"
# Only what runs is read at all, by each process: that alone takes many seconds.
WHOLE = [["-n", "3", *BY_FILE, "--ignore", BROWSER], ["-n", "2", *BY_FILE, "-m", "not chaos", BROWSER]]


def main(arguments: list[str]) -> int:
    """0 when all of it passed; what follows a failure is still run, so that one run tells all.

    A part that was killed has a code below nought.
    """
    parts = [arguments] if arguments else WHOLE
    return max(abs(subprocess.run([*PYTEST, *part]).returncode) for part in parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
