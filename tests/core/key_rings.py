"""Two keys for what is sealed, and a test's choice among them."""

import base64

OLD, NEW = (f"{name}:{base64.b64encode(name.encode() * 8).decode()}" for name in ("k001", "k002"))
