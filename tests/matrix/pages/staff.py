"""How the handlers of the staff are called."""

from tests.matrix.call import Call

HANDLERS: dict[str, Call] = {
    "staff.ask": Call(lambda things: {"user_id": str(things.member)}),
    "staff.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "staff.choose_role": Call(lambda _: {"role": "doctor"}),
    "staff.deactivate": Call(lambda things: {"user_id": str(things.member)}),
    "staff.invite": Call(
        lambda things: {
            "form": {"name": "New", "email": "new@x.org", "role": "receptionist", "clinic": str(things.clinic)}
        }
    ),
    "staff.reactivate": Call(lambda things: {"user_id": str(things.former)}),
    "staff.revoke": Call(lambda things: {"invitation_id": str(things.invitation)}),
}
