"""The pages: one route a file."""

from aarogya_ui.pages import appointment, appointments, day, doctor, join, search, security, sign_in, staff
from aarogya_ui.pages.page import Page

PAGES: list[Page] = [
    search.page,
    doctor.page,
    sign_in.page,
    appointments.page,
    appointment.page,
    day.page,
    staff.page,
    join.page,
    security.page,
]
