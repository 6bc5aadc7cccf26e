"""The built pages talk to the server that they came from, whatever its address."""

from pathlib import Path

import pytest
from reflex_base.constants import Endpoint

from cli.same_origin import BAKED, SameOrigin


def test_what_reflex_bakes_is_what_is_looked_for() -> None:
    for endpoint in Endpoint:
        assert BAKED.fullmatch(f'"{endpoint.get_url()}"'), "Reflex, or rxconfig.py's api_url, has changed"


def test_every_address_becomes_the_browsers_own(tmp_path: Path) -> None:
    script = tmp_path / "assets" / "env.js"
    script.parent.mkdir()
    script.write_text(
        "var e={PING:`http://localhost:8000/ping`,EVENT:\"ws://localhost:8000/_event\",T:'http://localhost'}"
    )
    SameOrigin().post_build(static_dir=tmp_path)
    assert script.read_text() == (
        "var e={PING:`${location.protocol}//${location.host}/ping`,"
        "EVENT:`${location.protocol.replace('http','ws')}//${location.host}/_event`,T:'http://localhost'}"
    )


def test_a_build_without_an_address_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="No address of the server"):
        SameOrigin().post_build(static_dir=tmp_path)
