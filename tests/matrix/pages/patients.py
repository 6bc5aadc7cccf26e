"""How the handlers of patients, found and merged, are called."""

from typing import Any

from tests.matrix.call import Call, to_him
from tests.matrix.things import Things


def _of_patient(state: Any, things: Things) -> None:
    state.id = str(things.patient)


HANDLERS: dict[str, Call] = {
    "find_patient.choose": Call(lambda things: {"patient_id": str(things.patient)}),
    "find_patient.look_for": Call(lambda _: {"text": "asha"}),
    "merging.compare": Call(lambda things: {"first": str(things.patient), "second": str(things.double)}),
    "merging.merge": Call(lambda things: {"form": {"first": str(things.patient), "second": str(things.double)}}),
    "merging.undo": Call(lambda things: {"merge_id": str(things.merge)}),
    "patients.check_in": Call(to_him),
    "patients.load": Call(path=lambda things: f"/patients?patient={things.patient}"),
    "patients.make": Call(lambda _: {"form": {"name": "New Here", "phone": "+919812345678"}}),
    "patients.open": Call(lambda things: {"patient_id": str(things.patient)}),
    "patients.follow": Call(before=_of_patient),
    "patients.refresh": Call(before=_of_patient),
}
