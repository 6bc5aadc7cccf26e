"""Tables, constraints, enums and pure predicates; no queries."""

from models.appointment import Appointment
from models.calendar import Break, Closure, HourOverride
from models.clinic import Clinic
from models.course import Course, Room, Therapist
from models.doctor import Doctor
from models.doctor_day import DoctorDay
from models.leave import Leave
from models.next_open import NextOpen
from models.patient import Patient
from models.resolution import Resolution, ResolutionMove
from models.session import Session
from models.user import User
from models.visit import VisitRule
from models.waitlist import WaitlistEntry, WaitlistOffer
from models.weekly_hours import WeeklyHours

__all__ = [
    "Appointment",
    "Break",
    "Clinic",
    "Closure",
    "Course",
    "Doctor",
    "DoctorDay",
    "HourOverride",
    "Leave",
    "NextOpen",
    "Patient",
    "Resolution",
    "ResolutionMove",
    "Room",
    "Session",
    "Therapist",
    "User",
    "VisitRule",
    "WaitlistEntry",
    "WaitlistOffer",
    "WeeklyHours",
]
