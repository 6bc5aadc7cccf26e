"""The `aarogya` command. A new command is a function, or a Typer, in a module of its own and a line in COMMANDS."""

import sys
from importlib import import_module

import typer
from pydantic import ValidationError

from cli.environment import counts
from core import counting
from core.errors import StartFailed
from core.settings import settings

COMMANDS = {
    "run": "cli.run:run",
    "serve": "cli.serve:serve",
    "worker": "cli.worker:worker",
    "migrate": "cli.migrate:command",
    "demo": "cli.demo:command",
    "audit": "cli.audit:audit",
    "keys": "cli.keys:keys",
    "build": "cli.build:build",
    "api-key": "cli.api_key:api_key",
    "simulate": "cli.simulate:simulate",
}


def main() -> None:
    """Run the command line; what keeps the app from starting is one sentence and no traceback."""
    try:
        _app(sys.argv[1:])()
    except StartFailed as failed:
        sys.exit(f"aarogya: {failed}")
    except ValidationError as invalid:
        wrong = "; ".join(f"AAROGYA_{str(error['loc'][0]).upper()}: {error['msg']}" for error in invalid.errors())
        sys.exit(f"aarogya: a setting cannot be used: {wrong}.")
    except KeyboardInterrupt:
        sys.exit(130)


def _app(arguments: list[str]) -> typer.Typer:
    app = typer.Typer(name="aarogya", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_aarogya)
    # Only the module of the command that is meant is loaded: each brings a good part of the app along.
    meant = [name for name in COMMANDS if name in arguments[:1]]
    if meant == ["worker"]:
        # Before its module brings along all that counts.
        counting.share(counts(settings()))
    for name in meant or COMMANDS:
        module, function = COMMANDS[name].split(":")
        command = getattr(import_module(module), function)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _aarogya() -> None:
    """Booking and live queues for Ayurvedic clinics."""
