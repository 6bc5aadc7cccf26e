"""`aarogya api-key` and `aarogya keys`: secrets are shown once, and never in a list."""

import re
import sys
from dataclasses import dataclass

import psycopg
import pytest

from cli.main import main
from core import crypto
from core.embedded import Urls
from core.settings import Settings
from tests.conftest import forget


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def aarogya(database_url: str, servers: Urls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command on this module's database; within this process, since a new one takes a second to begin."""

    def run(*arguments: str, **more: str | None) -> Ran:
        with monkeypatch.context() as around:
            ours = {"AAROGYA_DATABASE_URL": database_url, "AAROGYA_REDIS_URL": servers.redis} | more
            for name, value in ours.items():
                around.delenv(name, raising=False) if value is None else around.setenv(name, value)
            around.setattr(sys, "argv", ["aarogya", *arguments])
            read_anew()
            try:
                main()
                code = 0
            except SystemExit as ended:
                code = ended.code or 0
        read_anew()
        said = capsys.readouterr()
        # Python prints a sentence that a program ends with, and ends it with 1.
        return Ran(code, *said) if isinstance(code, int) else Ran(1, said.out, f"{said.err}{code}\n")

    return run


def read_anew() -> None:
    """Let the settings, and what was made of them, be read again."""
    forget()
    crypto.forget()


def test_a_key_is_shown_once_listed_without_its_secrets_and_revoked(aarogya) -> None:
    options = ("--name", "City Lab", "--scope", "slots:read", "--scope", "doctors:read", "--expires-days", "30")
    made = aarogya("api-key", "create", *options, "--limit", "50", "--signed")
    assert made.returncode == 0, made.stderr
    (key,) = re.findall(r"aar_live_[0-9a-f]{12}_[\w-]{43}", made.stdout)
    (secret,) = re.findall(r"Signing secret: ([\w-]{43})", made.stdout)
    prefix = key[9:21]
    listed = aarogya("api-key", "list").stdout
    assert re.search(rf"{prefix}  open  City Lab  doctors:read slots:read, signed  50 an hour  until", listed)
    for hidden in (key[22:], secret):
        assert hidden not in listed
    assert aarogya("api-key", "revoke", prefix).stdout == f"{prefix} is revoked.\n"
    assert f"{prefix}  revoked" in aarogya("api-key", "list").stdout
    again = aarogya("api-key", "revoke", prefix)
    assert (again.returncode, again.stderr) == (1, "aarogya: There is no open key of that prefix.\n")


def test_what_makes_no_key_says_why(aarogya) -> None:
    assert "doctors:read" in aarogya("api-key", "create", "--name", "x", "--scope", "everything").stderr
    assert "--scope" in aarogya("api-key", "create", "--name", "x").stderr
    unknown = aarogya("api-key", "create", "--name", "x", "--scope", "slots:read", "--clinic", "999")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr == "aarogya: No key was made: We could not find that.\n"


def test_a_key_is_not_revoked_where_the_servers_cannot_be_told(aarogya) -> None:
    for url in (None, "redis://127.0.0.1:1/0"):
        refused = aarogya("api-key", "revoke", "0" * 12, AAROGYA_REDIS_URL=url)
        assert (refused.returncode, "redis" in refused.stderr.lower()) == (1, True)


def test_fresh_secrets_are_ones_that_the_settings_take(aarogya) -> None:
    made, other = aarogya("keys", "make").stdout, aarogya("keys", "make").stdout
    values = dict(line.split("=", 1) for line in made.splitlines())
    assert set(values) == {"AAROGYA_ENCRYPTION_KEYS", "AAROGYA_LOOKUP_KEY", "AAROGYA_TOKEN_KEYS"}
    assert not set(made.splitlines()) & set(other.splitlines())
    chosen = {name.removeprefix("AAROGYA_").lower(): value for name, value in values.items()}
    assert Settings(**chosen).encryption_keys.get_secret_value() == values["AAROGYA_ENCRYPTION_KEYS"]


def test_the_keys_are_turned_while_the_values_stay(aarogya, database_url: str) -> None:
    aarogya("api-key", "create", "--name", "x", "--scope", "slots:read", "--signed")
    before = sealed(database_url)
    fresh = aarogya("keys", "make").stdout.splitlines()[0].split("=", 1)[1]
    demo = Settings().encryption_keys.get_secret_value()
    both, alone = {"AAROGYA_ENCRYPTION_KEYS": f"{fresh},{demo}"}, {"AAROGYA_ENCRYPTION_KEYS": fresh}
    identity = fresh.partition(":")[0]
    listed = aarogya("keys", "list", **both).stdout
    assert f"{identity}  seals  0 values" in listed
    assert f"demo  opens  {len(before)} values (api_keys.signing {len(before)})" in listed
    # Without the old key nothing is touched, and it says so.
    failed = aarogya("keys", "rotate", **alone)
    assert (failed.returncode, f"{len(before)} values cannot be opened" in failed.stdout) == (1, True)
    assert "demo  IS NOT ON THE RING" in aarogya("keys", "list", **alone).stdout
    assert sealed(database_url) == before
    turned = aarogya("keys", "rotate", **both)
    assert (turned.returncode, turned.stdout) == (0, f"{len(before)} values are under {identity} now.\n")
    assert f"{identity}  seals  {len(before)} values" in aarogya("keys", "list", **alone).stdout
    assert aarogya("keys", "rotate", **alone).stdout == f"0 values are under {identity} now.\n"


def test_without_a_database_it_says_so(aarogya) -> None:
    for command in (("keys", "list"), ("keys", "rotate"), ("api-key", "list")):
        refused = aarogya(*command, AAROGYA_DATABASE_URL=None)
        assert (refused.returncode, "AAROGYA_DATABASE_URL" in refused.stderr) == (1, True)


def sealed(url: str) -> list[bytes]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT signing_sealed FROM api_keys WHERE signing_sealed IS NOT NULL ORDER BY id")
        return [row[0] for row in rows]
