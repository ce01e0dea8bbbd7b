"""Redis Cluster on this machine: three servers that share the channels among them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from realtime.errors import LogRefused, LogUnavailable
from realtime.log import EventLog, Outcome, connect
from realtime.names import CONTROL
from realtime.servers import Servers
from tests.cluster import OwnCluster
from tests.realtime.conftest import KEYS, NAMES, PREFIX, events
from tests.realtime.settling import keep_settling, write
from tests.realtime.test_log import at, fill
from tests.watercooler.stage import Client, Stage, eventually, numbers
from tests.watercooler.test_people import grips, present
from tests.watercooler.test_revocation import revoke

# A failover takes about 3 s here; the changes after it are seen by everybody soon.
RECOVERY_SECONDS = 30


def patient(cluster: OwnCluster) -> Servers:
    return connect(cluster.url, connect_timeout_seconds=10, answer_timeout_seconds=10)


def open_log(cluster: OwnCluster) -> EventLog:
    return EventLog(patient(cluster), prefix=PREFIX, keys=KEYS)


def one_for_each(cluster: OwnCluster, kind: str) -> dict[int, str]:
    """For each primary's port a channel that it holds, such as ``sprint.4``."""
    servers, found = patient(cluster), dict[int, str]()
    number = 0
    while len(found) < len(cluster.primaries):
        number += 1
        channel = f"{kind}.{number}"
        found.setdefault(servers.holding(NAMES.top(channel)).endpoint.port, channel)
    return found


@pytest.fixture(scope="module")
def shared() -> Iterator[OwnCluster]:
    """Three primaries that nobody stops."""
    own = OwnCluster()
    try:
        own.start()
        yield own
    finally:
        own.close()


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[OwnCluster]:
    """Three primaries; with replicas where the test's parameter says so."""
    own = OwnCluster(has_replicas=getattr(request, "param", False))
    try:
        own.start()
        yield own
    finally:
        own.close()


# The log


def test_log_works_on_every_server(shared: OwnCluster) -> None:
    log, channels = open_log(shared), one_for_each(shared, "sprint").values()
    for channel in channels:
        fill(log, 2, channel=channel)
        assert log.append(channel, events(3, 3, channel=channel)).outcome is Outcome.APPENDED
        assert log.append(channel, events(5, 5, channel=channel)).outcome is Outcome.GAP
    tops = log.tops([*channels, "sprint.999"])
    assert [tops[channel].position for channel in channels] == [at(3)] * 3
    assert tops["sprint.999"].is_cold
    patient(shared).ask(NAMES.cold(), lambda client: client.sadd(NAMES.cold(), *channels))
    assert sorted(log.take_cold()) == sorted(channels)
    log.publish_heartbeat(behind=0, oldest_ms=0)


def test_log_follows_keys_to_another_server(shared: OwnCluster) -> None:
    log, (source, target, _) = open_log(shared), shared.primaries
    channel = one_for_each(shared, "project")[source]
    fill(log, 2, channel=channel)
    shared.move_slot_of(NAMES.top(channel), source=source, target=target)

    assert log.append(channel, events(3, 3, channel=channel)).outcome is Outcome.APPENDED
    assert log.top(channel).position == at(3)


def test_log_goes_on_as_long_as_one_server_does(cluster: OwnCluster) -> None:
    log, channels = open_log(cluster), one_for_each(cluster, "sprint")
    for channel in channels.values():
        fill(log, 2, channel=channel)
    victim, *others = cluster.primaries
    cluster.kill(victim)

    for _ in range(3):
        with pytest.raises(LogRefused):
            log.append(channels[victim], events(3, 3, channel=channels[victim]))
        assert not log.is_well
        assert log.tops(list(channels.values())).keys() == {channels[port] for port in others}
        log.publish_heartbeat(behind=1, oldest_ms=0)
    for port in others:
        channel = channels[port]
        assert log.append(channel, events(3, 3, channel=channel)).outcome is Outcome.APPENDED

    cluster.stop()
    for _ in cluster.primaries:
        with suppress(LogUnavailable):
            log.tops(list(channels.values()))
    with pytest.raises(LogUnavailable) as refusal:
        log.publish_heartbeat(behind=1, oldest_ms=0)
    assert refusal.type is LogUnavailable


# The whole way to browsers


@pytest.fixture
async def stage(cluster: OwnCluster) -> AsyncIterator[Stage]:
    async with staged(cluster) as stage:
        yield stage


@asynccontextmanager
async def staged(cluster: OwnCluster) -> AsyncIterator[Stage]:
    """Channels on every server, a relay that goes on over every failure, one watercooler."""
    stage = Stage(cluster, next(numbers))
    stage.timing = replace(stage.timing, cold_wait_seconds=60)
    channels = [CONTROL, *_boards(cluster), *one_for_each(cluster, "project").values()]
    for channel in channels:
        stage.writer.fill(channel)
    log = EventLog(patient(cluster), prefix=stage.writer.prefix, keys=stage.writer.keys)
    relay = asyncio.create_task(keep_settling(stage, log, channels))
    try:
        await stage.start_process()
        yield stage
    finally:
        relay.cancel()
        await stage.close()


def _boards(cluster: OwnCluster) -> list[str]:
    """A sprint on each primary, in the order of ``cluster.primaries``."""
    found = one_for_each(cluster, "sprint")
    return [found[port] for port in cluster.primaries]


async def watch(stage: Stage, cluster: OwnCluster, since: int | None = None) -> list[Client]:
    """Somebody at each board, whose project is on the same server; from ``since`` on, or now."""
    projects, watchers = one_for_each(cluster, "project"), []
    for port, board in zip(cluster.primaries, _boards(cluster), strict=True):
        client = await stage.connect(channels=(board, projects[port]), channel=board)
        positions = {} if since is None else {board: {"epoch": "e1", "seq": since}}
        await client.say(action="resume", since=positions)
        await client.received("welcome")
        watchers.append(client)
    await stage.until_live(watchers[0])
    return watchers


def listened_port(stage: Stage) -> int | None:
    listened = stage.processes[0].hub.rooms.source._listened
    return listened.endpoint.port if listened else None


async def listen_to_one_of(stage: Stage, ports: list[int]) -> None:
    """Move watercooler on until it listens to one of ``ports``."""
    while (port := listened_port(stage)) not in ports:
        if port:
            stage.processes[0].hub.rooms.source.move_on()
        await asyncio.sleep(0.05)


async def until_complete(stage: Stage, watchers: dict[str, Client], first: int = 1) -> None:
    """Wait until each watcher has everything from ``first`` on of its board, once, in order."""
    for board, watcher in watchers.items():
        last = stage.writer.top(board).seq
        everything = list(range(first, last + 1))
        await eventually(
            lambda board=board, watcher=watcher, last=last: last in watcher.events(board),  # type: ignore[misc]
            seconds=RECOVERY_SECONDS,
        )
        assert watcher.events(board) == everything
        assert not watcher.actions("resync")


async def test_processes_hear_one_another(shared: OwnCluster) -> None:
    async with staged(shared) as stage:
        await stage.start_process()
        board, project = _boards(shared)[0], one_for_each(shared, "project")[shared.primaries[1]]
        alice, bob = [
            await stage.join(name, process=process, channels=(board, project), channel=board)
            for name, process in zip(("alice", "bob"), stage.processes, strict=True)
        ]
        await eventually(lambda: present(alice) == present(bob) == {"alice", "bob"})
        await bob.say(model="task", id=12, action="dragstart")
        await eventually(lambda: ("dragstart", 12, "bob") in grips(alice))
        revoke(stage)
        assert await bob.closed() == 4401
        await eventually(lambda: present(alice) == {"alice"})


@pytest.mark.slow
async def test_server_that_dies_takes_only_its_own_boards_along(
    stage: Stage, cluster: OwnCluster
) -> None:
    boards = _boards(cluster)
    watchers = dict(zip(boards, await watch(stage, cluster), strict=True))
    await write(stage, boards, 20)
    await until_complete(stage, watchers)

    victim, lost = cluster.primaries[1], boards[1]
    cluster.kill(victim)
    await write(stage, boards, 20)
    others = {board: watchers[board] for board in boards if board != lost}
    await until_complete(stage, others)
    assert watchers[lost].events(lost) == list(range(1, 21))

    # It comes back without its data, as a wiped Redis does.
    cluster.start_server(victim)
    await until_complete(stage, watchers)
    for board, client in zip(boards, await watch(stage, cluster, since=5), strict=True):
        await until_complete(stage, {board: client}, first=6)


@pytest.mark.slow
@pytest.mark.parametrize("cluster", [True], indirect=True)
async def test_failover_under_load_loses_nothing(stage: Stage, cluster: OwnCluster) -> None:
    boards = _boards(cluster)
    watchers = dict(zip(boards, await watch(stage, cluster), strict=True))
    await write(stage, boards, 50)
    # The one that watercooler listens to, so that it must find another.
    await listen_to_one_of(stage, cluster.primaries)
    victim = listened_port(stage)
    assert victim
    cluster.kill(victim)
    await write(stage, boards, 200)

    await until_complete(stage, watchers)
    replica = cluster.replicas[cluster.primaries.index(victim)]
    assert cluster.node(replica).info("replication")["role"] == "master"


@pytest.mark.slow
@pytest.mark.parametrize("cluster", [True], indirect=True)
async def test_server_that_leaves_the_cluster_is_left(stage: Stage, cluster: OwnCluster) -> None:
    watchers = dict(zip(_boards(cluster), await watch(stage, cluster), strict=True))
    await listen_to_one_of(stage, cluster.replicas)
    gone = listened_port(stage)
    assert gone
    cluster.expel(gone)

    await eventually(lambda: listened_port(stage) not in (gone, None), seconds=RECOVERY_SECONDS)
    await write(stage, watchers, 5)
    await until_complete(stage, watchers)
