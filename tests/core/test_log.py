"""A line of the log: what was raised and where, never what a person wrote; and fields that are secret are not in it."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from structlog.testing import capture_logs

from core.log import configure_logging, logger

SECRETS = {
    "password": "hunter2",
    "new_password": "hunter2",
    "cookie": "aarogya=x",
    "session_id": "opaque",
    "refresh_token": "opaque",
    "Authorization": "Bearer x",
    "code": "123456",
    "email": "asha@example.org",
    "phone": "+919800000000",
    "reason": "a bad back",
    "name": "Asha",
}


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict]]]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    configure_logging()
    stream = StringIO()
    root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers = before
    root.setLevel(level)


def test_secret_fields_are_left_out(lines: Callable[[], list[dict]]) -> None:
    logger("a").warning("something", **SECRETS, doctor_id=17, error="ValueError")
    (line,) = lines()
    assert {line[name] for name in SECRETS} == {"…"}
    assert (line["event"], line["doctor_id"], line["error"]) == ("something", 17, "ValueError")


@pytest.mark.parametrize("write", [lambda: logger("b").error("x", exc_info=True), lambda: logging.exception("x")])
def test_an_exception_is_its_kind_and_its_place(write: Callable[[], None], lines: Callable[[], list[dict]]) -> None:
    def inner(text: str) -> None:
        raise KeyError(text)

    try:
        try:
            inner("Asha has a bad back")
        except KeyError as error:
            raise ValueError("Asha's phone is +919800000000") from error
    except ValueError:
        write()
    (line,) = lines()
    assert [part for part in line["exception"] if not part.startswith("/")] == [
        "builtins.ValueError",
        "builtins.KeyError",
    ]
    assert any("test_log.py" in part and "inner" in part for part in line["exception"])
    assert "Asha" not in json.dumps(line)
    assert "9800000000" not in json.dumps(line)


def test_what_a_library_quotes_of_people_is_not_written(lines: Callable[[], list[dict]]) -> None:
    logging.getLogger("reflex.app").error("Error processing Event(payload={'text': 'Asha has a bad back'})")
    logging.getLogger("granian").error("a worker died")
    quoted, kept = lines()
    assert "Asha" not in json.dumps(quoted)
    assert quoted["event"].startswith("test_log.py:")
    assert (quoted["logger"], kept["event"]) == ("reflex.app", "a worker died")


def test_a_line_cannot_be_forged(lines: Callable[[], list[dict]]) -> None:
    logger("c").warning("x", address='1.2.3.4"}\n{"event": "forged"')
    assert len(lines()) == 1


def test_a_logger_that_was_used_before_logging_was_configured_again_is_heard_like_any_other(
    lines: Callable[[], list[dict]],
) -> None:
    ours = logger("ours")
    ours.info("first")
    configure_logging()
    with capture_logs() as heard:
        ours.info("second")
    assert [line["event"] for line in heard] == ["second"]
