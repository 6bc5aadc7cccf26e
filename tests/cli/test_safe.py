"""A production does not start on what everybody knows, and says all that is wrong at once."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.safe import require_safe, unsafe
from core.errors import StartFailed
from core.settings import Environment, Settings

ROOT = Path(__file__).resolve().parents[2]
OWN = base64.b64encode(bytes(range(32))).decode()
GOOD = {
    "environment": Environment.PRODUCTION,
    "public_url": "https://clinic.example",
    "encryption_keys": SecretStr(f"a:{OWN}"),
    "lookup_key": SecretStr("l" * 40),
    "token_keys": SecretStr("a:" + "t" * 40),
}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"AAROGYA_{name.upper()}", raising=False)


def test_a_production_of_its_own_starts() -> None:
    require_safe(Settings(**GOOD))
    require_safe(Settings(**GOOD, redis_url="redis://:secret@10.0.0.5/0", database_url="postgresql://localhost/x"))


def test_a_demo_starts_on_what_everybody_knows() -> None:
    require_safe(Settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("encryption_keys", Settings().encryption_keys),
        ("encryption_keys", SecretStr(f"new:{OWN},{Settings().encryption_keys.get_secret_value()}")),
        ("encryption_keys", SecretStr("mine:" + Settings().encryption_keys.get_secret_value().partition(":")[2])),
        ("lookup_key", Settings().lookup_key),
        ("lookup_key", SecretStr("short")),
        ("token_keys", Settings().token_keys),
        ("token_keys", SecretStr("a:" + "t" * 40 + "," + Settings().token_keys.get_secret_value())),
        ("metrics_token", SecretStr("short")),
        ("public_url", None),
        ("public_url", "http://clinic.example"),
        ("public_url", "https://*"),
        ("public_url", "https://*.clinic.example"),
        ("public_url", "https://clinic.example/app"),
        ("public_url", "https://user@clinic.example"),
        ("trusted_proxies", "0.0.0.0/0"),
        ("redis_url", "redis://10.0.0.5/0"),
        ("database_url", "postgresql://aarogya@10.0.0.5/aarogya"),
    ],
)
def test_each_thing_that_is_wrong_is_named(name: str, value: object) -> None:
    (sentence,) = unsafe(Settings(**{**GOOD, name: value}))
    assert f"AAROGYA_{name.upper()}" in sentence
    assert "t" * 40 not in sentence


def test_all_of_it_is_said_at_once() -> None:
    with pytest.raises(StartFailed) as failed:
        require_safe(Settings(environment=Environment.PRODUCTION))
    lines = str(failed.value).splitlines()
    assert len(lines) == 5
    assert "4 to mend" in lines[0]


@pytest.mark.parametrize("command", ["run", "serve"])
def test_the_commands_refuse_before_they_start_anything(command: str, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AAROGYA_")}
    environment |= {"AAROGYA_ENVIRONMENT": "production", "AAROGYA_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-m", "cli", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    for name in ("ENCRYPTION_KEYS", "LOOKUP_KEY", "TOKEN_KEYS", "PUBLIC_URL"):
        assert f"AAROGYA_{name}" in done.stderr
    assert not (tmp_path / "data").exists()
