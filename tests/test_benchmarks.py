"""The benchmarks run, in small, and count right; their page shows what was measured.

Those with a browser are in tests/e2e/test_benchmarks.py.
"""

import mmap
import random
import socket
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import LazySettings

from benchmarks import __main__ as bench
from benchmarks import api, contenders, fanout, graphs, growth, moves, report, results, vitals
from benchmarks.load import PONG, Load
from board import demo
from realtime.fanout import text_frame
from tests.e2e.people import Api
from tests.stack import Stack

SVG = "{http://www.w3.org/2000/svg}"

# The load client


def feed(stream: bytes, cuts: list[int]) -> tuple[Load, tuple[int, ...], socket.socket]:
    """Let a load read ``stream`` in pieces that end at ``cuts``."""
    progress = mmap.mmap(-1, 24)
    load = Load(progress)
    server, client = socket.socketpair()
    load._sockets[client.fileno()] = client
    load._sampled.add(client.fileno())
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        server.sendall(stream[start:end])
        if end > start:
            load._read(client.fileno())
    load._report()
    return load, struct.unpack("<QQQ", progress), server


@pytest.mark.parametrize("seed", range(30))
def test_every_event_is_counted_once_wherever_readings_end(seed: int) -> None:
    dice = random.Random(seed)
    events = [b'{"ts":0,"body":{}}'] * 3 + [b'{"id":1,"ts":1795178432941661089,"body":{}}'] * 7
    stream = text_frame(b"\n".join(events[:6])) + b"".join(map(text_frame, events[6:]))
    cuts = sorted(dice.sample(range(1, len(stream)), dice.randrange(40)))
    _, (connections, deliveries, warm), server = feed(stream, cuts)
    server.close()
    assert (connections, deliveries, warm) == (1, 7, 3)


def test_pings_are_answered() -> None:
    load, _, server = feed(b"\x89\x00", [])
    assert server.recv(100) == PONG
    assert load.deliveries == 0


def test_closed_connection_is_an_error() -> None:
    load, _, server = feed(b"", [])
    server.close()
    with pytest.raises(ConnectionError):
        load._read(next(iter(load._sockets)))


# Each benchmark, in small


@pytest.mark.parametrize("system", [contenders.watercooler(), contenders.plain_tornado()])
def test_fan_out_reaches_every_subscriber(
    system: contenders.System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "SETTLE_SECONDS", 0)
    scenario = fanout.Scenario("small", "", events=5, in_flight=2)
    # All deliveries are waited for.
    assert fanout.measure(system, scenario, subscribers=200).deliveries_per_second > 0


@pytest.mark.django_db
def test_api_is_measured_beside_plain_views(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROOT_URLCONF = "benchmarks.plain_urls"
    monkeypatch.setattr(api, "ROUNDS", 2)
    demo.seed_demo_team()
    took = api.measure()
    assert {name for pair in api.PAIRS for name in pair} <= set(took)


@pytest.mark.django_db
def test_growth_is_measured_from_small_to_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "ROUNDS", 2)
    monkeypatch.setattr(growth, "SIZES", (10, 30))
    demo.seed_demo_team()
    small, large = growth.grow().values()
    assert {name: cost["queries"] for name, cost in small.items()} == {
        name: cost["queries"] for name, cost in large.items()
    }


def test_several_people_move_cards(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(moves, "CLIENTS", 2)
    monkeypatch.setattr(moves, "MOVES_PER_CLIENT", 2)
    ana = Api(stack, "ana")
    sprint = ana.new_sprint()
    for number in range(4):
        ana.new_task(f"Task {number}", sprint)
    moves.measure(stack, sprint["id"])
    assert "0 of 4 failed" in capsys.readouterr().out


# Figures of pages


def test_only_what_is_beyond_50_ms_after_the_first_paint_blocks() -> None:
    tasks = [
        {"startTime": 0, "duration": 90},
        {"startTime": 80, "duration": 120},
        {"startTime": 300, "duration": 51},
    ]
    assert vitals.blocked(tasks, since=100) == (200 - 100 - 50) + 1


@pytest.mark.parametrize(
    ("moments", "worst"),
    [
        ([], 0),
        ([0, 500, 1499], 0.3),
        ([0, 999, 1999], 0.2),
        ([0, 900, 1800, 2700, 3600, 4500, 5000], 0.6),
    ],
)
def test_layout_shift_is_that_of_the_worst_burst(moments: list[int], worst: float) -> None:
    entries = [{"startTime": at, "value": 0.1, "hadRecentInput": False} for at in moments]
    caused = {"startTime": 100, "value": 1.0, "hadRecentInput": True}
    assert vitals.shift([*entries, caused]) == pytest.approx(worst)


def test_figures_beyond_their_bounds_are_marked() -> None:
    found = vitals.Vitals(first_paint=1200, largest_paint=2501, blocked=200, shift=0.101)
    assert vitals.figures(found) == ["1,200 ms ", "2,501 ms!", "200 ms ", "0.101!"]


# The page


def test_page_shows_what_was_measured() -> None:
    kept = results.load(report.KEPT)
    text = report.PAGE.read_text()
    assert report.page(text, kept) == text, "Run python -m benchmarks.report"
    for path, drawn in report.images(kept).items():
        assert path.read_text() == drawn, path


def test_parts_add_to_the_results_of_a_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BENCH_RESULTS", str(tmp_path / "bench.json"))
    results.record("one", {"ms": 1.5})
    results.record("two", results.machine())
    kept = results.load(tmp_path / "bench.json")
    assert kept["one"] == {"ms": 1.5}
    assert kept["two"]["cores"] > 0


def test_a_part_that_fails_is_told(tmp_path: Path) -> None:
    assert not bench.run("no_such_part", tmp_path / "bench.json")


def test_labels_of_lines_keep_apart_and_names_are_escaped() -> None:
    ys = {"reads & writes": [1.0, 10.0], "writes": [1.0, 10.1]}
    drawn = graphs.lines("a < b", [10, 100], ys, x_name="x", unit="ms")
    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own
    places = {text.text: float(text.get("y", "0")) for text in root.iter(f"{SVG}text")}
    assert abs(places["reads & writes"] - places["writes"]) >= 16
    assert root.get("aria-label") == "a < b"
