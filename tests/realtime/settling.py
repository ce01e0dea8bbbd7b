"""What web and relay do between them, for tests that have neither: Redis follows the history."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from realtime.errors import LogUnavailable
from realtime.log import EventLog, Outcome
from tests.watercooler.stage import Stage

_TO_BE_FILLED = (Outcome.COLD, Outcome.DIVERGED, Outcome.GAP)


def settle(stage: Stage, log: EventLog, channel: str) -> None:
    """Bring Redis to the end of the history of one channel, if it can be reached."""
    writer = stage.writer
    with suppress(LogUnavailable):
        position = log.top(channel).position
        missing = [] if position is None else writer.events.get(channel, [])[position.seq :]
        if position is None or (missing and log.append(channel, missing).outcome in _TO_BE_FILLED):
            writer.fill(channel)


async def keep_settling(stage: Stage, log: EventLog, channels: Iterable[str]) -> None:
    """Be a relay that goes on over every failure."""
    while True:
        for channel in channels:
            settle(stage, log, channel)
        with suppress(LogUnavailable):
            stage.writer.beat()
        with suppress(LogUnavailable):
            stage.writer.warm()
        await asyncio.sleep(0.02)


async def write(stage: Stage, channels: Iterable[str], count: int) -> None:
    """Commit changes at an even pace; publishing them is the relay's work here."""
    for _ in range(count):
        for channel in channels:
            stage.writer.compose(channel)
        await asyncio.sleep(0.01)
