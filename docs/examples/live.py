"""Prints a doctor's day as JSON whenever it changes: `python live.py http://127.0.0.1:3000 17 2026-12-01`.

AAROGYA_KEY: an API key; without one, what is public. Needs `python-socketio[asyncio_client]`, which connects again.
"""

import asyncio
import json
import os
import sys

import socketio

url, doctor_id, date = sys.argv[1:]
# With tokens a function instead, which gives a fresh one at each connection.
auth = {"apiKey": os.environ["AAROGYA_KEY"]} if "AAROGYA_KEY" in os.environ else {}
live = socketio.AsyncClient(reconnection_delay_max=2)
held = {}  # "slots", "queue", and each appointment by its id


@live.on("connect", namespace="/live")  # the first time, and after each break
async def join():
    room = {"doctorId": int(doctor_id), "date": date, "since": held["slots"]["version"] if held else None}
    await live.emit("join-doctor-room", room, "/live", callback=joined)


def joined(told):  # the present, or an error; `missed` is what happened meanwhile
    print("missed:", told.pop("missed", None), told.pop("readAgain", ""), told.get("error", ""), file=sys.stderr)
    if "error" not in told:
        held.clear()
        show({one["id"]: one for one in told.pop("appointments", [])} | {"queue": told.pop("queue"), "slots": told})


@live.on("*", namespace="/live")
def pushed(event, told):
    part = {"slots-updated": "slots", "queue-updated": "queue"}.get(event) or told.get("id")
    if part is None:
        print(f"{event}: {told['code']}", file=sys.stderr)
    elif held and told["version"] >= held.get(part, told)["version"]:  # else it was overtaken on its way
        show({part: told})


def show(parts):
    held.update(parts)
    shown = [one for part, one in held.items() if part not in ("slots", "queue") and one["status"] != "expired"]
    print(json.dumps({**held["slots"], "queue": held["queue"], "appointments": shown}), flush=True)


async def main():
    await live.connect(url, auth=auth, socketio_path="/_event/", namespaces="/live", transports="websocket", retry=True)
    await live.wait()


asyncio.run(main())
