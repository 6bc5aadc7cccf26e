"""Write `requirements.lock` and `requirements-dev.lock`, and npm's: every package with its hashes, no address."""

import subprocess
import sys
from pathlib import Path

from tools import node

ROOT = Path(__file__).resolve().parent.parent
COMPILE = ["--universal", "--python-version", "3.11", "--generate-hashes", "--custom-compile-command", "make lock"]
COMPILE += ["--no-emit-index-url", "--no-emit-find-links", "--quiet"]


def main() -> None:
    """Lock what runs first; what tests need is then added without moving it."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    uv = [sys.executable, "-m", "uv", "pip", "compile", *COMPILE, "pyproject.toml"]
    subprocess.run([*uv, "--output-file", "requirements.lock"], cwd=ROOT, check=True)
    dev = [*uv, "--group", "dev", "--constraint", "requirements.lock", "--output-file", "requirements-dev.lock"]
    subprocess.run(dev, cwd=ROOT, check=True)
    for name in ("requirements.lock", "requirements-dev.lock"):
        if "://" in (ROOT / name).read_text():
            sys.exit(f"{name} holds an address; it must name packages and hashes only.")
    for folder in node.locked_folders():
        node.lock(folder)


if __name__ == "__main__":
    main()
