"""Keeps a doctor's day in view: `python live.py http://127.0.0.1:3000 17 2026-12-01`; each change prints it as JSON.

AAROGYA_KEY: an API key; without one, what is public. Needs `python-socketio[asyncio_client]`.
"""

import asyncio
import json
import os
import sys

import socketio

url, doctor_id, date = sys.argv[1:]
live = socketio.AsyncClient(reconnection_delay_max=2)
held = {}  # "slots", "queue", and each appointment by its id


def show(parts):
    held.update(parts)
    shown = [one for part, one in held.items() if part not in ("slots", "queue") and one["status"] != "expired"]
    print(json.dumps({**held["slots"], "queue": held["queue"], "appointments": shown}), flush=True)


def joined(told):
    """The answer is the present; what happened meanwhile is `missed`, where it can be told."""
    for aside in ("error", "missed", "readAgain"):
        if said := told.pop(aside, None):
            print(f"{aside}: {json.dumps(said)}", file=sys.stderr)
    if told:
        held.clear()
        show({one["id"]: one for one in told.pop("appointments", [])} | {"queue": told.pop("queue"), "slots": told})


@live.on("connect", namespace="/live")
async def join():
    """The first time and after each break."""
    room = {"doctorId": int(doctor_id), "date": date, "since": held["slots"]["version"] if held else None}
    await live.emit("join-doctor-room", room, "/live", callback=joined)


@live.on("*", namespace="/live")
def pushed(event, told):
    part = {"slots-updated": "slots", "queue-updated": "queue"}.get(event) or told.get("id")
    if part is None:
        print(f"{event}: {told['code']}", file=sys.stderr)
    elif held and told["version"] >= held.get(part, told)["version"]:  # else it was overtaken on its way
        show({part: told})


async def main():
    # With tokens, give a fresh one at each connection: each is good for fifteen minutes.
    auth = {"apiKey": os.environ["AAROGYA_KEY"]} if "AAROGYA_KEY" in os.environ else {}
    await live.connect(url, socketio_path="/_event/", namespaces="/live", transports="websocket", auth=auth, retry=True)
    await live.wait()


asyncio.run(main())
