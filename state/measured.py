"""What is not counted as it happens but looked at: who is connected here, the pool, how late this process wakes up."""

import asyncio
import time

import reflex as rx

from core import db, metrics

EVERY = 2.0
"""Seconds; Prometheus commonly asks every fifteen."""


async def measured(app: rx.App) -> None:
    """Every two seconds, until the process ends."""
    while True:
        due = time.monotonic() + EVERY
        await asyncio.sleep(EVERY)
        look(app, late=time.monotonic() - due)


def look(app: rx.App, *, late: float) -> None:
    """Put on the gauges what is the case now. Namespaces are the server's own, never one that a client made up."""
    metrics.loop_lag.set(max(0.0, late))
    db.sample()
    server = app.event_namespace.server
    for namespace in server.namespace_handlers:
        metrics.sockets.labels(namespace).set(len(server.manager.rooms.get(namespace, {}).get(None, {})))
