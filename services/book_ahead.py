"""Keeps the book open: the partitions of the next four quarters are there before anyone wants them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from core import db, metrics
from core.errors import DomainError
from core.log import logger
from services.partitions import make, missing

log = logger(__name__)


async def open_ahead(now: datetime, *, zone: ZoneInfo) -> int:
    """Make what is missing, each in a transaction of its own; how many are missing still, which is also a metric.

    One that cannot be made is logged and counted and keeps none of the others from being made.
    """
    async with db.snapshot() as connection:
        gaps = await connection.run_sync(missing, now, zone=zone)
    for partition in gaps:
        try:
            async with db.transaction() as tx:
                await tx.connection.run_sync(make, partition)
            log.info("partition_made", partition=partition.name)
        except (SQLAlchemyError, DomainError) as error:
            metrics.partition_failures.inc()
            log.error("partition_not_made", partition=partition.name, error=type(error).__name__, exc_info=True)
    async with db.snapshot() as connection:
        still = len(await connection.run_sync(missing, now, zone=zone))
    metrics.partitions_missing.set(still)
    return still
