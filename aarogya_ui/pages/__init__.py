"""The pages: one route a file."""

from aarogya_ui.pages import (
    account,
    appointment,
    appointments,
    board,
    code_sign_in,
    day,
    doctor,
    join,
    queue_settings,
    register,
    reset,
    search,
    security,
    sign_in,
    staff,
    verify,
    visit,
    week,
)
from aarogya_ui.pages.page import Page

PAGES: list[Page] = [
    search.page,
    doctor.page,
    sign_in.page,
    code_sign_in.page,
    register.page,
    verify.page,
    reset.page,
    account.page,
    appointments.page,
    appointment.page,
    day.page,
    week.page,
    queue_settings.page,
    staff.page,
    join.page,
    security.page,
    visit.page,
    board.page,
]
