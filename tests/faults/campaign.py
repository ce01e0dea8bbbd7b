"""Load, watchers and faults together, and the reckoning at the end.

An act is a while of faults under load. After it everything is mended, the writers pause, and all
watchers must come to hold what the database holds; then the next act begins.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.faults.figures import Figures
from tests.faults.mischief import Fault
from tests.faults.replica import Replica, differences
from tests.faults.town import Town
from tests.faults.truth import Truth, flaws, read_places, read_truth
from tests.faults.watchers import TROUBLE, Site, Watcher
from tests.faults.writers import Ledger, Writer

USERS = ("demo", "ana", "ben", "chloe")
AGREE_SECONDS = 120.0
LOOK_SECONDS = 0.1
# Faults that may be under way at once, on different parts.
SABOTEURS = 2


class PromiseBroken(AssertionError):
    """Something was lost, doubled or out of order, or watchers and database did not agree."""


class Campaign:
    """One town with its people; ``pace`` says how long faults last, 1 being as in the long run."""

    def __init__(
        self,
        town: Town,
        *,
        seed: int,
        watchers: int = 24,
        writers: int = 4,
        pause_seconds: float = 0.08,
        pace: float = 1.0,
    ) -> None:
        self.town = town
        self.pace = pace
        self.rng = random.Random(seed)
        self.ledger = Ledger()
        self.trace: list[str] = []
        self._figures = Figures(seed, ["SQLite" if town.is_sqlite else "PostgreSQL"])
        self._sessions = [town.session(name) for name in USERS]
        self._site = Site(town.url, self._sessions[0], town.doors)
        self.sprints = self._sprints()
        self.watchers = [self.new_watcher(number) for number in range(watchers)]
        self.writers = [
            Writer(
                url=town.url,
                session=self._sessions[number % len(USERS)],
                sprints=self.sprints,
                ledger=self.ledger,
                rng=random.Random(self.rng.random()),
                pause_seconds=pause_seconds,
            )
            for number in range(writers)
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._busy: set[str] = set()
        self._started_at = time.monotonic()

    def _sprints(self) -> list[int]:
        """Those of the demo that have not ended; their tasks are known to the writers."""
        session, url = self._sessions[0], self.town.url
        found = session.get(f"{url}/api/sprints/?ordering=-end", timeout=30).json()["results"][:2]
        sprints = [int(sprint["id"]) for sprint in found]
        board = session.get(f"{url}/api/sprints/{sprints[0]}/board/", timeout=30).json()
        self.ledger.tasks |= {card["id"] for card in board["tasks"] + board["backlog"]}
        return sprints

    def new_watcher(self, number: int) -> Watcher:
        session = self._sessions[number % len(USERS)]
        return Watcher(
            f"watcher {number}",
            site=Site(self.town.url, session, self.town.doors),
            sprint=self.sprints[number % len(self.sprints)],
            rng=random.Random(self.rng.random()),
        )

    async def __aenter__(self) -> "Campaign":
        people: list[Watcher | Writer] = [*self.watchers, *self.writers]
        self._tasks = [asyncio.create_task(one.run()) for one in people]
        await self._until(self._all_watch, seconds=AGREE_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _all_watch(self) -> bool:
        return all(watcher.counts["connections"] for watcher in self.watchers)

    # Acts

    async def act(self, faults: Sequence[Fault], *, seconds: float, pause_seconds: float) -> None:
        """Let faults happen for a while, chosen by the seed; then settle."""
        self.set_writing(True)
        ends_at = time.monotonic() + seconds
        saboteurs = [
            self._sabotage(random.Random(self.rng.random()), faults, ends_at, pause_seconds)
            for _ in range(SABOTEURS)
        ]
        await asyncio.gather(*saboteurs)
        await self.settle()

    async def commit(self, fault: Fault, rng: random.Random) -> None:
        """Let one fault happen."""
        self._figures.faults[fault.name] += 1
        began_at = time.monotonic() - self._started_at
        detail = await fault.happen(self, rng)
        self.trace.append(f"{began_at:8.1f} s  {fault.name} {detail}".rstrip())

    async def _sabotage(
        self, rng: random.Random, faults: Sequence[Fault], ends_at: float, pause_seconds: float
    ) -> None:
        while True:
            await asyncio.sleep(rng.expovariate(1 / pause_seconds))
            if time.monotonic() > ends_at:
                return
            fault = rng.choices(faults, [one.weight for one in faults])[0]
            if fault.parts & self._busy:
                continue
            self._busy |= fault.parts
            try:
                await self.commit(fault, rng)
            finally:
                self._busy -= fault.parts

    def set_writing(self, may_write: bool) -> None:
        for writer in self.writers:
            (writer.may_write.set if may_write else writer.may_write.clear)()

    async def settle(self) -> None:
        """Mend everything, and wait until all agree; raises ``PromiseBroken``."""
        began_at = time.monotonic()
        self.town.heal()
        for watcher in self.watchers:
            watcher.reads.set()
        self.set_writing(False)
        idle = [writer.is_idle.wait() for writer in self.writers]
        async with asyncio.timeout(AGREE_SECONDS):
            await asyncio.gather(*idle)
        with suppress(TimeoutError):
            await self._until(self._agree, seconds=AGREE_SECONDS)
        self._figures.agreed_seconds.append(time.monotonic() - began_at)
        await self._reckon()

    def _agree(self) -> bool:
        truth = read_places(self.town.database_url)
        return all(
            watcher.places and all(truth[name] == place for name, place in watcher.places.items())
            for watcher in self.watchers
        )

    def has_outgrown_watchers(self) -> bool:
        """Tell whether every channel has come further than any watcher knows it."""
        truth = read_places(self.town.database_url)
        return all(
            truth[name].seq > place.seq
            for watcher in self.watchers
            for name, place in watcher.places.items()
        )

    async def _until(self, condition: Callable[[], bool], *, seconds: float) -> None:
        give_up_at = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"not within {seconds} s: {condition}")
            await asyncio.sleep(LOOK_SECONDS)

    # Reckoning

    async def _reckon(self) -> None:
        """Compare everything with the database; raises ``PromiseBroken``."""
        truth = await asyncio.to_thread(read_truth, self.town.database_url)
        found = flaws(truth, self.ledger.done) + self.ledger.wrong
        boards = {sprint: await self._board(sprint) for sprint in self.sprints}
        guilty = set()
        for watcher in self.watchers:
            self._figures.comparisons += 1
            assert watcher.replica
            differing = differences(
                watcher.replica.canonical(), boards[watcher.sprint].canonical()
            ) + unlike(watcher.replica, truth)
            if differing:
                self._figures.mismatches += 1
                guilty.add(watcher.name)
                found += [f"{watcher.name}: {text}" for text in differing]
        breaches = [breach for watcher in self.watchers for breach in watcher.breaches]
        found += [f"{one.watcher}: {one.kind}: {one.text}" for one in breaches]
        guilty |= {breach.watcher for breach in breaches}
        if found:
            raise PromiseBroken(self._report(found, guilty))

    async def _board(self, sprint: int) -> Replica:
        while True:
            try:
                return Replica.from_snapshot(await self._site.board(sprint))
            except TROUBLE:
                await asyncio.sleep(1)

    def _report(self, found: list[str], guilty: set[str]) -> str:
        lines = [f"seed {self._figures.seed} on {self._figures.databases[0]}", *found[:40]]
        lines += ["", "last faults", *self.trace[-20:]]
        for watcher in [one for one in self.watchers if one.name in guilty][:3]:
            lines += ["", f"last events of {watcher.name}", *watcher.trace]
        return "\n".join(lines)

    def figures(self) -> Figures:
        figures = self._figures
        figures.seconds = time.monotonic() - self._started_at
        figures.watchers = len(self.watchers)
        figures.answers = self.ledger.counts
        figures.changes = self.ledger.changes
        figures.counts = sum((watcher.counts for watcher in self.watchers), Counter())
        figures.events = figures.counts["events"]
        figures.breaches = Counter(
            breach.kind for watcher in self.watchers for breach in watcher.breaches
        )
        return figures


def unlike(replica: Replica, truth: Truth) -> list[str]:
    """What a replica was given and is not what the database has at that place."""
    found = []
    for channel, place in replica.places.items():
        if place != truth.places[channel]:
            found.append(f"{channel} is held up to {place} instead of {truth.places[channel]}")
        found += [
            f"{channel} {seq} is {change} instead of {truth.change_at(channel, seq)}"
            for seq, change in replica.applied.get(channel, [])
            if truth.change_at(channel, seq) != change
        ][:1]
    return found
