"""Tables, constraints, enums and pure predicates; no queries."""

from models.acquaintance import Acquaintance
from models.api_key import ApiKey
from models.appointment import Appointment
from models.calendar import Break, Closure, HourOverride
from models.cash_sheet import CashSheet
from models.chart_opening import ChartOpening
from models.clinic import Clinic
from models.course import Course, Room, Therapist
from models.desk_payment import DeskPayment
from models.doctor import Doctor
from models.doctor_day import DoctorDay
from models.invitation import Invitation
from models.leave import Leave
from models.next_open import NextOpen
from models.one_time_code import OneTimeCode
from models.outgoing_message import OutgoingMessage
from models.patient import Patient
from models.patient_merge import PatientMerge
from models.recovery_code import RecoveryCode
from models.refresh_token import RefreshToken
from models.resolution import Resolution, ResolutionMove
from models.session import Session
from models.user import User
from models.visit import VisitRule
from models.visit_note import VisitNote
from models.visit_reason import VisitReason
from models.waitlist import WaitlistEntry, WaitlistOffer
from models.weekly_hours import WeeklyHours

__all__ = [
    "Acquaintance",
    "ApiKey",
    "Appointment",
    "Break",
    "CashSheet",
    "ChartOpening",
    "Clinic",
    "Closure",
    "Course",
    "DeskPayment",
    "Doctor",
    "DoctorDay",
    "HourOverride",
    "Invitation",
    "Leave",
    "NextOpen",
    "OneTimeCode",
    "OutgoingMessage",
    "Patient",
    "PatientMerge",
    "RecoveryCode",
    "RefreshToken",
    "Resolution",
    "ResolutionMove",
    "Room",
    "Session",
    "Therapist",
    "User",
    "VisitNote",
    "VisitReason",
    "VisitRule",
    "WaitlistEntry",
    "WaitlistOffer",
    "WeeklyHours",
]
