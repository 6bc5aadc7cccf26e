"""An appointment as the answer that is stored with an idempotency key, and back, with nothing lost."""

from typing import Any

from pydantic import BaseModel, create_model

from models import Appointment

FIELDS: dict[str, Any] = {name: (field.annotation, ...) for name, field in Appointment.model_fields.items()}

READER: type[BaseModel] = create_model("StoredAppointment", **FIELDS)
"""The same columns in a model that reads them: one with a table reads nothing, it takes what it is given."""


def written(appointment: Appointment) -> str:
    """The appointment as JSON."""
    return appointment.model_dump_json()


def read(answer: str) -> Appointment:
    """The appointment that was written."""
    return Appointment.model_construct(**vars(READER.model_validate_json(answer)))
