"""`make bench-plan`: the load test of the plan, by Artillery; `--short`: 100 arrivals a second for 60 s, warmed up."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.ground import run, tomorrow
from bench.served import Served, key_for, served
from models.api_key import Scope
from tools import node

HERE = Path(__file__).parent
# Artillery itself needs a second and a half of a core before it is up to speed: like the plan, this warms up first.
SHORT = {
    "config": {
        "phases": [
            {"duration": 10, "arrivalRate": 50, "name": "Warm up"},
            {"duration": 60, "arrivalRate": 100, "name": "Peak load"},
        ]
    }
}
ALLOWED = {"200", "201", "409"}
LARGEST_P99 = 200.0


def main(arguments: list[str]) -> int:
    """Print what Artillery saw; 1 when somebody failed, or the 99th percentile is over the plan's 200 ms."""
    is_short = "--short" in arguments
    program = node.installed(HERE / "artillery") / "node_modules" / "artillery" / "bin" / "run"
    with served() as app:
        found = _run(program, app, SHORT if is_short else {})
    counters, p = found["counters"], found["summaries"]["http.response_time"]
    codes = {name.rpartition(".")[2]: many for name, many in counters.items() if name.startswith("http.codes.")}
    failed = counters.get("vusers.failed", 0) + sum(many for code, many in codes.items() if code not in ALLOWED)
    errors = {name: many for name, many in counters.items() if name.startswith("errors.")}
    print(
        f"plan: {counters['vusers.created']} arrivals, {counters['http.requests']} requests: found 200"
        f" {codes.get('200', 0)}, booked 201 {codes.get('201', 0)}, taken 409 {codes.get('409', 0)},"
        f" failed {failed} {errors or ''}"
    )
    print(
        f"plan: p50 {p['median']:.0f} ms, p95 {p['p95']:.0f} ms, p99 {p['p99']:.0f} ms, longest {p['max']:.0f} ms"
        f" (target: 0 failed, p99 < {LARGEST_P99:.0f} ms); load {os.getloadavg()[0]:.1f}"
    )
    return 1 if failed or errors or p["p99"] >= LARGEST_P99 else 0


def _run(program: Path, app: Served, overrides: dict[str, Any]) -> dict[str, Any]:
    env = node.environment() | {
        "AAROGYA_TARGET": f"http://127.0.0.1:{app.port}",
        "AAROGYA_KEY": str(run(lambda: key_for("Artillery", [Scope.DOCTORS_READ, Scope.APPOINTMENTS_WRITE]))),
        "AAROGYA_DATE": tomorrow(3).isoformat(),
        "ARTILLERY_DISABLE_TELEMETRY": "true",
    }
    with tempfile.TemporaryDirectory(prefix="aarogya-plan-") as folder:
        report = Path(folder) / "report.json"
        command = [node.node(), program, "run", "--quiet", "--output", report]
        if overrides:
            command += ["--overrides", json.dumps(overrides)]
        subprocess.run([*command, HERE / "artillery.yml"], env=env, check=True, stdout=subprocess.DEVNULL)
        aggregate: dict[str, Any] = json.loads(report.read_text())["aggregate"]
        return aggregate


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
