"""What the desk reads out: the times that fit, the sessions of a course, and what the patient is told at the end."""

import reflex as rx

from aarogya_ui.components.vocabulary import mode
from aarogya_ui.words import path, t
from state.desk_book import DeskBook
from state.desk_rows import BookedRow, EaseRow, SessionRow, TimeRow
from state.desk_wish import COURSE

REFRESH_MS = 60 * 1000
PICKS = {"data-picks": ""}
"""A button that books: assets/book.js sends first whom for."""


def answer() -> rx.Component:
    """The times, or the course."""
    return rx.el.section(
        rx.cond(
            DeskBook.refusal != "",
            rx.el.div(
                rx.el.p(DeskBook.refusal),
                rx.cond(
                    DeskBook.instead.length() > 0,
                    rx.fragment(
                        rx.el.p(t("The nearest that are open with the same doctor:")),
                        rx.el.div(rx.foreach(DeskBook.instead, _instead), class_name="alternatives"),
                    ),
                ),
                class_name="refusal",
                role="alert",
            ),
        ),
        rx.cond(DeskBook.wish.visit == COURSE, _course(), _times()),
        rx.el.button(
            id="refresh", on_click=DeskBook.refresh, hidden=True, custom_attrs={"data-every": str(REFRESH_MS)}
        ),
        aria_label=t("What is open"),
        custom_attrs={"data-answered": DeskBook.answered},
        class_name="desk-answer",
    )


def booked(told: rx.Var[BookedRow]) -> rx.Component:
    """What the patient is told."""
    return rx.el.article(
        rx.el.header(
            rx.el.h2(rx.cond(told.sessions.length() > 0, t("The course is booked"), t("The visit is booked"))),
            rx.el.p(told.patient),
        ),
        rx.el.div(
            rx.cond(told.token != "", rx.el.p(rx.el.span(t("Token")), rx.el.strong(told.token), class_name="token")),
            rx.el.dl(
                _fact(t("When"), rx.el.strong(told.date), rx.el.br(), told.time),
                _fact(t("Doctor"), told.doctor),
                rx.cond(told.with_whom != "", _fact(t("Therapy"), told.with_whom)),
                _fact(t("How"), mode(told.mode)),
                _fact(t("Clinic"), told.clinic, rx.el.br(), told.address),
                _fact(t("Phone"), told.phone),
                _fact(
                    t("Link"),
                    rx.el.input(
                        read_only=True,
                        default_value=told.link,
                        auto_focus=True,
                        aria_label=t("The link to the visit"),
                        class_name="link",
                    ),
                    rx.el.a(t("Open"), href=path("") + told.path, target="_blank"),
                ),
            ),
            class_name="body",
        ),
        rx.cond(
            told.sessions.length() > 0,
            rx.el.ol(rx.foreach(told.sessions, _session), class_name="course-sessions"),
        ),
        rx.el.footer(
            rx.el.button(t("Another for the same patient"), on_click=DeskBook.go_on(True), class_name="quiet"),
            rx.el.button(t("Book for somebody else"), on_click=DeskBook.go_on(False), class_name="primary"),
        ),
        class_name="ticket booked",
        role="status",
    )


def _times() -> rx.Component:
    return rx.fragment(
        rx.el.h2(t("Earliest times")),
        rx.cond(
            DeskBook.times.length() > 0,
            rx.fragment(
                rx.el.ol(rx.foreach(DeskBook.times, _time), class_name="open-times"),
                rx.cond(
                    DeskBook.may_more,
                    rx.el.button(t("Later times"), on_click=DeskBook.more, type="button", class_name="more"),
                ),
            ),
            rx.el.div(
                rx.el.p(
                    rx.cond(
                        DeskBook.easier.length() > 0,
                        t("Nothing fits all of this. One wish less, and there is:"),
                        t("Nothing fits, even with one wish less. Take several away."),
                    ),
                    role="status",
                ),
                rx.el.ul(rx.foreach(DeskBook.easier, _easier)),
                class_name="none-fits",
            ),
        ),
    )


def _time(row: rx.Var[TimeRow]) -> rx.Component:
    what = rx.fragment(
        rx.el.strong(row.when, class_name="when"),
        rx.el.span(rx.el.span(", ", class_name="sr"), row.doctor, class_name="with"),
        rx.el.span(rx.el.span(", ", class_name="sr"), row.speaks, class_name="hint speaks"),
        rx.cond(
            row.clinic != "",
            rx.el.span(rx.el.span(", ", class_name="sr"), row.clinic, class_name="hint where"),
        ),
    )
    return rx.el.li(
        rx.cond(
            row.phone == "",
            rx.el.button(
                what,
                rx.el.span(t("Book"), class_name="go"),
                type="button",
                on_click=DeskBook.book(row.doctor_id, row.starts_at),
                custom_attrs=PICKS,
                class_name="time",
            ),
            rx.el.div(what, rx.el.a(row.phone, href="tel:" + row.phone, class_name="go told"), class_name="time"),
        ),
        key=row.key,
    )


def _instead(row: rx.Var[TimeRow]) -> rx.Component:
    return rx.el.button(
        row.when,
        type="button",
        on_click=DeskBook.book(row.doctor_id, row.starts_at),
        custom_attrs=PICKS,
        class_name="quiet",
        key=row.key,
    )


def _easier(row: rx.Var[EaseRow]) -> rx.Component:
    return rx.el.li(
        rx.el.button(row.label, type="button", custom_attrs={"data-sets": row.sets}, class_name="quiet"),
        rx.el.span(row.first),
        key=row.key,
    )


def _course() -> rx.Component:
    return rx.cond(
        DeskBook.course.sessions.length() > 0,
        rx.fragment(
            rx.el.h2(t("The course"), rx.cond(DeskBook.course.doctor != "", " · " + DeskBook.course.doctor, "")),
            rx.el.ol(rx.foreach(DeskBook.course.sessions, _session), class_name="course-sessions"),
            rx.cond(DeskBook.course.passed_over != "", rx.el.p(DeskBook.course.passed_over, class_name="hint")),
            rx.el.button(
                t("Book all sessions"),
                type="button",
                on_click=DeskBook.book_course,
                custom_attrs=PICKS,
                class_name="primary",
            ),
        ),
    )


def _session(row: rx.Var[SessionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.number, class_name="hint"),
        rx.el.strong(row.day),
        rx.el.span(row.time),
        rx.cond(row.token != "", rx.el.span(t("Token"), " ", row.token, class_name="hint")),
        key=row.number,
    )


def _fact(name: str, *value: object) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(*value))
