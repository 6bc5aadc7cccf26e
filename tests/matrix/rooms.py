"""Every room of the live socket, and asking to join it."""

from api.live.namespace import LiveNamespace
from tests.api.socket import Program
from tests.matrix.things import Things

PEOPLE_SHOWN = " appointments"


def rooms() -> list[str]:
    """What can be asked of the live socket, and once more for what only some are shown of it."""
    asked = [f"live {event}" for event in LiveNamespace(None).answers]  # type: ignore[arg-type]
    return [*asked, f"live join-doctor-room{PEOPLE_SHOWN}"]


async def asked(program: Program, row: str, things: Things) -> str:
    """Ask it: `in`, or the code of the refusal."""
    event = row.removeprefix("live ").removesuffix(PEOPLE_SHOWN)
    answer = await program.ask(
        event, {"doctorId": things.doctor} if "doctor" in event else {"patientId": things.patient}
    )
    if "error" in answer:
        return str(answer["error"]["code"])
    return "in" if not row.endswith(PEOPLE_SHOWN) or "appointments" in answer else "not_allowed"
