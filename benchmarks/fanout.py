"""One event to many websockets: watercooler against what a team would otherwise write.

``python -m benchmarks.fanout`` measures, in one run, Sprintwall's watercooler, a plain Tornado
loop, ``ws`` on Node and Django Channels on uvicorn (in ``benchmarks/alternatives``; what they need
is installed into ``benchmarks/.cache``, and what cannot be installed is left out), then watercooler
with 10 to 10,000 subscribers. Servers run on the first CPU; subscribers, Redis and this program on
the second. Only the ratios of one run mean anything. watercooler's events are appended, signed and
checked as in production; its subscribers resume.
"""

import json
import mmap
import os
import resource
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from benchmarks.systems.watercooler import appender
from realtime.envelope import Position
from realtime.log import EventLog, connect
from realtime.signatures import KeyRing
from realtime.tickets import issue_ticket
from tests.servers import OwnRedis, wait_until
from tests.stack import free_ports

ROOT = Path(__file__).resolve().parent.parent
ALTERNATIVES = ROOT / "benchmarks" / "alternatives"
CACHE = ROOT / "benchmarks" / ".cache"
NODE_PACKAGES = ("ws@8", "ioredis@5")
CHANNELS_PACKAGES = ("channels~=4.3", "channels_redis~=4.3", "django~=5.2.0", "redis[hiredis]")
UVICORN_PACKAGES = ("uvicorn", "uvloop", "httptools", "websockets")

CHANNEL, EPOCH, PREFIX = "sprint.1", "bench", "bench"
SECRET = "bench:" + "b" * 48
SUBSCRIBERS = 1000
GROWTH = (10, 100, 1000, 10_000)
REPETITIONS = 3
PATIENCE_SECONDS = 120

Publish = Callable[[list[dict[str, Any]]], object]


@dataclass(frozen=True)
class System:
    """How to start a server, and how its subscribers and its publisher speak to it."""

    name: str
    command: Callable[[int, str], list[str]]
    publisher: Callable[[str], Publish]
    path: Callable[[], str] = lambda: "/"
    subprotocol: str = ""
    first_message: str = ""
    environment: Callable[[int, str], dict[str, str]] = lambda port, url: {}
    install: Callable[[], object] = lambda: None
    repetitions: int = REPETITIONS


@dataclass(frozen=True)
class Scenario:
    """Events a second (0: all of one transaction), or how many may be in flight."""

    name: str
    events: int
    per_second: float = 0.0
    in_flight: int = 0


NORMAL = Scenario("20 events/s", events=80, per_second=20)
SATURATED = Scenario("saturated", events=300, in_flight=16)
BURST = Scenario("200 in one transaction", events=200)


@dataclass(frozen=True)
class Result:
    """Times in milliseconds, CPU time of the server in microseconds per delivery."""

    deliveries_per_second: float
    p50_ms: float
    p99_ms: float
    span_ms: float
    cpu_us: float
    kib_per_connection: float
    load_cpu_seconds: float


# The systems


def watercooler() -> System:
    keys = KeyRing.from_text(SECRET, prefix=PREFIX)
    since = {CHANNEL: {"epoch": EPOCH, "seq": 0}}
    return System(
        "watercooler",
        lambda port, url: [sys.executable, "watercooler.py"],
        lambda url: append_to(_log(url, keys)),
        path=lambda: f"/socket/{CHANNEL}?channel={_ticket(keys)}",
        subprotocol="watercooler.v1",
        first_message=json.dumps({"action": "resume", "since": since}),
        environment=_watercooler_environment,
    )


def append_to(log: EventLog) -> Publish:
    """Publish through the product's own log: the events of one call as those of a transaction."""
    appender.prepare(log, CHANNEL, EPOCH)
    end = Position(EPOCH, 0, "")

    def publish(events: list[dict[str, Any]]) -> None:
        nonlocal end
        composed = []
        for event in events:
            composed.append(appender.compose(CHANNEL, end, event))
            end = Position(EPOCH, composed[-1].seq, composed[-1].change)
        log.append(CHANNEL, composed)

    return publish


def plain_tornado() -> System:
    return System(
        "plain Tornado loop",
        lambda port, url: [
            *(sys.executable, str(ALTERNATIVES / "plain_tornado.py")),
            *(str(port), url, CHANNEL),
        ],
        lambda url: _plain_publisher(url, CHANNEL, compact),
    )


def ws_on_node() -> System:
    folder = CACHE / "node"
    return System(
        "ws on Node",
        lambda port, url: [
            *("node", str(ALTERNATIVES / "ws_on_node.js")),
            *(str(port), url, CHANNEL),
        ],
        lambda url: _plain_publisher(url, CHANNEL, compact),
        environment=lambda port, url: {"NODE_PATH": str(folder / "node_modules")},
        install=lambda: _install_node(folder),
    )


def channels_on_uvicorn() -> System:
    folder = CACHE / "channels"
    return System(
        "Channels on uvicorn",
        lambda port, url: [
            *(str(folder / "bin" / "uvicorn"), "channels_app:application"),
            *("--app-dir", str(ALTERNATIVES), "--host", "127.0.0.1", "--port", str(port)),
            *("--log-level", "warning", "--ws-ping-interval", "100000"),
        ],
        lambda url: _plain_publisher(url, "bench__group__board", _as_group_message),
        environment=lambda port, url: {"REDIS_URL": url},
        install=lambda: _install_channels(folder),
        # A minute each.
        repetitions=1,
    )


def compact(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def make_event(number: int, *, is_warm: bool = False) -> dict[str, Any]:
    """A change of a task; ``ts`` is nanoseconds since 1970, 0 in warm-up events."""
    return {
        "ts": 0 if is_warm else time.time_ns(),
        "actor": {"name": "maria"},
        "task": {
            "id": 9000 + number % 97,
            "key": f"WEB-{9000 + number % 97}",
            "name": "Show the burndown of the current sprint on the board's bar",
            "sprint": 42,
            "status": 3,
            "status_display": "Testing",
            "order": 65536 * (number % 31),
            "assigned": "chloe",
            "points": 5,
            "started": "2026-11-02",
            "due": "2026-11-27",
            "links": {"self": "/api/tasks/9000/", "sprint": "/api/sprints/42/"},
        },
        "changes": [{"field": "status", "from": 2, "to": 3}],
    }


def _log(url: str, keys: KeyRing) -> EventLog:
    client = connect(url, connect_timeout_seconds=5, answer_timeout_seconds=60)
    client.flushall()
    return EventLog(client, prefix=PREFIX, keys=keys)


def _ticket(keys: KeyRing) -> str:
    channels = (CHANNEL, appender.PROJECT)
    return issue_ticket(keys, username="bench", full_name="Bench", role="member", channels=channels)


def _watercooler_environment(port: int, url: str) -> dict[str, str]:
    return {
        "REDIS_URL": url,
        "REDIS_PREFIX": PREFIX,
        "WATERCOOLER_PORT": str(port),
        "WATERCOOLER_SECRET": SECRET,
        "SOCKETS_PER_USER": "1000000",
        "ALLOWED_HOSTS": "127.0.0.1",
    }


def _plain_publisher(url: str, name: str, encode: Callable[[dict[str, Any]], bytes]) -> Publish:
    client = redis.Redis.from_url(url)

    def publish(events: list[dict[str, Any]]) -> None:
        with client.pipeline(transaction=False) as pipeline:
            for event in events:
                pipeline.publish(name, encode(event))
            pipeline.execute()

    return publish


def _as_group_message(event: dict[str, Any]) -> bytes:
    """What the Redis layer of Channels publishes for ``group_send``: a msgpack map of two texts."""
    pairs = (b"type", b"board.event"), (b"text", compact(event))
    return b"\x82" + b"".join(
        b"\xda" + len(text).to_bytes(2, "big") + text for pair in pairs for text in pair
    )


def _install_node(folder: Path) -> None:
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run("npm", "install", "--silent", "--no-audit", "--prefix", str(folder), *NODE_PACKAGES)


def _install_channels(folder: Path) -> None:
    if not (folder / "bin" / "uvicorn").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        packages = *CHANNELS_PACKAGES, *UVICORN_PACKAGES
        _run(str(folder / "bin" / "pip"), "install", "--quiet", *packages)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


# Measuring


def measure(system: System, scenario: Scenario, *, subscribers: int = SUBSCRIBERS) -> Result:
    """Start everything afresh, and run one scenario."""
    server_port, redis_port = free_ports(2)
    with tempfile.TemporaryDirectory() as folder, _redis(redis_port) as url:
        publish = system.publisher(url)
        progress = Path(folder) / "progress"
        progress.write_bytes(bytes(24))
        with _server(system, server_port, url) as server:
            idle_kib = _memory_kib(server.pid)
            with _load(system, server_port, subscribers, progress) as (load, counters):
                _wait(lambda: counters()[0] == subscribers)
                _warm_up(publish, counters, subscribers)
                grown_kib = _memory_kib(server.pid) - idle_kib
                cpu, began = _cpu_seconds(server.pid), time.time()
                _publish(publish, scenario, counters, subscribers)
                _wait(lambda: counters()[1] == subscribers * scenario.events)
                cpu = _cpu_seconds(server.pid) - cpu
                numbers = json.loads(load.communicate()[0])
    deliveries = numbers["deliveries"]
    cuts = statistics.quantiles(numbers["latencies_ms"], n=100)
    return Result(
        deliveries_per_second=deliveries / max(numbers["seconds"], 1e-6),
        p50_ms=cuts[49],
        p99_ms=cuts[98],
        span_ms=(numbers["last_at"] - began) * 1000,
        cpu_us=cpu * 1e6 / deliveries,
        kib_per_connection=grown_kib / subscribers,
        load_cpu_seconds=numbers["cpu_seconds"],
    )


def measure_processes(count: int) -> float:
    """Return the deliveries a second of ``count`` watercooler processes with one core each.

    The subscribers are shared out, and those of a process run on its core; Redis and the publisher
    take their time from the same cores.
    """
    redis_port, *ports = free_ports(1 + count)
    cpus = _cpus()[:count]
    os.sched_setaffinity(0, cpus)
    system, subscribers = watercooler(), SUBSCRIBERS // count
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = stack.enter_context(_redis(redis_port))
        publish = system.publisher(url)
        loads = []
        for cpu, port in zip(cpus, ports, strict=True):
            progress = Path(folder) / f"progress-{port}"
            progress.write_bytes(bytes(24))
            stack.enter_context(_server(system, port, url, cpu=cpu))
            loads.append(stack.enter_context(_load(system, port, subscribers, progress, cpu=cpu)))

        def counters() -> tuple[int, ...]:
            return tuple(map(sum, zip(*(counters() for _, counters in loads), strict=True)))

        everybody = subscribers * count
        _wait(lambda: counters()[0] == everybody)
        _warm_up(publish, counters, everybody)
        began = time.time()
        _publish(publish, SATURATED, counters, everybody)
        _wait(lambda: counters()[1] == everybody * SATURATED.events)
        last_at = max(json.loads(load.communicate()[0])["last_at"] for load, _ in loads)
    return everybody * SATURATED.events / float(last_at - began)


def _publish(
    publish: Publish, scenario: Scenario, counters: Callable[[], tuple[int, ...]], subscribers: int
) -> None:
    if not (scenario.per_second or scenario.in_flight):
        publish([make_event(number) for number in range(scenario.events)])
        return
    began = time.time()
    for number in range(scenario.events):
        if scenario.per_second:
            time.sleep(max(0.0, began + number / scenario.per_second - time.time()))
        while scenario.in_flight and number - counters()[1] // subscribers >= scenario.in_flight:
            time.sleep(0.0003)
        publish([make_event(number)])


def _warm_up(publish: Publish, counters: Callable[[], tuple[int, ...]], subscribers: int) -> None:
    for number in range(max(3, 20_000 // subscribers)):
        publish([make_event(number, is_warm=True)])
        _wait(lambda number=number: counters()[2] >= subscribers * (number + 1))  # type: ignore[misc]
    time.sleep(0.5)


def _wait(condition: Callable[[], bool]) -> None:
    wait_until(condition, seconds=PATIENCE_SECONDS)


@contextmanager
def _redis(port: int) -> Iterator[str]:
    server = OwnRedis(None, "--port", str(port), "--client-output-buffer-limit", "pubsub 0 0 0")
    server.start()
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.close()


@contextmanager
def _server(
    system: System, port: int, url: str, *, cpu: int | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, **system.environment(port, url)}
    process = subprocess.Popen(
        system.command(port, url), cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    os.sched_setaffinity(process.pid, {_cpus()[0] if cpu is None else cpu})
    try:
        wait_until(lambda: _listens(port))
        time.sleep(1)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextmanager
def _load(
    system: System, port: int, subscribers: int, progress: Path, *, cpu: int | None = None
) -> Iterator[tuple["subprocess.Popen[bytes]", Callable[[], tuple[int, ...]]]]:
    with progress.open("r+b") as file:
        counters = mmap.mmap(file.fileno(), 24)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.load", str(subscribers), str(port), system.path()),
            *(system.subprotocol, system.first_message, str(progress)),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, {_cpus()[-1] if cpu is None else cpu})
    try:
        yield process, lambda: struct.unpack("<QQQ", counters)
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _cpus() -> list[int]:
    return sorted(_ALL_CPUS)


_ALL_CPUS = os.sched_getaffinity(0)


def _cpu_seconds(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(ticks[0]) / 1e9


def _memory_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


# Printing


def medians(results: list[Result]) -> Result:
    names = Result.__dataclass_fields__
    return Result(**{name: statistics.median(getattr(r, name) for r in results) for name in names})


def compare(systems: list[System]) -> None:
    """Print each scenario as a table, with ratios to watercooler."""
    for scenario in (NORMAL, SATURATED, BURST):
        found: dict[str, list[Result]] = {system.name: [] for system in systems}
        for repetition in range(REPETITIONS):
            for system in systems:
                if repetition < system.repetitions:
                    found[system.name].append(measure(system, scenario))
        print(f"\n{scenario.name}, {SUBSCRIBERS:,} subscribers")
        ours = medians(found[systems[0].name])
        for name, results in found.items():
            print(f"  {name:<22}{_line(scenario, medians(results), ours)}", flush=True)


def _line(scenario: Scenario, one: Result, ours: Result) -> str:
    cpu = f"   CPU {one.cpu_us:6.1f} us/delivery ({one.cpu_us / ours.cpu_us:.1f}x)"
    if scenario is SATURATED:
        ratio = ours.deliveries_per_second / one.deliveries_per_second
        return f"{one.deliveries_per_second:11,.0f} deliveries/s (1/{ratio:.1f}){cpu}"
    if scenario is BURST:
        return f"last after {one.span_ms:8,.0f} ms ({one.span_ms / ours.span_ms:.1f}x){cpu}"
    return (
        f"p50 {one.p50_ms:8,.1f} ms ({one.p50_ms / ours.p50_ms:.1f}x)"
        f"   p99 {one.p99_ms:8,.1f} ms ({one.p99_ms / ours.p99_ms:.1f}x){cpu}"
    )


def grow() -> None:
    """Print how watercooler does with more and more subscribers."""
    print("\nwatercooler, 20,000 deliveries a second at most")
    for subscribers in GROWTH:
        scenario = Scenario("growth", events=40, per_second=min(20.0, 20_000 / subscribers))
        one = measure(watercooler(), scenario, subscribers=subscribers)
        print(
            f"  {subscribers:>6,} subscribers   p50 {one.p50_ms:7.1f} ms   p99 {one.p99_ms:7.1f} ms"
            f"   CPU {one.cpu_us:5.1f} us/delivery   {one.kib_per_connection:5.1f} KiB/connection",
            flush=True,
        )


def scale() -> None:
    """Print what a second process on a second core gains."""
    one, two = (
        statistics.median(measure_processes(count) for _ in range(REPETITIONS)) for count in (1, 2)
    )
    print(f"\nTwo processes on two cores, subscribers included: {two / one:.2f} times one on one")


def available(systems: list[System]) -> Iterator[System]:
    for system in systems:
        try:
            system.install()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{system.name} is left out: {error}")
        else:
            yield system


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.sched_setaffinity(0, {_cpus()[-1]})
    alternatives = [plain_tornado(), ws_on_node(), channels_on_uvicorn()]
    compare([watercooler(), *available(alternatives)])
    grow()
    if len(_cpus()) > 1:
        scale()


if __name__ == "__main__":
    main()
