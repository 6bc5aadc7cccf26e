"""The live socket for programs: namespace `/live` of the Socket.IO server that the pages use too."""

from typing import Any

from api.live.namespace import LiveNamespace
from api.live.sink import LiveSink
from services.live import live


def wire(server: Any) -> None:
    """Open the namespace on that server and make it a sink of the pusher; once, by whoever builds the app."""
    sink = LiveSink(server)
    server.register_namespace(LiveNamespace(sink))
    live.sinks.append(sink)
