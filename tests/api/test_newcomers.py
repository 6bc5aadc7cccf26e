"""A new account by a program: the code from the mail opens it, and nobody learns who has one already."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from core import clock
from core.crypto import unseal
from services import tries
from tests.api.program import bearer, code, program
from tests.mailbox import Mailbox
from tests.people import Cast
from tests.rows import audited, one, write

NEW = "neha@example.org"
NEHA = {"name": "Neha Shah", "email": NEW, "password": "a sentence of mine", "consent": True}


@pytest_asyncio.fixture
async def api(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with program() as client:
        yield client


async def ticket(api: httpx.AsyncClient, **more: Any) -> str:
    answer = await api.post("/auth/register", json=NEHA | more)
    assert (answer.status_code, set(answer.json())) == (201, {"ticket", "expiresIn"})
    assert NEW not in answer.text
    return str(answer.json()["ticket"])


async def verified(api: httpx.AsyncClient, given: str, digits: str) -> httpx.Response:
    return await api.post("/auth/register/verify", json={"ticket": given, "code": digits})


async def test_the_code_from_the_mail_opens_the_account_and_logs_in(api: httpx.AsyncClient, mailbox: Mailbox) -> None:
    given = await ticket(api, phone="98123 45678", language="hi")
    answer = await verified(api, given, await mailbox.code(NEW, clock.now()))
    assert (answer.status_code, set(answer.json())) == (200, {"accessToken", "refreshToken", "expiresIn", "tokenType"})
    me = (await api.get("/auth/me", headers=bearer(answer.json()["accessToken"]))).json()
    assert (me["name"], me["role"], me["language"], len(me["patientIds"])) == ("Neha Shah", "patient", "hi", 1)
    holder = await one("SELECT * FROM patients WHERE id = :id", id=me["patientIds"][0])
    assert unseal(holder.phone_sealed, about=f"patients.phone:{holder.id}") == "+919812345678"
    assert [each.object_type for each in await audited("log_in")] == ["token_family"]
    assert (await api.post("/auth/login", json={"email": NEW, "password": NEHA["password"]})).status_code == 200
    assert code(await verified(api, given, "000000")) == (409, "wrong_code")


async def test_a_wrong_code_or_a_ticket_that_is_none_opens_nothing(api: httpx.AsyncClient, mailbox: Mailbox) -> None:
    given = await ticket(api)
    right = await mailbox.code(NEW, clock.now())
    for forged, digits in (
        (given, "000000" if right != "000000" else "111111"),
        (given[:-2], right),
        ("", right),
        ("ü", right),
    ):
        assert code(await verified(api, forged, digits)) == (409, "wrong_code")
    assert (await verified(api, given, right)).status_code == 200


async def test_an_address_that_has_an_account_is_answered_in_the_same_way(
    api: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    taken = await ticket(api, email="asha@example.org")
    assert code(await verified(api, taken, "123456")) == (409, "wrong_code")
    await mailbox.delivered(clock.now())
    (letter,) = mailbox.mail("asha@example.org")
    assert "You have one already" in letter.get_content()


async def test_who_proves_an_address_that_became_anothers_meanwhile_is_told(
    api: httpx.AsyncClient, cast: Cast, mailbox: Mailbox
) -> None:
    given = await ticket(api)
    digits = await mailbox.code(NEW, clock.now())
    await write("UPDATE users SET email = :email WHERE id = :id", email=NEW, id=cast.stranger.user_id)
    assert code(await verified(api, given, digits)) == (409, "address_taken")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"consent": False}, (409, "no_consent")),
        ({"password": "short"}, (409, "weak_password")),
        ({"email": "nobody"}, (409, "not_an_email")),
        ({"phone": "12"}, (409, "not_a_phone")),
        ({"name": " "}, (409, "invalid_name")),
        ({"consent": "yes"}, (422, "invalid")),
        ({"name": "x" * 121}, (422, "invalid")),
        ({"role": "admin"}, (422, "invalid")),
    ],
)
async def test_what_cannot_be_registered_is_refused_by_its_code(
    api: httpx.AsyncClient, wrong: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert code(await api.post("/auth/register", json=NEHA | wrong)) == refusal


async def test_who_registers_too_often_waits(api: httpx.AsyncClient, mailbox: Mailbox) -> None:
    for _ in range(tries.CODE_CONTACT.amount):
        await ticket(api)
    refused = await api.post("/auth/register", json=NEHA)
    assert code(refused) == (429, "too_many")
    assert int(refused.headers["retry-after"]) > 0
