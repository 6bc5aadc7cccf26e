"""What a doctor's page says of the doctor: who, for what, and how; never that anything is cured."""

from random import Random

from cli.demo.branches import Branch

OPENINGS = (
    "{name} has practised {branch} since {since} and sits at {clinic} in {area}.",
    "{name} sits in {area}, {city}, for {branch}, and has been in practice since {since}.",
    "In practice since {since}, {name} looks after {branch} at our {area} clinic.",
    "{name} joined {clinic} to build up its {branch} OPD and has been a vaidya since {since}.",
    "{area} families have known {name} since {since}; the main work is {branch}.",
    "Qualified as {degrees}, {name} has been in practice since {since}, now at {clinic}, {area}.",
    "{name}, {degrees}, is one of our doctors for {branch} in {city}.",
    "Trained in {branch}, {name} has been treating patients since {since}.",
)
PURPOSES = (
    "Patients come mostly for {a}, {b} and {c}.",
    "{They} sees patients for {a}, {b}, {c} and {d}.",
    "Common reasons to visit are {a}, {b} and {c}.",
    "{Their} OPD sees many people with {a}, {b} and {c}.",
    "Please book with {them} for {a}, {b}, {c} or {d}.",
    "A good part of {their} day goes to {a}, {b} and {c}.",
    "{They} has a special interest in {d}, and is also consulted for {a}, {b} and {c}.",
    "You can consult {them} for {a}, {b} and {c}, among other things.",
)
CLOSINGS = (
    "{They} explains the diet along with the medicine, and keeps both simple.",
    "The first visit takes a little longer, as {they} goes through your history and reports in detail.",
    "Bring your old reports and the names of any allopathic medicines you take.",
    "{They} works alongside your family doctor and will not ask you to stop other medicines on your own.",
    "Expect plain answers on how long the treatment will take and what it will cost.",
    "Follow-up is usually once in two or three weeks.",
    "{They} prefers few medicines, home food and a daily routine you can actually keep.",
    "Elderly patients and first-timers to Ayurveda are heard with patience.",
    "{They} checks nadi and tongue, then asks about sleep, food and work before writing anything.",
    "Medicines are given from the clinic's own pharmacy or can be bought outside.",
    "{They} tells you frankly when a test or another specialist is needed.",
    "Office-goers like the evening hours.",
    "{They} also teaches students and writes on health in the local papers.",
    "You will go home with a written diet chart.",
)
VIDEO_CLOSINGS = (
    "Follow-ups can be taken on video.",
    "Patients from outside {city} often consult on video first and visit later.",
    "Video consultations suit reports and follow-ups; for a first visit {they} likes to see you in person.",
)


def bio(
    rng: Random,
    branch: Branch,
    *,
    name: str,
    is_woman: bool,
    degrees: str,
    since: int,
    site: dict[str, str],
    has_video: bool,
) -> str:
    """Two or three sentences; `site` names the clinic, its area and its city."""
    words = {
        **site,
        **dict(zip("abcd", _complaints(rng, branch), strict=True)),
        "name": name,
        "branch": branch.title,
        "degrees": degrees,
        "since": str(since),
        "they": "she" if is_woman else "he",
        "them": "her" if is_woman else "him",
        "their": "her" if is_woman else "his",
        "They": "She" if is_woman else "He",
        "Their": "Her" if is_woman else "His",
    }
    sentences = [rng.choice(OPENINGS), rng.choice(PURPOSES)]
    if rng.random() < 0.8:
        sentences.append(rng.choice(VIDEO_CLOSINGS if has_video and rng.random() < 0.35 else CLOSINGS))
    return " ".join(_capitalised(sentence.format(**words)) for sentence in sentences)


def _complaints(rng: Random, branch: Branch) -> list[str]:
    """Four; those with an "and" of their own stand first, for "acidity, piles and constipation and gas" reads badly."""
    plain = [complaint for complaint in branch.complaints if " and " not in complaint]
    last = rng.sample(plain, 2)
    first = rng.sample([complaint for complaint in branch.complaints if complaint not in last], 2)
    return sorted(first, key=lambda complaint: " and " not in complaint) + last


def _capitalised(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
