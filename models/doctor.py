"""A doctor's public profile and the rules of the book that are his own."""

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel, String


class Mode(StrEnum):
    """How doctor and patient meet."""

    IN_PERSON = "in_person"
    VIDEO = "video"


SPOKEN = ("hi", "en", "mr", "gu", "bn", "ta", "te", "kn", "ml", "pa", "ur")
"""Languages that a doctor can be asked for, and a patient be spoken to, ISO 639-1."""


class Specialization(StrEnum):
    """Branches of Ayurveda as the National Commission for Indian System of Medicine names its PG courses."""

    KAYACHIKITSA = "kayachikitsa"
    PANCHAKARMA = "panchakarma"
    SHALYA = "shalya"
    SHALAKYA = "shalakya"
    KAUMARABHRITYA = "kaumarabhritya"
    PRASUTI_STRI_ROGA = "prasuti-stri-roga"
    AGADA_TANTRA = "agada-tantra"
    RASAYANA = "rasayana"
    MANAS_ROGA = "manas-roga"
    SWASTHAVRITTA = "swasthavritta"


class Doctor(SQLModel, table=True):
    """A doctor. `fee` is in minor units of `currency`, `rating` in tenths (47 reads 4.7), `languages` in ISO 639-1."""

    __tablename__ = "doctors"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int | None = Field(default=None, foreign_key="users.id", unique=True)
    clinic_id: int = Field(foreign_key="clinics.id", index=True)
    slug: str = Field(unique=True)
    name: str
    qualification: str
    registration_number: str
    specialization: Specialization = Field(sa_type=String, index=True)
    bio: str
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    modes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    fee: int
    currency: str = "INR"
    rating: int
    review_count: int
    practising_since: int
    slot_minutes: int = 30
    notice_minutes: int = 30
    horizon_days: int = 60
    is_active: bool = True
    schedule_version: int = Field(default=0, sa_type=BigInteger)
