"""Who else has this day, or the desk, open; the list itself is live: state/live.py."""

from datetime import date

import reflex as rx

from services import presence
from services.permissions import Actor
from state import live
from state.session import language


class Presence(rx.State):
    """Who oneself is among them."""

    me: str = ""


async def meet(state: rx.State, by: Actor, doctor_id: int, day: date):
    """See who has the doctor's day open, and be seen. The caller has decided that `by` may see the day."""
    async for _ in enter(state, by, presence.room(doctor_id, day)):
        yield


async def enter(state: rx.State, by: Actor, room: str):
    """The same in any such room."""
    mine = await state.get_state(Presence)
    mine.me = str(by.user_id)
    async for _ in live.watch(state, room, language(state)):
        yield
    await presence.presence.enter(state.router.session.session_id, room, by)
