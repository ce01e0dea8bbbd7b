"""One event to many websockets: watercooler against what a team would otherwise write.

``python -m benchmarks.fanout`` measures, in one run, Sprintwall's watercooler, a plain Tornado
loop, ``ws`` on Node and Django Channels on uvicorn (what cannot be installed is left out), then
watercooler with 10 to 10,000 subscribers, and two processes against one. Servers run on the first
CPU; subscribers, Redis and this program on the second. Only the ratios of one run mean anything.
watercooler's events are appended, signed and checked as in production; its subscribers resume.
"""

import json
import mmap
import os
import resource
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.contenders import (
    Publish,
    System,
    channels_on_uvicorn,
    make_event,
    plain_tornado,
    versions,
    watercooler,
    ws_on_node,
)
from scrum.environment import ROOT
from tests.servers import OwnRedis, wait_until
from tests.stack import free_ports

SUBSCRIBERS = 1000
GROWTH = (10, 100, 1000, 10_000)
REPETITIONS = 3
PATIENCE_SECONDS = 120
# Until a server that has just started or warmed up has nothing left to do.
SETTLE_SECONDS = 1.0


@dataclass(frozen=True)
class Scenario:
    """Events a second (0: all of one transaction), or how many may be in flight."""

    name: str
    title: str
    events: int
    per_second: float = 0.0
    in_flight: int = 0


NORMAL = Scenario("normal", "20 events a second", events=80, per_second=20)
SATURATED = Scenario("saturated", "saturated, 16 events in flight", events=300, in_flight=16)
BURST = Scenario("burst", "200 events of one transaction", events=200)


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
    time.sleep(SETTLE_SECONDS / 2)


def _wait(condition: Callable[[], bool]) -> None:
    wait_until(condition, seconds=PATIENCE_SECONDS)


@contextmanager
def _redis(port: int) -> Iterator[str]:
    unlimited = "--client-output-buffer-limit", "pubsub", "0", "0", "0"
    server = OwnRedis(None, "--port", str(port), *unlimited)
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
        system.command(port, url),
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.sched_setaffinity(process.pid, {_cpus()[0] if cpu is None else cpu})
    try:
        wait_until(lambda: _listens(port))
        time.sleep(SETTLE_SECONDS)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
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
    """CPU time of a program so far, with all threads and all processes that it started."""
    threads = [path for each in _tree(pid) for path in Path(f"/proc/{each}/task").iterdir()]
    return sum(int((path / "schedstat").read_text().split()[0]) for path in threads) / 1e9


def _memory_kib(pid: int) -> int:
    statuses = [Path(f"/proc/{each}/status").read_text() for each in _tree(pid)]
    return sum(int(status.split("VmRSS:")[1].split()[0]) for status in statuses)


def _tree(pid: int) -> list[int]:
    """A process and all below it: ``node`` may be a small program that starts the real one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _tree(int(child)))]


# Printing


def medians(results: list[Result]) -> Result:
    names = Result.__dataclass_fields__
    return Result(**{name: statistics.median(getattr(r, name) for r in results) for name in names})


def compare(systems: list[System], scenario: Scenario) -> dict[str, Result]:
    """Print a table of medians, with ratios to the first system; returns them by system."""
    runs: dict[str, list[Result]] = {system.name: [] for system in systems}
    for repetition in range(REPETITIONS):
        for system in systems:
            if repetition == 0 or not system.is_slow:
                runs[system.name] += finished(system, scenario)
    found = {name: medians(several) for name, several in runs.items() if several}
    print(f"\n{scenario.title}, {SUBSCRIBERS:,} subscribers")
    ours = found[systems[0].name]
    for name, one in found.items():
        print(f"  {name:<22}{_line(scenario, one, ours)}", flush=True)
    return found


def finished(system: System, scenario: Scenario) -> list[Result]:
    """Nothing from a system that did not deliver everything in time, or cut somebody off."""
    try:
        return [measure(system, scenario)]
    except (AssertionError, ValueError) as error:
        print(f"{system.name} did not come to an end: {error}", file=sys.stderr)
        return []


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


def grow() -> dict[int, Result]:
    """Print how watercooler does with more and more subscribers; returns it by their number."""
    print("\nwatercooler, 20,000 deliveries a second at most")
    found = {}
    for subscribers in GROWTH:
        per_second = min(20.0, 20_000 / subscribers)
        scenario = Scenario("growth", "", events=40, per_second=per_second)
        one = found[subscribers] = measure(watercooler(), scenario, subscribers=subscribers)
        print(
            f"  {subscribers:>6,} subscribers   p50 {one.p50_ms:7.1f} ms   p99 {one.p99_ms:7.1f} ms"
            f"   CPU {one.cpu_us:5.1f} us/delivery   {one.kib_per_connection:5.1f} KiB/connection",
            flush=True,
        )
    return found


def scale() -> float:
    """Print and return what a second process on a second core gains, as a ratio."""
    one, two = (
        statistics.median(measure_processes(count) for _ in range(REPETITIONS)) for count in (1, 2)
    )
    print(f"\nTwo processes on two cores, subscribers included: {two / one:.2f} times one on one")
    return two / one


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
    systems = [watercooler(), *available(alternatives)]
    found: dict[str, Any] = {"subscribers": SUBSCRIBERS}
    for scenario in (NORMAL, SATURATED, BURST):
        compared = compare(systems, scenario)
        found[scenario.name] = {name: asdict(one) for name, one in compared.items()}
    found["growth"] = {str(count): asdict(one) for count, one in grow().items()}
    if len(_cpus()) > 1:
        found["two processes"] = scale()
    results.record("fanout", {**found, "versions": versions()})


if __name__ == "__main__":
    main()
