"""A program for the tests: holds the services of a folder until its input ends. Prints where they are, or why not."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from core.embedded import services
from core.errors import StartFailed
from core.settings import Settings

if __name__ == "__main__":
    try:
        with services(Settings(data_dir=Path(sys.argv[1]), database_url=None, redis_url=None)) as urls:
            print(json.dumps({"pid": os.getpid(), "uid": os.geteuid(), **asdict(urls)}), flush=True)
            sys.stdin.read()
    except StartFailed as failed:
        print(json.dumps({"failed": str(failed)}), flush=True)
