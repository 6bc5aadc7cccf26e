"""`aarogya simulate`: the rest of a clinic's day on the running system, by its own services, for anyone to watch.

It plays in the true present: what it writes bears the time at which it happens, so that every screen agrees with it. At
another speed than 1 visits are shorter and gaps smaller by as much; what is then expected speaks of true minutes.
"""

import asyncio
from typing import Annotated

import typer

from cli.cluster import lead_to
from core import clock, db, redis
from core.embedded import found
from core.errors import StartFailed
from core.settings import settings

__all__ = ["simulate"]


def simulate(
    doctors: Annotated[int, typer.Option(min=1, max=20, help="How many doctors of the demo's first clinic.")] = 1,
    speed: Annotated[float, typer.Option(min=0.1, max=100_000, help="Minutes of the clinic in one of yours.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same people.")] = 108,
) -> None:
    """Play a clinic's day on the running demo: patients come early, late and not at all, others walk in.

    Whoever has hours left today keeps them; a doctor with none gets some until midnight. Ctrl-C ends it, as it stands.
    """
    from cli.demo.load import is_demo_database

    urls = found(settings())
    if not is_demo_database(urls.database):
        raise StartFailed("This is not the demo's database; `aarogya simulate` plays with nobody else's patients.")
    lead_to(urls)
    asyncio.run(_play(doctors, speed, seed))


async def _play(number: int, speed: float, seed: int) -> None:
    from cli.simulate.cast import chosen
    from cli.simulate.playing import playing

    try:
        now = clock.now()
        cast, people = await chosen(number, now, seed)
        for doctor in cast:
            typer.echo(f"{doctor.name}: {len(doctor.booked)} booked from now on; watch /day?doctor={doctor.id}")
        days = [
            playing(doctor, people, seed=seed, since=doctor.hours[0][0], speed=speed, say=typer.echo) for doctor in cast
        ]
        seen = await asyncio.gather(*(day.play() for day in days))
        typer.echo(f"The day is over: {sum(seen)} patients were seen.")
    except db.Unavailable as error:
        raise StartFailed("The database does not answer any more; is the app still running?") from error
    finally:
        await db.close()
        await redis.redis().aclose()
