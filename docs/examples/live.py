"""Keeps a doctor's day in view: `python live.py http://127.0.0.1:3000 17 2026-12-01`.

Prints the view, a line of JSON, whenever it changes. AAROGYA_KEY: an API key; without one, what is public.
Needs `python-socketio[asyncio_client]`.
"""

import asyncio
import json
import os
import sys

import socketio

url, doctor_id, date = sys.argv[1:]
live = socketio.AsyncClient(reconnection_delay_max=2)
view: dict = {}


def show(**changes):
    view.update(changes)
    print(json.dumps({**view, "appointments": list(view["appointments"].values())}), flush=True)


def joined(told):
    """The answer is the present, and `missed` what happened meanwhile."""
    if "error" in told:
        return print("refused:", told["error"]["code"], file=sys.stderr)
    if told.pop("readAgain", False) | bool(missed := told.pop("missed", [])):
        print("missed:", json.dumps(missed) if missed else "too much to tell", file=sys.stderr)
    return show(**told | {"appointments": {one["id"]: one for one in told.get("appointments", [])}})


async def connect():
    """The first time and after each break."""
    room = {"doctorId": int(doctor_id), "date": date} | ({"since": view["version"]} if view else {})
    await live.emit("join-doctor-room", room, "/live", callback=joined)


def slots_updated(slots):
    """A push that is older than what is shown was overtaken on its way."""
    if view and slots["version"] >= view["version"]:
        show(**slots)


def queue_updated(queue):
    if view and queue["version"] >= view["queue"]["version"]:
        show(queue=queue)


def appointment_updated(one):
    held = view.get("appointments", {})
    if view and one["version"] > held.get(one["id"], {"version": 0})["version"]:
        others = {each: held[each] for each in held if each != one["id"]}
        show(appointments=others if one["status"] == "expired" else {**others, one["id"]: one})


async def main():
    for handler in (connect, slots_updated, queue_updated, appointment_updated):
        live.on(handler.__name__.replace("_", "-"), handler, namespace="/live")
    # With tokens, give a fresh one at each connection: each is good for fifteen minutes.
    auth = {"apiKey": os.environ["AAROGYA_KEY"]} if "AAROGYA_KEY" in os.environ else {}
    await live.connect(url, socketio_path="/_event/", namespaces="/live", transports="websocket", auth=auth, retry=True)
    await live.wait()


asyncio.run(main())
