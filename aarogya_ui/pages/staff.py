"""`/staff`: who works here, who is invited, and the form for one more; for administrators."""

import reflex as rx

from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.plain_form import plain_link
from aarogya_ui.components.vocabulary import role
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.session import Session
from state.staff import Choice, InvitationRow, MemberRow, Staff


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Staff.is_signed_out,
            instead(t("Please sign in first."), t("Sign in"), path("/sign-in") + "?next=" + path("/staff")),
            rx.cond(
                Staff.is_refused,
                instead(t("This page is for administrators."), t("The day"), path("/day")),
                rx.fragment(_head(), _members(), _invited(), _form()),
            ),
        ),
        name="staff",
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.h1(t("Staff")),
        plain_link(
            t("Charts opened with a reason"),
            rx.cond(Session.unseen > 0, rx.el.span(Session.unseen, class_name="count")),
            href=path("/staff/openings"),
            class_name="quiet",
        ),
    )


def _members() -> rx.Component:
    return rx.el.ol(rx.foreach(Staff.members, _member), class_name="people-list")


def _member(member: rx.Var[MemberRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.strong(member.name), rx.el.span(" · ", role(member.role), class_name="hint")),
            rx.el.p(member.email, rx.cond(member.clinic != "", " · " + member.clinic, ""), class_name="hint"),
        ),
        rx.el.div(
            rx.el.p(
                rx.cond(
                    member.has_second_factor,
                    rx.el.span(t("Second factor"), class_name="status booked"),
                    rx.el.span(t("No second factor"), class_name="status"),
                )
            ),
            rx.el.p(
                rx.cond(member.last_seen != "", t("Last seen:") + " " + member.last_seen, t("Never signed in")),
                class_name="hint",
            ),
        ),
        rx.el.div(
            rx.cond(
                member.is_me,
                rx.el.span(t("You"), class_name="hint"),
                rx.cond(
                    member.is_active,
                    rx.cond(
                        Staff.asked == member.id,
                        rx.fragment(
                            rx.el.button(
                                t("Yes, deactivate"), on_click=Staff.deactivate(member.id), class_name="danger"
                            ),
                            rx.el.button(t("No"), on_click=Staff.ask(""), class_name="quiet"),
                        ),
                        rx.el.button(t("Deactivate"), on_click=Staff.ask(member.id), class_name="quiet"),
                    ),
                    rx.fragment(
                        rx.el.span(t("Deactivated"), class_name="status no_show"),
                        rx.el.button(t("Reactivate"), on_click=Staff.reactivate(member.id), class_name="quiet"),
                    ),
                ),
            ),
            class_name="actions",
        ),
        class_name=rx.cond(member.is_active, "entry", "entry out"),
        key=member.id,
    )


def _invited() -> rx.Component:
    return rx.cond(
        Staff.invited.length() > 0,
        rx.el.section(
            rx.el.h2(t("Open invitations")), rx.el.ol(rx.foreach(Staff.invited, _invitation), class_name="people-list")
        ),
    )


def _invitation(each: rx.Var[InvitationRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.strong(each.name), rx.el.span(" · ", role(each.role), class_name="hint")),
            rx.el.p(each.email, rx.cond(each.clinic != "", " · " + each.clinic, ""), class_name="hint"),
        ),
        rx.el.p(t("Good until"), " ", each.until, class_name="hint"),
        rx.el.div(
            rx.el.button(t("Call back"), on_click=Staff.revoke(each.id), class_name="quiet"), class_name="actions"
        ),
        class_name="entry",
        key=each.id,
    )


def _form() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("Invite someone")),
        rx.cond(Staff.error != "", rx.el.p(Staff.error, class_name="refusal", role="alert")),
        rx.cond(Staff.said != "", rx.el.p(Staff.said, role="status", class_name="hint")),
        rx.el.form(
            _input(t("Name"), name="name", max_length=120, auto_complete="off"),
            _input(t("E-mail address"), name="email", type="email", max_length=320, auto_complete="off"),
            _select(
                t("Role"),
                rx.el.option(t("Front desk"), value="receptionist"),
                rx.el.option(t("Doctor"), value="doctor"),
                rx.el.option(t("Administrator"), value="admin"),
                name="role",
                on_change=Staff.choose_role,
            ),
            rx.cond(
                Staff.role != "admin",
                _select(
                    t("Clinic"),
                    rx.el.option(t("Choose"), value=""),
                    rx.foreach(Staff.clinics, _option),
                    name="clinic",
                    required=True,
                    on_change=Staff.choose_clinic,
                ),
            ),
            rx.cond(
                Staff.role == "doctor",
                _select(
                    t("Doctor without an account"),
                    rx.el.option(t("Choose"), value=""),
                    rx.foreach(Staff.doctors, _option),
                    name="doctor",
                    required=True,
                ),
            ),
            rx.el.button(t("Send the invitation"), type="submit", class_name="primary"),
            on_submit=Staff.invite,
            # Made anew after each letter, so empty; what was refused stays to be mended. Its choices are the browser's
            # own: one that waited for the server's answer would be empty to whoever sends the form at once.
            key=Staff.letters.to_string(),
            class_name="invite",
        ),
    )


def _input(label: str, **attributes: object) -> rx.Component:
    return rx.el.label(rx.el.span(label), rx.el.input(required=True, **attributes), class_name="field")


def _select(label: str, *options: rx.Component, **attributes: object) -> rx.Component:
    return rx.el.label(rx.el.span(label), rx.el.select(*options, **attributes), class_name="field")


def _option(choice: rx.Var[Choice]) -> rx.Component:
    return rx.el.option(choice.name, value=choice.id)


page = Page(
    route="/staff",
    make=make,
    title=lambda: t("Staff") + " · Aarogya Setu",
    description=lambda: t("Staff"),
    on_load=(Staff.load,),
)
