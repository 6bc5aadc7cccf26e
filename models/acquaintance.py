"""Whom a clinic knows."""

from sqlmodel import Field, SQLModel


class Acquaintance(SQLModel, table=True):
    """He had an appointment there, was made known there, or was asked for by his whole number.

    The database adds those who get an appointment; a time that was only kept for a while makes nobody known.
    """

    __tablename__ = "acquaintances"

    clinic_id: int = Field(foreign_key="clinics.id", primary_key=True)
    patient_id: int = Field(foreign_key="patients.id", ondelete="CASCADE", primary_key=True, index=True)
