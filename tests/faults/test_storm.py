"""A thousand watchers lose their connections at once: the network breaks, or watercooler dies."""

import asyncio
import random
import re
import signal
import time
from collections.abc import Callable

import pytest
import requests

from tests.faults.replica import Place, Replica
from tests.faults.town import Town
from tests.faults.truth import read_places
from tests.faults.watchers import Site, Watcher

WATCHERS = 1000
CHANGES = 20
PATIENCE_SECONDS = 90.0


Drop = Callable[[Town, list[Watcher]], None]


def cut(town: Town, watchers: list[Watcher]) -> None:
    for watcher in watchers:
        watcher.cut()


def kill(town: Town, watchers: list[Watcher]) -> None:
    """Processes that take their watchers with them, and come back with an empty memory."""
    for name in town.watercoolers:
        town.send(name, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("drop", [cut, kill])
async def test_thousand_catch_up_without_a_request_to_django(town: Town, drop: Drop) -> None:
    session = town.session("ana")
    sprints = session.get(f"{town.url}/api/sprints/?ordering=-end", timeout=30).json()["results"]
    sprint = sprints[0]["id"]
    site = Site(town.url, session, lambda: town.watercooler_ports)
    board, ticket = await site.board(sprint), await site.ticket(sprint)
    watchers = []
    for number in range(WATCHERS):
        rng = random.Random(number)
        watcher = Watcher(
            f"watcher {number}", site=site, sprint=sprint, rng=rng, longest_retry_seconds=20.0
        )
        watcher.replica, watcher.ticket = Replica.from_snapshot(board), ticket
        watchers.append(watcher)
    tasks = [asyncio.create_task(watcher.run()) for watcher in watchers]
    try:
        await until(lambda: all(watcher.counts["welcomes"] for watcher in watchers))
        seconds = await catch_up(town, watchers, drop, sprint)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    print(f"\n{WATCHERS} watchers ({drop.__name__}) have caught up after {seconds:.1f} s")
    assert not [breach for watcher in watchers for breach in watcher.breaches]
    assert {watcher.counts["snapshots"] for watcher in watchers} == {0}


async def catch_up(town: Town, watchers: list[Watcher], drop: Drop, sprint: int) -> float:
    """Drop all, change tasks at once, and return the seconds until everybody knows it all."""
    session = town.session("ben")
    before = requests_of_watchers(town)
    dropped_at = time.monotonic()
    drop(town, watchers)
    await asyncio.to_thread(change_tasks, town, session, sprint)
    truth = read_places(town.database_url)
    await until(lambda: all(has_all(watcher.places, truth) for watcher in watchers))
    assert requests_of_watchers(town) == before
    return time.monotonic() - dropped_at


def has_all(places: dict[str, Place], truth: dict[str, Place]) -> bool:
    return all(truth[name] == place for name, place in places.items())


def change_tasks(town: Town, session: requests.Session, sprint: int) -> None:
    for number in range(CHANGES):
        answer = session.post(
            f"{town.url}/api/tasks/", json={"name": f"Task {number}", "sprint": sprint}, timeout=30
        )
        answer.raise_for_status()


def requests_of_watchers(town: Town) -> int:
    """Boards and tickets asked of Django; nobody else in this test asks for anything of sprints."""
    return len(re.findall(r"(?:GET|POST) /api/sprints/\d", town.said("web")))


async def until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {PATIENCE_SECONDS} s"
        await asyncio.sleep(0.05)
