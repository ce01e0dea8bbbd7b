"""The faults, each with a name, the parts that it lays hands on, and how often it is chosen."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.faults.clock import can_jump
from tests.faults.town import Town

if TYPE_CHECKING:
    from tests.faults.campaign import Campaign

PREFIX = "sprintwall-stack"
MOST_SLEEP_SECONDS = 60.0
Happening = Callable[["Campaign", random.Random], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """``happen`` does it to a campaign, lasts as long as it does, and says what it did."""

    name: str
    parts: frozenset[str]
    weight: float
    happen: Happening


FAULTS: list[Fault] = []


def fault(name: str, *parts: str, weight: float = 1.0) -> Callable[[Happening], Happening]:
    def register(happening: Happening) -> Happening:
        FAULTS.append(Fault(name, frozenset(parts), weight, happening))
        return happening

    return register


def some_seconds(campaign: "Campaign", rng: random.Random, most: float = 5.0) -> float:
    """How long a fault lasts: up to ``most`` seconds at a campaign's usual pace."""
    return rng.uniform(0.3, most) * campaign.pace


# Killed


@fault("web worker killed", "web", weight=3)
async def kill_worker(campaign: "Campaign", rng: random.Random) -> str:
    """Among those hit under load are some between commit and publication."""
    campaign.town.kill_one_worker(rng.randrange(2))
    return ""


@fault("web killed", "web")
async def kill_web(campaign: "Campaign", rng: random.Random) -> str:
    campaign.town.send("web", signal.SIGKILL)
    return ""


@fault("watercooler killed", "watercooler", weight=2)
async def kill_watercooler(campaign: "Campaign", rng: random.Random) -> str:
    name = rng.choice(campaign.town.watercoolers)
    campaign.town.send(name, signal.SIGKILL)
    return name


@fault("relay killed", "relay")
async def kill_relay(campaign: "Campaign", rng: random.Random) -> str:
    campaign.town.send("relay", signal.SIGKILL)
    return ""


@fault("web worker and relay killed", "web", "relay")
async def kill_worker_and_relay(campaign: "Campaign", rng: random.Random) -> str:
    """Nobody is left for a moment who would publish what the worker has just committed."""
    campaign.town.send("relay", signal.SIGKILL)
    campaign.town.kill_one_worker(rng.randrange(2))
    return ""


@fault("Redis killed, back empty", "redis", weight=2)
async def kill_redis(campaign: "Campaign", rng: random.Random) -> str:
    seconds = rng.choice([0.0, some_seconds(campaign, rng)])
    await asyncio.to_thread(campaign.town.redis.stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(campaign.town.redis.start)
    return f"away for {seconds:.1f} s"


@fault("Redis back with an older copy", "redis")
async def age_redis(campaign: "Campaign", rng: random.Random) -> str:
    """As after a failover to a replica that lags behind."""
    town, seconds = campaign.town, some_seconds(campaign, rng)
    with town.redis.client() as client:
        await asyncio.to_thread(client.save)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(town.redis.stop)
    await asyncio.to_thread(town.redis.start)
    town.redis.forget_copy()
    return f"{seconds:.1f} s old"


@fault("watercoolers restarted one by one", "watercooler")
async def roll_watercoolers(campaign: "Campaign", rng: random.Random) -> str:
    for name in campaign.town.watercoolers:
        await asyncio.to_thread(campaign.town.stop_gently, name)
        await asyncio.sleep(some_seconds(campaign, rng, 2))
    return ""


@fault("web restarted", "web", weight=0.5)
async def restart_web(campaign: "Campaign", rng: random.Random) -> str:
    await asyncio.to_thread(campaign.town.stop_gently, "web")
    return ""


# Frozen


async def freeze(
    campaign: "Campaign", rng: random.Random, name: str, most_seconds: float = 5.0
) -> str:
    seconds = some_seconds(campaign, rng, most_seconds)
    campaign.town.send(name, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    campaign.town.send(name, signal.SIGCONT)
    return f"{name} for {seconds:.1f} s"


@fault("web frozen", "web")
async def freeze_web(campaign: "Campaign", rng: random.Random) -> str:
    return await freeze(campaign, rng, "web", 3)


@fault("watercooler frozen", "watercooler")
async def freeze_watercooler(campaign: "Campaign", rng: random.Random) -> str:
    return await freeze(campaign, rng, rng.choice(campaign.town.watercoolers), 12)


@fault("relay frozen", "relay")
async def freeze_relay(campaign: "Campaign", rng: random.Random) -> str:
    return await freeze(campaign, rng, "relay", 10)


@fault("Redis frozen", "redis")
async def freeze_redis(campaign: "Campaign", rng: random.Random) -> str:
    seconds = some_seconds(campaign, rng)
    campaign.town.redis.freeze()
    await asyncio.sleep(seconds)
    campaign.town.redis.thaw()
    return f"for {seconds:.1f} s"


# Redis at odds


@fault("Redis out of memory", "redis")
async def fill_redis(campaign: "Campaign", rng: random.Random) -> str:
    seconds = some_seconds(campaign, rng)
    campaign.town.limit_memory(1)
    await asyncio.sleep(seconds)
    campaign.town.limit_memory(0)
    return f"for {seconds:.1f} s"


@fault("Redis flushed", "redis", weight=2)
async def flush_redis(campaign: "Campaign", rng: random.Random) -> str:
    with campaign.town.redis.client() as client:
        client.flushall()
    return ""


@fault("subscribers of Redis killed", "redis", weight=2)
async def kill_subscribers(campaign: "Campaign", rng: random.Random) -> str:
    with campaign.town.redis.client() as client:
        client.client_kill_filter(_type="pubsub")
    return ""


@fault("log in Redis tampered with", "redis", weight=2)
async def tamper(campaign: "Campaign", rng: random.Random) -> str:
    channel = rng.choice([f"sprint.{campaign.sprints[0]}", "project.1"])
    damage = rng.choice(DAMAGES)
    with campaign.town.redis.client() as client:
        damage(client, f"{PREFIX}:st:{{{channel}}}", f"{PREFIX}:top:{{{channel}}}", rng)
    return f"{channel}: {damage.__name__}"


Client = Any


def lose_stream(client: Client, stream: str, top: str, rng: random.Random) -> None:
    client.delete(stream)


def lose_top(client: Client, stream: str, top: str, rng: random.Random) -> None:
    client.delete(top)


def lose_an_entry(client: Client, stream: str, top: str, rng: random.Random) -> None:
    entries = client.xrevrange(stream, count=20)
    if entries:
        client.xdel(stream, rng.choice(entries)[0])


def alter_an_entry(client: Client, stream: str, top: str, rng: random.Random) -> None:
    entries = client.xrange(stream)
    if not entries:
        return
    victim = rng.choice(entries[-20:])[0]
    with client.pipeline() as pipeline:
        pipeline.delete(stream)
        for at, fields in entries:
            text = fields[b"m"]
            pipeline.xadd(stream, {"m": text[:-9] + b"FORGED" if at == victim else text}, id=at)
        pipeline.execute()


def put_another_type(client: Client, stream: str, top: str, rng: random.Random) -> None:
    client.set(rng.choice([stream, top]), "nonsense")


def set_top_back(client: Client, stream: str, top: str, rng: random.Random) -> None:
    seq = client.hget(top, "seq")
    if seq:
        client.hset(top, "seq", max(0, int(seq) - rng.randint(1, 5)))


DAMAGES = [
    lose_stream,
    lose_top,
    lose_an_entry,
    alter_an_entry,
    put_another_type,
    set_top_back,
]


# The database at odds


@fault("database restored from a copy", "web", "relay", "database")
async def restore(campaign: "Campaign", rng: random.Random) -> str:
    copied_at = await copy_database(campaign, rng)
    return await restore_copy(campaign, copied_at)


@fault("database restored, Redis empty", "web", "relay", "database", "redis")
async def restore_everything(campaign: "Campaign", rng: random.Random) -> str:
    """As when the whole product is stopped, its data put back, and started again."""
    copied_at = await copy_database(campaign, rng)
    return await restore_copy(campaign, copied_at, is_redis_emptied=True)


@fault("restored while watchers slept", "web", "relay", "database", "redis", "watchers")
async def restore_behind_watchers(campaign: "Campaign", rng: random.Random) -> str:
    """They come back when the new history has grown past the place that they had in the old one."""
    proxies = campaign.town.proxies
    copied_at = await copy_database(campaign, rng)
    for name in campaign.town.watercoolers:
        proxies.tell(f"to.{name}", "refuse")
    detail = await restore_copy(campaign, copied_at, is_redis_emptied=True)
    give_up_at = time.monotonic() + MOST_SLEEP_SECONDS
    while not campaign.has_outgrown_watchers() and time.monotonic() < give_up_at:
        await asyncio.sleep(0.2)
    for name in campaign.town.watercoolers:
        proxies.tell(f"to.{name}", "heal")
    return detail


async def copy_database(campaign: "Campaign", rng: random.Random) -> float:
    """Take a copy, let people go on for a while, and return when it was taken (monotonic)."""
    copied_at = time.monotonic()
    await asyncio.to_thread(campaign.town.copy_database)
    await asyncio.sleep(max(1.0, some_seconds(campaign, rng, 6)))
    return copied_at


async def restore_copy(
    campaign: "Campaign", copied_at: float, *, is_redis_emptied: bool = False
) -> str:
    await asyncio.to_thread(exchange, campaign.town, is_redis_emptied)
    campaign.ledger.forget_since(copied_at)
    return f"{time.monotonic() - copied_at:.1f} s old"


def exchange(town: Town, is_redis_emptied: bool) -> None:
    if is_redis_emptied:
        town.redis.stop()
    town.restore_database()
    if is_redis_emptied:
        town.redis.start()


# Connections


def a_way(campaign: "Campaign", rng: random.Random, *, to_redis: bool) -> str:
    names = campaign.town.names if to_redis else campaign.town.watercoolers
    name = rng.choice(names)
    return name if to_redis else f"to.{name}"


async def disturb(
    campaign: "Campaign", rng: random.Random, verb: str, most_seconds: float, *, to_redis: bool
) -> str:
    way = a_way(campaign, rng, to_redis=to_redis)
    seconds = some_seconds(campaign, rng, most_seconds)
    campaign.town.proxies.tell(way, verb, rng.uniform(0.05, 0.5))
    await asyncio.sleep(seconds)
    campaign.town.proxies.tell(way, "heal")
    return f"{way} for {seconds:.1f} s"


@fault("watchers cut off", "watchers", weight=2)
async def cut_watchers(campaign: "Campaign", rng: random.Random) -> str:
    return await disturb(campaign, rng, "refuse", 3, to_redis=False)


@fault("watchers stalled", "watchers")
async def stall_watchers(campaign: "Campaign", rng: random.Random) -> str:
    return await disturb(campaign, rng, "stall", 8, to_redis=False)


@fault("watchers half-open", "watchers")
async def half_open_watchers(campaign: "Campaign", rng: random.Random) -> str:
    return await disturb(campaign, rng, "half_open", 15, to_redis=False)


@fault("watchers delayed", "watchers")
async def delay_watchers(campaign: "Campaign", rng: random.Random) -> str:
    return await disturb(campaign, rng, "delay", 5, to_redis=False)


@fault("way to Redis cut", "ways", weight=2)
async def cut_redis(campaign: "Campaign", rng: random.Random) -> str:
    return await disturb(campaign, rng, "refuse", 4, to_redis=True)


@fault("way to Redis stalled", "ways")
async def stall_redis(campaign: "Campaign", rng: random.Random) -> str:
    return await disturb(campaign, rng, "stall", 6, to_redis=True)


@fault("way to Redis half-open", "ways")
async def half_open_redis(campaign: "Campaign", rng: random.Random) -> str:
    return await disturb(campaign, rng, "half_open", 12, to_redis=True)


@fault("way to Redis delayed", "ways")
async def delay_redis(campaign: "Campaign", rng: random.Random) -> str:
    return await disturb(campaign, rng, "delay", 5, to_redis=True)


@fault("watchers stop reading", "watchers")
async def stop_reading(campaign: "Campaign", rng: random.Random) -> str:
    lazy = rng.sample(campaign.watchers, len(campaign.watchers) // 3)
    seconds = some_seconds(campaign, rng, 15)
    for watcher in lazy:
        watcher.reads.clear()
    await asyncio.sleep(seconds)
    for watcher in lazy:
        watcher.reads.set()
    return f"{len(lazy)} of them for {seconds:.1f} s"


# Clocks

if can_jump():

    @fault("clock jumps", "clock")
    async def jump(campaign: "Campaign", rng: random.Random) -> str:
        """Of web, watercooler and relay at once, as when a machine's clock is set."""
        offset = rng.choice([-7200, -60, -5, 5, 60, 7200])
        seconds = some_seconds(campaign, rng)
        campaign.town.jump(offset)
        await asyncio.sleep(seconds)
        campaign.town.jump(0)
        return f"by {offset} s for {seconds:.1f} s"
