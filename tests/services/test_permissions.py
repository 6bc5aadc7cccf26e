"""Who may do what: the whole table, each action with each role, on one's own things and on others'."""

from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from core.errors import NotAllowed
from models.user import Role
from services.permissions import RULES, Access, Actor, admit, can, require


@dataclass(frozen=True)
class Thing:
    """An appointment, a wish for one, a doctor's day or a chart, as `can` sees them."""

    patient_id: int = 1
    doctor_id: int = 2
    clinic_id: int = 3
    user_id: int = 10
    doctors_today: frozenset[int] = frozenset({2})
    clinic_ids: frozenset[int] = frozenset({3})
    doctor_ids: frozenset[int] = frozenset({2})
    made_by: int | None = None


# An account that has everything to do with the thing, in whatever role, and one that has nothing to do with it.
OWN = Actor(user_id=10, role=Role.PATIENT, name="own", doctor_id=2, clinic_id=3, patient_ids=frozenset({1, 7}))
OTHER = Actor(user_id=20, role=Role.PATIENT, name="other", doctor_id=8, clinic_id=9, patient_ids=frozenset({6}))
# Accounts of a role to which something is missing.
BARE = Actor(user_id=30, role=Role.PATIENT, name="bare")

# Action: who may with his own things, who with others' things.
EVERYONE = {"patient", "doctor", "receptionist", "admin"}
TABLE = {
    "book": (EVERYONE, {"admin"}),
    "book_for": (EVERYONE - {"patient"}, {"admin"}),
    "see_appointment": (EVERYONE, {"admin"}),
    "change": (EVERYONE, {"admin"}),
    "change_late": (EVERYONE - {"patient"}, {"admin"}),
    "receive": (EVERYONE - {"patient"}, {"admin"}),
    "arrive": ({"patient"}, set()),
    "treat": ({"doctor", "admin"}, {"admin"}),
    "take_notes": ({"doctor"}, set()),
    "wait": (EVERYONE, {"admin"}),
    "see_day": (EVERYONE - {"patient"}, {"admin"}),
    "run_day": (EVERYONE - {"patient"}, {"admin"}),
    "set_calendar": (EVERYONE - {"patient"}, {"admin"}),
    "run_desk": ({"receptionist", "admin"}, {"admin"}),
    "set_queue_rule": ({"receptionist", "admin"}, {"admin"}),
    "find_patients": (EVERYONE - {"patient"}, {"admin"}),
    "see_patient": (EVERYONE - {"patient"}, {"admin"}),
    "merge_patients": (EVERYONE - {"patient"}, {"admin"}),
    "keep_account": (EVERYONE, set()),
    "erase_account": ({"patient"}, set()),
    "add_to_family": ({"patient"}, set()),
    "keep_family": ({"patient"}, set()),
    "see_chart": (EVERYONE - {"admin"}, set()),
    "break_glass": ({"doctor", "admin"}, {"admin"}),
    "manage_staff": ({"admin"}, {"admin"}),
    "review_openings": ({"admin"}, {"admin"}),
}


def test_the_table_of_this_test_is_whole() -> None:
    assert set(TABLE) == set(RULES)


@pytest.mark.parametrize("action", TABLE)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says_and_nothing_else(action: str, role: Role) -> None:
    own, others = TABLE[action]
    assert can(replace(OWN, role=role), action, Thing()) == (role in own)
    assert can(replace(OTHER, role=role), action, Thing()) == (role in others)
    assert can(replace(BARE, role=role), action, Thing()) == (role in others)


@pytest.mark.parametrize("role", [Role.PATIENT, Role.DOCTOR, Role.RECEPTIONIST])
def test_nobody_stands_in_for_what_a_thing_lacks(role: Role) -> None:
    nobodys = Thing(patient_id=None, doctor_id=None, clinic_id=None, user_id=None)  # type: ignore[arg-type]
    assert not any(can(replace(BARE, role=role), action, nobodys) for action in RULES)


def test_a_member_of_the_family_is_ones_own() -> None:
    assert can(OWN, "book", Thing(patient_id=7))
    assert not can(OWN, "book", Thing(patient_id=6))


def test_an_unknown_action_is_a_mistake_of_ours_and_not_a_refusal() -> None:
    with pytest.raises(KeyError):
        can(OWN, "fly", Thing())
    with pytest.raises(KeyError):
        require(OWN, "fly", Thing())


def test_require_raises_exactly_where_can_says_no() -> None:
    require(OWN, "book", Thing())
    with pytest.raises(NotAllowed) as refusal:
        require(OTHER, "book", Thing())
    assert refusal.value.data == {"action": "book"}


def test_a_refusal_is_a_line_in_the_log() -> None:
    actor = Actor(user_id=7, role=Role.PATIENT, name="Asha Kulkarni")
    with capture_logs() as lines:
        for refused in (lambda: require(actor, "manage_staff", Thing()), lambda: admit(actor, Access.STAFF)):
            with pytest.raises(NotAllowed):
                refused()
    assert [(line["event"], line["user_id"], line["role"], line["action"]) for line in lines] == [
        ("not_allowed", 7, "patient", "manage_staff"),
        ("not_allowed", 7, "patient", "staff"),
    ]
    assert "Kulkarni" not in str(lines)
