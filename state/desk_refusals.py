"""What the desk is told where a booking does not come about: what was in the way, and of a course which session."""

from datetime import date, time

from babel.dates import format_date

from core.errors import DomainError, NotFound
from core.words import N_, words
from services.refusals import NotOpen, PlaceTaken
from services.slots import Why
from state.rows import LOCALES, hour

NO_DOCTOR = N_("No doctor of the clinic speaks that language.")
TOO_FEW_DAYS = N_("Up to {day}, where the doctor's book ends, he is free on too few days at about {time}.")
NO_PLACE = N_("This clinic has no room or therapist for a course.")
TOO_FEW_PLACES = N_("Room and therapist are free for {count} of the sessions only. Another time of day may do.")
IN_THE_WAY = N_("Session {number}, {day}: {why}")


def why_not(refusal: DomainError, language: str) -> str:
    """Why something was not booked."""
    gettext = words(language).gettext
    sentence = gettext(refusal.message)
    if "session" not in refusal.data:
        return sentence
    day = _short(refusal.data["day"], language)
    return gettext(IN_THE_WAY).format(number=refusal.data["session"], day=day, why=sentence)


def why_no_course(refusal: DomainError, at: str, language: str) -> str:
    """Why a course at about that time of day cannot even be proposed."""
    gettext = words(language).gettext
    match refusal:
        case NotOpen(data={"why": Why.HORIZON, "last_day": last}):
            return gettext(TOO_FEW_DAYS).format(day=_short(last, language), time=hour(time.fromisoformat(at), language))
        case PlaceTaken(data={"sessions": count}):
            return gettext(TOO_FEW_PLACES).format(count=count)
        case NotFound():
            return gettext(NO_DOCTOR)
        case PlaceTaken():
            return gettext(NO_PLACE)
        case _:
            return gettext(refusal.message)


def _short(day: date, language: str) -> str:
    return format_date(day, "EEE d MMM", locale=LOCALES[language])
