"""What the appointment book refuses."""

from core.errors import DomainError
from core.words import N_


class SlotTaken(DomainError):
    """Someone else has that time. `data['alternatives']` are the three nearest open slots."""

    code = "slot_taken"
    message = N_("Someone else has just taken that time.")


class NotOpen(DomainError):
    """The doctor does not see patients at that time, or it can no longer be booked; `data['why']` says which."""

    code = "not_open"
    message = N_("That time cannot be booked.")


class BookNotOpenYet(DomainError):
    """No partition takes that quarter: a fault of ours, counted in `aarogya_missing_partition_total`."""

    code = "book_not_open_yet"
    message = N_("The book for that time is not open yet.")


class PatientBusy(DomainError):
    """The patient has another appointment then."""

    code = "patient_busy"
    message = N_("There is already an appointment at that time for this person.")


class PlaceTaken(DomainError):
    """The therapist or the room is taken then; `data['what']` says which."""

    code = "place_taken"
    message = N_("The therapist or the room is not free at that time.")


class HoldExpired(DomainError):
    """The hold ran out before it was confirmed."""

    code = "hold_expired"
    message = N_("The time we kept for you has run out. Please choose again.")


class TooLate(DomainError):
    """It has begun, is over, or is so near that only the clinic may still change it."""

    code = "too_late"
    message = N_("It is too late to change this appointment.")


class NoFreeMove(DomainError):
    """By the link to a visit its time is changed only while the doctor is late for it."""

    code = "no_free_move"
    message = N_("This time can no longer be changed here. Please call the clinic.")


class TooEarly(DomainError):
    """It is not the day, or not yet the time."""

    code = "too_early"
    message = N_("It is too early for that.")


class DayFull(DomainError):
    """No gap is left on the doctor's day."""

    code = "day_full"
    message = N_("There is no time left on this day.")


class NoTimeTogether(DomainError):
    """Doctor, therapist and a room of the clinic are not free at one time any more that day."""

    code = "no_time_together"
    message = N_("The doctor, the therapist and a room are not free together any more today.")


class DoctorBusy(DomainError):
    """Another patient is with the doctor."""

    code = "doctor_busy"
    message = N_("Another patient is with the doctor.")


class HasGoneIn(DomainError):
    """Whoever was sent on is inside there, or has been."""

    code = "has_gone_in"
    message = N_("The patient has gone in there already, so this can no longer be undone.")


class QueueEmpty(DomainError):
    """Nobody who has come waits for the doctor."""

    code = "queue_empty"
    message = N_("Nobody is waiting.")


class AlreadyWaiting(DomainError):
    """The person is on that doctor's list."""

    code = "already_waiting"
    message = N_("This person is already on the waitlist of this doctor.")


class TooManyHolds(DomainError):
    """The account keeps as many times as it may; `data['most']` says how many."""

    code = "too_many_holds"
    message = N_("You are already holding as many times as one account may. Please book one or let one go first.")


class CannotUndo(DomainError):
    """Not all of it can go back to where it was; `data['in_the_way']` says what is, an `Obstacle` each."""

    code = "cannot_undo"
    message = N_("This can no longer be undone as a whole: some of the times have been used since.")


class HoursOverlap(DomainError):
    """Two stretches of one day are in each other's way: nobody sits twice at one time, wherever."""

    code = "hours_overlap"
    message = N_("Two of these hours overlap. A doctor can sit only once at a time.")
