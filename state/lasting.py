"""How long something is, as people say it."""

from core.words import N_, words

MINUTES, HOURS, BOTH = N_("{n} min"), N_("{n} h"), N_("{hours} h {minutes} min")


def lasting(minutes: int, language: str) -> str:
    """`25 min`, `2 h`, `3 h 5 min`."""
    say, (hours, rest) = words(language).gettext, divmod(minutes, 60)
    if not hours:
        return say(MINUTES).format(n=rest)
    return say(BOTH).format(hours=hours, minutes=rest) if rest else say(HOURS).format(n=hours)
