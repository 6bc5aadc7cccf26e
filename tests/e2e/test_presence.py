"""Doctor and front desk see that the other has the day open, and that he has left it."""

import pytest
from playwright.async_api import expect

from core import clock
from tests.e2e.conftest import Open
from tests.e2e.running import Running

OTHERS = ".presence li"


@pytest.mark.parametrize("workers", [1, 2])
async def test_two_who_have_the_day_open_see_one_another_come_and_go(
    workers: int, request: pytest.FixtureRequest, open_screen: Open
) -> None:
    served: Running = request.getfixturevalue("app" if workers == 1 else "pair")
    doctor = await (await open_screen("doctor", at=served, wide=True)).goto("/day?doctor=1")
    desk = await (await open_screen("reception", at=served, wide=True)).goto("/day?doctor=1")
    if workers == 2:
        await desk.move_to_another_worker(doctor)
    await expect(doctor.page.locator(OTHERS)).to_contain_text("Front desk")
    await expect(desk.page.locator(OTHERS)).to_contain_text("Meera Joshi")
    await desk.page.get_by_role("button", name="The day after").click()
    await expect(doctor.page.locator(OTHERS)).to_have_count(0, timeout=3_000)
    await desk.page.get_by_role("button", name="Today").click()
    await expect(doctor.page.locator(OTHERS)).to_have_count(1)
    await desk.page.close()
    await expect(doctor.page.locator(OTHERS)).to_have_count(0, timeout=6_000)


async def test_a_patient_on_the_same_doctors_page_is_not_among_them(app: Running, open_screen: Open) -> None:
    doctor = await (await open_screen("doctor", wide=True)).goto("/day?doctor=1")
    await (await open_screen("patient")).goto("/day?doctor=1")
    today = clock.local_day(clock.now(), "Asia/Kolkata")
    with app.redis() as redis:
        kept = redis.hgetall(f"aarogya:presence:1:{today}")
    assert len([field for field in kept if field != b"version"]) == 1
    assert b"Asha" not in b"".join(kept.values())
    await expect(doctor.page.locator(OTHERS)).to_have_count(0)


@pytest.mark.chaos
async def test_after_a_killed_server_they_find_one_another_again(app: Running, open_screen: Open) -> None:
    doctor = await (await open_screen("doctor", wide=True, rough=True)).goto("/day?doctor=1")
    desk = await (await open_screen("reception", wide=True, rough=True)).goto("/day?doctor=1")
    await expect(doctor.page.locator(OTHERS)).to_have_count(1)
    app.kill("cli", "serve")
    await expect(doctor.page.locator(OTHERS)).to_have_count(1, timeout=15_000)
    await desk.page.close()
    await expect(doctor.page.locator(OTHERS)).to_have_count(0, timeout=10_000)
