"""Writes while Redis is away: they succeed as quickly as ever, and are seen when it is back."""

import asyncio
import statistics
import time

import pytest
import requests

from tests.faults.campaign import Campaign
from tests.faults.town import Town

WRITES = 60


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_writes_succeed_and_arrive_afterwards(town: Town) -> None:
    session = town.session("ana")
    async with Campaign(town, seed=5, watchers=8, writers=0) as campaign:
        task = min(campaign.ledger.tasks)
        usual = await asyncio.to_thread(time_writes, town, session, task)
        await asyncio.to_thread(town.redis.stop)
        without = await asyncio.to_thread(time_writes, town, session, task)
        await asyncio.to_thread(town.redis.start)
        await campaign.settle()
        figures = campaign.figures()
    print(
        f"\nmedian of {WRITES} writes: {usual * 1000:.1f} ms, without Redis "
        f"{without * 1000:.1f} ms ({without / usual:.2f} times as long); "
        f"all watchers had everything {figures.agreed_seconds[-1]:.1f} s after its return"
    )


def time_writes(town: Town, session: requests.Session, task: int) -> float:
    """Change a task many times; return the median of the seconds that one change took."""
    seconds = []
    for number in range(WRITES):
        began_at = time.perf_counter()
        answer = session.patch(
            f"{town.url}/api/tasks/{task}/",
            json={"name": f"Without Redis {number} {began_at}"},
            timeout=30,
        )
        seconds.append(time.perf_counter() - began_at)
        answer.raise_for_status()
    return statistics.median(seconds)
