"""Whose things a call is about: those of the cast, of others, or of nobody."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from core import clock


@dataclass(frozen=True, kw_only=True)
class Things:
    """What belongs to the patient, the doctor and the clinic of the cast, or to others, or to nobody."""

    appointment: UUID
    hold: UUID
    patient: int
    doctor: int
    slug: str
    clinic: int
    member: int
    former: int
    invitation: UUID
    opening: UUID
    entry: UUID
    sheet: UUID
    payment: UUID
    offer: int
    leave: int
    slot: datetime
    double: int
    namesake: int
    merge: UUID

    @classmethod
    def of_nobody(cls) -> "Things":
        """Ids that nothing has."""
        kinds = ("appointment", "hold", "invitation", "opening", "entry", "sheet", "payment", "merge")
        named = ("patient", "doctor", "clinic", "member", "former", "leave", "offer", "double", "namesake")
        made = {name: uuid4() for name in kinds}
        numbers = dict.fromkeys(named, 10**6) | {"double": 10**6 + 1}
        return cls(**made, **numbers, slug="nobody", slot=clock.now() + timedelta(days=3))

    @property
    def resolution(self) -> UUID:
        """What was done about the leave."""
        return UUID(int=self.leave)

    def unknown(self) -> "Things":
        """The same with ids that nobody has; who the doctors are, all may know."""
        return replace(Things.of_nobody(), doctor=self.doctor, slug=self.slug, clinic=self.clinic, slot=self.slot)
