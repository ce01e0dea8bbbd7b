"""Anybody may send anything: those who watch and write notice nothing, and nothing stays behind.

The short form, always the same, is a part of the tests; ``make fuzz`` is the long one.
"""

import asyncio
import gc
import logging
import os
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime.fanout import LeanProtocol
from realtime.timing import Limits
from tests.servers import OwnRedis
from tests.watercooler.nonsense import Tape, frames, opening
from tests.watercooler.stage import (
    PROJECT,
    SPRINT,
    Client,
    Stage,
    eventually,
    numbers,
    patient_timing,
)
from tests.watercooler.wire import RawClient, close_frame, frame, handshake

USUAL_MESSAGES = 20_000
MESSAGES = int(os.environ.get("FUZZ_MESSAGES", USUAL_MESSAGES))
# An example is one tape, read by so many connections at once.
CONNECTIONS, MESSAGES_EACH = 12, 20
TAPES = st.binary(min_size=3000, max_size=6000)

RESUME = frame(b'{"action":"resume","since":{}}')
PLAIN = {"Sec-WebSocket-Protocol": ""}
KINDS = ("welcomed", "opened", "plain", "viewer", "guest", "refused", "stranger", "no websocket")


class Fuzz:
    """One watercooler, two who watch, one who writes, and any number who send nonsense."""

    def __init__(self, redis: OwnRedis) -> None:
        self.stage = Stage(redis, next(numbers))
        # Real time, so that no busy machine looks like a silent client; and no limits of how often,
        # so that everything is read that is sent.
        self.stage.timing = patient_timing()
        self.stage.limits = replace(
            Limits(),
            sockets_per_user=1_000_000,
            sockets_per_link=1_000_000,
            messages_per_second=1e9,
            message_burst=1e9,
            failure_burst=1e9,
        )
        self.sent: Counter[str] = Counter()
        self.watchers: list[Client] = []

    async def start(self) -> None:
        writer = self.stage.writer
        for channel in (SPRINT, PROJECT, "control"):
            writer.fill(channel)
        writer.start_beating()
        self.process = await self.stage.start_process()
        self.watchers = [await self.stage.join("alice"), await self.stage.join_plain("ben")]
        self.tickets = {
            "mallory": self.stage.ticket("mallory"),
            "viewer": self.stage.ticket("mallory", role="viewer"),
            "guest": self.stage.ticket("link-1", role="guest", channels=(SPRINT,)),
            "elsewhere": self.stage.ticket("mallory", channels=("sprint.8", "project.2")),
            "forged": self.stage.ticket("alice")[:-8] + "AAAAAAAA",
        }

    async def example(self, data: bytes) -> None:
        """Send a tape's nonsense, on several connections at once; then look at the others."""
        tape = Tape(data)
        attacks = [self._attack(tape) for _ in range(CONNECTIONS)]
        await asyncio.gather(*attacks)
        await self.check_others()

    async def check_others(self) -> None:
        """What is written reaches those who watch: once, in order, and nothing that is not."""
        for watcher in self.watchers:
            watcher.messages.clear()
            watcher.frames.clear()
        written = {channel: self.stage.writer.append(channel).seq for channel in (SPRINT, PROJECT)}
        await eventually(lambda: all(self._has(watcher, written) for watcher in self.watchers))
        for watcher in self.watchers:
            assert not [one for one in watcher.messages if one.get("body") == {"name": "owned"}]

    async def check_nothing_stays(self) -> None:
        """Nobody is here but those who watch, and nothing is held."""
        hub = self.process.hub
        await eventually(lambda: len(hub.connections) == len(self.watchers))
        await eventually(lambda: not len(self.process._server.lobby))
        assert set(hub._door._inside) == {"alice", "ben"}
        assert not hub._resuming
        for room in hub.rooms:
            is_followed = room.broadcaster.channel in (SPRINT, PROJECT)
            assert len(room.broadcaster.audience.live) == (len(self.watchers) if is_followed else 0)
            assert not room.people.locks()

    def _has(self, watcher: Client, written: dict[str, int]) -> bool:
        return all(watcher.events(channel) == [seq] for channel, seq in written.items())

    async def _attack(self, tape: Tape) -> None:
        kind = tape.pick(KINDS)
        nonsense = list(frames(tape, self.tickets, MESSAGES_EACH))
        async with await RawClient.connect(self.process.port) as client:
            client.send(self._opening(kind, tape) + b"".join(nonsense) + close_frame())
            client.hang_up()
            await client.rest()
        self.sent[kind] += len(nonsense)

    def _opening(self, kind: str, tape: Tape) -> bytes:
        match kind:
            case "no websocket":
                return opening(tape, self._target("mallory"))
            case "plain":
                return handshake(self._target("mallory"), PLAIN)
            case "opened" | "stranger":
                return handshake(self._target("mallory" if kind == "opened" else "elsewhere"))
            case "refused":
                return handshake(self._target("forged")) + RESUME
        return handshake(self._target("mallory" if kind == "welcomed" else kind)) + RESUME

    def _target(self, ticket: str) -> str:
        return f"/socket/{SPRINT}?channel={self.tickets[ticket]}"


def memory_mb() -> float:
    """What this process has in memory, where the system tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def open_protocols() -> int:
    gc.collect()
    # Not isinstance, which looks through weak proxies whose object is gone.
    return sum(type(thing) is LeanProtocol for thing in gc.get_objects())


@pytest.mark.slow
@pytest.mark.timeout(120 + MESSAGES // 50)
def test_nonsense_harms_nobody(redis_server: OwnRedis, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with asyncio.Runner() as runner:
        fuzz = Fuzz(redis_server)
        runner.run(fuzz.start())

        @settings(
            max_examples=-(-MESSAGES // (CONNECTIONS * MESSAGES_EACH)),
            derandomize=MESSAGES == USUAL_MESSAGES,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(data=TAPES)
        def send(data: bytes) -> None:
            runner.run(fuzz.example(data))
            assert not caplog.records

        runner.run(fuzz.example(b""))
        before, before_mb, started_at = open_protocols(), memory_mb(), time.process_time()
        send()
        seconds = time.process_time() - started_at
        runner.run(fuzz.check_nothing_stays())
        assert open_protocols() <= before
        report(fuzz, seconds, memory_mb() - before_mb)
        runner.run(fuzz.stage.close())
    assert fuzz.sent.total() >= MESSAGES
    assert not caplog.records


def report(fuzz: Fuzz, seconds: float, grown_mb: float) -> None:
    """Print what was sent and what came of it."""
    print(f"\n{fuzz.sent.total()} messages, {seconds:.0f} s of a processor")
    print(f"memory grew by {grown_mb:.1f} MB")
    print(dict(fuzz.sent))
    for metric in fuzz.process.hub.metrics.registry.collect():
        if metric.name.removeprefix("watercooler_") in (
            "bad_frames",
            "bad_messages",
            "closes",
            "drops",
            "handshakes",
            "requests",
        ):
            counts = {
                " ".join(sample.labels.values()) or "all": int(sample.value)
                for sample in metric.samples
                if sample.name.endswith("_total")
            }
            print(metric.name, counts)
