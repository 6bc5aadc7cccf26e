"""How the handlers of a doctor's day and week are called."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.matrix.call import Call, just_done, to_him
from tests.matrix.things import Things


def _of_doctor(state: Any, things: Things) -> None:
    state.doctor_id = str(things.doctor)


def _day(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    return Call(
        arguments,
        lambda things: f"/day?doctor={things.doctor}",
        _of_doctor,
        lambda state, things: state.doctor_id == str(things.doctor),
    )


def _week(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    return replace(_day(arguments), path=lambda things: f"/week?doctor={things.doctor}")


def _acting(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    """On the dashboard of that doctor."""

    def before(state: Any, things: Things) -> None:
        day = state._get_root_state().get_substate(["reflex___state____state", "state___day____day"])
        day.doctor_id = str(things.doctor)

    return Call(arguments, lambda things: f"/day?doctor={things.doctor}", before)


HANDLERS: dict[str, Call] = {
    "day.choose_doctor": _day(lambda things: {"doctor_id": str(things.doctor)}),
    "day.go_to_today": _day(),
    "day.load": replace(_day(), before=lambda _state, _things: None),
    "day.look": _day(),
    "day.turn": _day(lambda _: {"step": 1}),
    "day_actions.call_next": _acting(),
    **{f"day_actions.{act}": _acting(to_him) for act in ("check_in", "finish", "miss", "recall", "skip", "start")},
    "day_actions.run_late": _acting(lambda _: {"minutes": 20, "seen": 0}),
    "day_actions.send": Call(
        lambda things: {
            "form": {"appointment": str(things.appointment), "version": "1", "to": f"doctor:{things.doctor}"}
        }
    ),
    "day_actions.undo": Call(before=just_done),
    "check_in_code.show": Call(lambda things: {"doctor_id": str(things.doctor)}),
    "week.choose_day": Call(lambda _: {"key": "2030-01-01"}),
    "week.choose_doctor": _week(lambda things: {"doctor_id": str(things.doctor)}),
    "week.go_to_present": _week(),
    "week.load": replace(_week(), before=lambda _state, _things: None),
    "week.turn": _week(lambda _: {"step": 1}),
}
