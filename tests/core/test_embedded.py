"""The embedded PostgreSQL and Redis: real starts, real kills, real leftovers."""

import ctypes
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.embedded import Urls, account, child, services
from core.embedded.ports import Ports
from core.errors import StartFailed
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
HOLDER = Path(__file__).with_name("hold_services.py")
IS_ROOT = os.geteuid() == 0
PR_SET_CHILD_SUBREAPER = 36

needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root changes accounts")
linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux does for us elsewhere the next start does")


def configured(folder: Path, database_url: str | None = None, redis_url: str | None = None) -> Settings:
    return Settings(data_dir=folder, database_url=database_url, redis_url=redis_url)


def asked(urls: Urls, query: str) -> str:
    with psycopg.connect(urls.database, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return str(row[0])


def keep(urls: Urls, number: int) -> None:
    with psycopg.connect(urls.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def port(url: str) -> int:
    found = urlsplit(url).port
    assert found is not None
    return found


def servers(folder: Path) -> list[psutil.Process]:
    return [*child.strays(folder / "postgres" / "data", "postgres"), *child.strays(folder / "redis", "valkey-server")]


def eldest(found: list[psutil.Process]) -> list[psutil.Process]:
    pids = {process.pid for process in found}
    eldest = []
    for process in found:
        with suppress(psutil.NoSuchProcess):
            if process.ppid() not in pids:
                eldest.append(process)
    return eldest


def eventually(condition: object, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@contextmanager
def held(folder: Path, *, as_account: str = "same") -> Iterator[dict[str, str]]:
    """Another process that holds the services of `folder`; its first words."""
    command = child.bound(
        [sys.executable, HOLDER, folder], death=signal.SIGKILL, account=as_account, folder=folder.parent
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate(timeout=60)


def test_a_fresh_folder_gets_servers_that_only_this_machine_reaches(tmp_path: Path) -> None:
    with services(configured(tmp_path / "data")) as urls:
        assert asked(urls, "SHOW server_encoding") == "UTF8"
        assert asked(urls, "SHOW timezone") == "UTC"
        assert asked(urls, "SHOW fsync") == asked(urls, "SHOW synchronous_commit") == "on"
        assert asked(urls, "SELECT lower('ÄYURVEDA')") == "äyurveda"
        assert asked(urls, "SHOW listen_addresses") == "127.0.0.1"
        with redis.Redis.from_url(urls.redis) as client:
            assert client.config_get("bind")["bind"] == "127.0.0.1"
        # A session of their own: Ctrl-C in our terminal does not reach them.
        assert all(os.getsid(process.pid) != os.getsid(0) for process in servers(tmp_path / "data"))
    assert servers(tmp_path / "data") == []


def test_nobody_gets_in_without_the_password(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with services(configured(folder), durable=False) as urls:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://aarogya:wrong@127.0.0.1:{port(urls.database)}/aarogya")
        with (
            redis.Redis(port=port(urls.redis), retry=Retry(NoBackoff(), 0)) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()
    for secret in ("postgres/password", "redis/password", "redis/valkey.conf"):
        assert stat.S_IMODE((folder / secret).stat().st_mode) == 0o600


def test_the_second_start_has_the_ports_and_the_data_of_the_first(tmp_path: Path) -> None:
    with services(configured(tmp_path)) as first, redis.Redis.from_url(first.redis) as client:
        keep(first, 7)
        client.set("kept", "7")
    with services(configured(tmp_path)) as second, redis.Redis.from_url(second.redis) as client:
        assert second == first
        assert asked(second, "SELECT number FROM kept") == "7"
        assert client.get("kept") == b"7"


def test_a_second_start_at_once_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with held(folder) as holder:
        with pytest.raises(StartFailed, match=rf"already running in .*process {holder['pid']}\b"):
            services(configured(folder)).__enter__()
        assert asked(Urls(holder["database"], holder["redis"]), "SELECT 1") == "1"


@linux
def test_the_servers_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with held(folder) as holder:
        keep(Urls(holder["database"], holder["redis"]), 7)
        os.kill(int(holder["pid"]), signal.SIGKILL)
        eventually(lambda: not servers(folder))
    with services(configured(folder)) as urls:
        assert urls.database == holder["database"]
        assert asked(urls, "SELECT number FROM kept") == "7"


@linux
@pytest.mark.parametrize("left", ["frozen", "zombie"])
def test_what_a_killed_supervisor_leaves_is_cleared_up(
    tmp_path: Path, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "PATIENCE", 1.0)
    folder = tmp_path / "data"
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        with held(folder) as holder:
            orphans = eldest(servers(folder))
            assert len(orphans) == 2
            for orphan in orphans:
                orphan.suspend()
            os.kill(int(holder["pid"]), signal.SIGKILL)
            if left == "zombie":
                # Their children end by themselves; they stay as zombies, for we are their parent now and do not look.
                for orphan in orphans:
                    orphan.kill()
                eventually(lambda: all(orphan.status() == psutil.STATUS_ZOMBIE for orphan in orphans))
        with services(configured(folder)) as urls:
            assert asked(urls, "SELECT 1") == "1"
            assert len(eldest(servers(folder))) == 2
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        for orphan in orphans:
            with suppress(ChildProcessError):
                os.waitpid(orphan.pid, 0)


def test_stale_files_of_a_dead_start_are_no_obstacle(tmp_path: Path) -> None:
    with services(configured(tmp_path), durable=False):
        shutil.copy(tmp_path / "postgres/data/postmaster.pid", tmp_path / "stale")
    (tmp_path / "lock").write_text("999999\n")
    # A living process, but not PostgreSQL: its number came round again.
    stale = (tmp_path / "stale").read_text().split("\n", 1)[1]
    (tmp_path / "postgres/data/postmaster.pid").write_text(f"{os.getpid()}\n{stale}")
    (tmp_path / "ports.json").write_text("{ rubbish")
    with services(configured(tmp_path), durable=False) as urls:
        assert asked(urls, "SELECT 1") == "1"


def test_a_cluster_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "fresh"
    half.mkdir(parents=True, mode=0o700)
    (half / "PG_VERSION").write_text("18\n")
    with services(configured(tmp_path), durable=False) as urls:
        assert asked(urls, "SELECT 1") == "1"


def test_a_remembered_port_that_is_taken_is_picked_anew(tmp_path: Path) -> None:
    with services(configured(tmp_path), durable=False) as before:
        pass
    taken = socket.create_server(("127.0.0.1", port(before.database)))
    with taken, services(configured(tmp_path), durable=False) as after:
        assert port(after.database) != port(before.database)
        assert port(after.redis) == port(before.redis)
    with services(configured(tmp_path), durable=False) as later:
        assert later == after


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_a_port_lost_between_look_and_start_is_picked_anew(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Ports.take
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = [other.getsockname()[1]]
        monkeypatch.setattr(
            Ports, "take", lambda self, wanted: taken.pop() if wanted == name and taken else take(self, wanted)
        )
        with services(configured(tmp_path), durable=False) as urls:
            assert not taken
            assert asked(urls, "SELECT 1") == "1"


def test_given_servers_are_used_and_nothing_is_started(tmp_path: Path) -> None:
    with services(configured(tmp_path / "theirs"), durable=False) as theirs:
        ours = configured(tmp_path / "ours", theirs.database, theirs.redis)
        with services(ours) as urls:
            assert urls == theirs
        assert not (tmp_path / "ours").exists()
        with services(configured(tmp_path / "half", theirs.database), durable=False) as half:
            assert half.database == theirs.database
            assert port(half.redis) != port(theirs.redis)
        assert not (tmp_path / "half" / "postgres").exists()


@pytest.mark.parametrize(
    ("database_url", "redis_url", "said"),
    [
        ("postgresql://u:secret@127.0.0.1:1/x", None, r"PostgreSQL at 127\.0\.0\.1:1 .*AAROGYA_DATABASE_URL"),
        ("rubbish", None, "PostgreSQL at .*AAROGYA_DATABASE_URL"),
        (None, "redis://:secret@127.0.0.1:1", r"Redis at 127\.0\.0\.1:1 .*AAROGYA_REDIS_URL"),
        (None, "rubbish", "Redis at .*AAROGYA_REDIS_URL"),
    ],
)
def test_a_given_server_that_does_not_answer_is_one_sentence_without_its_password(
    tmp_path: Path, database_url: str | None, redis_url: str | None, said: str
) -> None:
    with pytest.raises(StartFailed, match=said) as failed:
        services(configured(tmp_path / "data", database_url, redis_url)).__enter__()
    assert "secret" not in str(failed.value)
    assert "\n" not in str(failed.value)
    assert not (tmp_path / "data").exists()


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40, 5 * 2**20))
    with pytest.raises(StartFailed, match="5 MB are free"):
        services(configured(tmp_path)).__enter__()


def test_a_folder_that_cannot_be_one_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartFailed, match=r"file cannot be used .*AAROGYA_DATA_DIR"):
        services(configured(tmp_path / "file")).__enter__()


def test_data_of_another_postgresql_is_left_alone(tmp_path: Path) -> None:
    with services(configured(tmp_path), durable=False):
        pass
    (tmp_path / "postgres/data/PG_VERSION").write_text("12\n")
    with pytest.raises(StartFailed, match="made by PostgreSQL 12"):
        services(configured(tmp_path)).__enter__()


@needs_root
@pytest.mark.parametrize("way", ["namespace", "nobody"])
def test_root_starts_it_under_another_account_and_leaves_parent_folders_alone(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = pwd.getpwnam("nobody")
    known = {
        "namespace": account.Account("namespace", 0, 0),
        "nobody": account.Account(f"{entry.pw_uid}:{entry.pw_gid}", entry.pw_uid, entry.pw_gid),
    }
    monkeypatch.setattr(account, "_candidates", lambda: [known[way]])
    parent = tmp_path / "private"
    parent.mkdir(mode=0o700)
    before = parent.stat()
    try:
        with services(configured(parent / "data"), durable=False) as urls:
            assert asked(urls, "SELECT 1") == "1"
            assert (parent / "data/postgres/data").stat().st_uid == known[way].uid
    except StartFailed as failed:
        if way == "namespace":
            pytest.skip(f"this system has no user namespaces: {failed}")
        raise
    assert (parent.stat().st_uid, parent.stat().st_mode) == (before.st_uid, before.st_mode)


@needs_root
def test_data_may_go_from_one_account_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with services(configured(tmp_path), durable=False) as urls:
        keep(urls, 7)
    entry = pwd.getpwnam("nobody")
    nobody = account.Account(f"{entry.pw_uid}:{entry.pw_gid}", entry.pw_uid, entry.pw_gid)
    monkeypatch.setattr(account, "_candidates", lambda: [nobody])
    with services(configured(tmp_path), durable=False) as urls:
        assert asked(urls, "SELECT number FROM kept") == "7"


@needs_root
def test_an_ordinary_user_starts_it_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    entry = pwd.getpwnam("nobody")
    shutil.chown(home, entry.pw_uid, entry.pw_gid)
    with held(home / "data", as_account=f"{entry.pw_uid}:{entry.pw_gid}") as holder:
        assert holder["uid"] == entry.pw_uid
        assert asked(Urls(holder["database"], holder["redis"]), "SELECT 1") == "1"
        assert (home / "data/postgres/data").stat().st_uid == entry.pw_uid
    assert servers(home / "data") == []
