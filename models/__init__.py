"""Tables, constraints, enums and pure predicates; no queries."""

from models.appointment import Appointment
from models.clinic import Clinic
from models.doctor import Doctor
from models.doctor_day import DoctorDay
from models.leave import Leave
from models.next_open import NextOpen
from models.patient import Patient
from models.session import Session
from models.user import User
from models.weekly_hours import WeeklyHours

__all__ = [
    "Appointment",
    "Clinic",
    "Doctor",
    "DoctorDay",
    "Leave",
    "NextOpen",
    "Patient",
    "Session",
    "User",
    "WeeklyHours",
]
