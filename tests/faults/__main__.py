"""Runs the seeded mix of faults for long, and prints what came of it.

``python -m tests.faults --minutes 30 --seed 7`` on SQLite; beside a PostgreSQL (DATABASE_URL), half
of the time on each.
"""

import argparse
import asyncio
import os
import random
import sys
from functools import reduce
from operator import add

from tests.faults.campaign import Campaign, PromiseBroken
from tests.faults.clock import can_jump
from tests.faults.figures import Figures
from tests.faults.mischief import FAULTS
from tests.faults.town import Town

ACT_SECONDS = 60.0
FAULT_EVERY_SECONDS = 3.0


async def run(server_url: str, *, seed: int, seconds: float, watchers: int) -> Figures:
    """Play acts for so long in a town of its own; raises ``PromiseBroken``."""
    town = Town(server_url=server_url)
    try:
        await asyncio.to_thread(town.start)
        async with Campaign(town, seed=seed, watchers=watchers) as campaign:
            while (left := seconds - campaign.figures().seconds) > 0:
                length = min(ACT_SECONDS, left)
                await campaign.act(FAULTS, seconds=length, pause_seconds=FAULT_EVERY_SECONDS)
                tell(campaign.figures())
            return campaign.figures()
    finally:
        await asyncio.to_thread(town.close)


def tell(figures: Figures) -> None:
    print(
        f"{figures.seconds / 60:5.1f} min: {figures.changes} changes, "
        f"{figures.faults.total()} faults, all agreed after {figures.agreed_seconds[-1]:.1f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--watchers", type=int, default=36)
    given = parser.parse_args()
    server_url = os.environ.get("DATABASE_URL", "")
    servers = ["", server_url] if server_url.startswith("postgres") else [""]
    print(f"seed {given.seed}", flush=True)
    if not can_jump():
        print("Clocks do not jump: that takes Linux and a C compiler.")
    try:
        parts = [
            asyncio.run(
                run(
                    server,
                    seed=given.seed,
                    seconds=given.minutes * 60 / len(servers),
                    watchers=given.watchers,
                )
            )
            for server in servers
        ]
    except PromiseBroken as error:
        sys.exit(str(error))
    print(f"\n{reduce(add, parts).text()}")


if __name__ == "__main__":
    main()
