"""Every fault by itself, under load: nobody misses anything, nobody sees anything twice."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.campaign import Campaign
from tests.faults.mischief import FAULTS, Fault
from tests.faults.town import Town

SEED = 3
PACE = 0.4
LOAD_SECONDS = 0.5

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def campaign(town: Town) -> AsyncIterator[Campaign]:
    async with Campaign(town, seed=SEED, watchers=12, pace=PACE) as campaign:
        yield campaign


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_nothing_is_lost(campaign: Campaign, fault: Fault) -> None:
    campaign.set_writing(True)
    await asyncio.sleep(LOAD_SECONDS)
    await campaign.commit(fault, random.Random(f"{SEED} {fault.name}"))
    await asyncio.sleep(LOAD_SECONDS)
    await campaign.settle()
