"""What a password is kept as: the tests of accounts hash with less work, the app never does."""

from core import passwords

MEMORY_KIB, PASSES = 19 * 1024, 2
"""The least that OWASP's password storage cheat sheet asks of argon2id."""


def test_a_hash_of_the_app_is_dear_to_guess() -> None:
    _, kind, _, work, _, _ = passwords._hasher().hash("monsoon tulsi river").split("$")
    dear = {name: int(value) for name, value in (part.split("=") for part in work.split(","))}
    assert kind == "argon2id"
    assert dear["m"] >= MEMORY_KIB
    assert dear["t"] >= PASSES
