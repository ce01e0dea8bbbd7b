"""Many faults at once, chosen by a seed; ``make faults`` plays the same for long."""

import os
import random

import pytest

from tests.faults.campaign import Campaign
from tests.faults.mischief import FAULTS
from tests.faults.town import Town

SECONDS = 25.0
FAULT_EVERY_SECONDS = 2.0
PACE = 0.5


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_nothing_is_lost_in_a_mix_of_faults(town: Town) -> None:
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))
    async with Campaign(town, seed=seed, watchers=24, pace=PACE) as campaign:
        await campaign.act(FAULTS, seconds=SECONDS, pause_seconds=FAULT_EVERY_SECONDS)
        print(f"\nseed {seed}\n{campaign.figures().text()}")
