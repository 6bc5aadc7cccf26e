"""`make fuzz`: Schemathesis over all that the API says of itself, as each kind of caller, on the app as it is served.

Every operation gets so many requests, right ones and wrong ones, and the ways that the links describe are gone: no
answer may be of 5xx, and each is what the schema says. `--short` is what continuous integration runs: a tenth, and of
those with a token, whose operations are the key's, less. Other arguments go on to Schemathesis:
`python -m tests.fuzz --short --include-path /holds`.
"""

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LANES = ("nobody,key", "patient,desk,doctor")
"""Callers whose turns follow one another; the lanes run side by side, since one alone keeps but one core busy."""


def main(arguments: list[str]) -> int:
    """0 when nothing was found by any caller; what a lane said is told whole, when it ends."""
    print(f"fuzz: {' beside '.join(LANES)}", flush=True)
    worst = 0
    with ThreadPoolExecutor() as pool:
        for ended in as_completed(pool.submit(_lane, lane, arguments) for lane in LANES):
            code, said = ended.result()
            print(said, flush=True)
            worst = max(worst, abs(code))
    return worst


def _lane(callers: str, arguments: list[str]) -> tuple[int, str]:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        command = [sys.executable, "-m", "tests.fuzz.lane", callers, *arguments]
        code = subprocess.run(command, cwd=ROOT, stdout=said, stderr=said).returncode
        said.seek(0)
        return code, said.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
