"""A page's state for one who is signed in, at an address."""

from typing import Any

import reflex as rx
from reflex.istate.data import RouterData
from reflex.state import State

from core.web_session import HEADER, hash_id
from services.permissions import Actor
from tests.rows import write

ORIGIN = "http://clinic.test"


async def page_of(page: type[rx.State], by: Actor, address: str) -> Any:
    """With a session in the database; nothing of it is loaded yet."""
    secret = f"session-of-{by.user_id}"
    await write(
        "INSERT INTO sessions (id_hash, user_id, created_at, last_seen_at, expires_at, is_pending)"
        " VALUES (:hash, :user, now(), now(), now() + interval '1 hour', false) ON CONFLICT DO NOTHING",
        hash=hash_id(secret),
        user=by.user_id,
    )
    return tab(secret, address).get_substate(page.get_full_name().split("."))


def tab(session: str | None, address: str) -> Any:
    """The state at the root of a tab at that address; `session` is the secret of whoever is signed in there."""
    root = State(_reflex_internal_init=True)  # type: ignore[call-arg]
    signed_in = {HEADER: hash_id(session).hex()} if session else {}
    root.router = RouterData.from_router_data(
        {
            "headers": {"origin": ORIGIN} | signed_in,
            "pathname": address.partition("?")[0],
            "asPath": address,
            "query": {},
            "token": "t",
            "sid": "s",
            "ip": "192.0.2.7",
        }
    )
    return root
