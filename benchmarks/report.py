"""Tables and graphs of docs/performance.md, made of what ``make bench`` has measured.

    python -m benchmarks.report [var/bench.json] [--harness results.jsonl]

Takes over new figures into docs/performance.json, where all that the page shows is kept, and makes
the page's tables and graphs anew (between ``<!-- bench:PART/NAME -->`` and ``<!-- end -->``). Parts
that a run left out keep their figures; what was never measured stays empty. ``--harness`` names the
results of the fan-out harness with the load client in C, for which
``benchmarks/systems/watercooler`` is the plug-in.
"""

import argparse
import json
import re
import statistics
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks import graphs, results
from scrum.environment import ROOT

PAGE = ROOT / "docs" / "performance.md"
KEPT = ROOT / "docs" / "performance.json"
IMAGES = ROOT / "docs" / "images"
BLOCK = re.compile(r"(<!-- bench:(\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

Figures = dict[str, Any]

HARNESS_NAMES = {
    "c-limit-coalesce": "sends, packed",
    "watercooler": "watercooler",
    "nchan": "nchan",
    "node-ws": "ws on Node",
}
HARNESS_FIGURES = ("p50_ms", "p99_ms", "cpu_us", "per_s", "span_ms", "kib_per_conn")
PAINT_FIGURES = "median", "p99"
OURS = "watercooler"
SCENARIOS = "normal", "saturated", "burst"


# Text


def number(value: float) -> str:
    """Three digits that matter, with commas."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def ms(value: float) -> str:
    return f"{number(value)} ms"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Markdown; the row of watercooler is bold."""
    lines = [list(head), None, *map(list, rows)]
    return "".join(
        "| " + " | ".join(bold(cells) if cells[0] == OURS else cells) + " |\n"
        if cells
        else "| " + " | ".join(["---"] * len(lines[0] or [])) + " |\n"
        for cells in lines
    )


def bold(cells: list[str]) -> list[str]:
    return [f"**{cell}**" for cell in cells]


def times(value: float, base: float) -> str:
    return f"{number(value / base)} times"


# The tables, each from what its part has recorded


def machine(all_: Figures) -> str:
    found = all_["machine"]
    every = found["versions"] | all_.get("fanout", {}).get("versions", {})
    versions = ", ".join(f"{name} {text}" for name, text in every.items() if text)
    text = (
        f"`make bench` ran on {all_['date']}, on {found['cores']} cores of "
        f"{found['processor']} ({found['system']}), with {versions}."
    )
    return textwrap.fill(text, 100, break_on_hyphens=False) + "\n"


def harness_normal(all_: Figures) -> str:
    found = all_["harness"]["A"]
    head = "1,000 subscribers, 20 events a second", "p50", "p99", "CPU per delivery"
    return table(
        head,
        (
            (name, ms(one["p50_ms"]), ms(one["p99_ms"]), f"{number(one['cpu_us'])} us")
            for name, one in found.items()
        ),
    )


def harness_saturated(all_: Figures) -> str:
    found = all_["harness"]["B"]
    node = found["ws on Node"]["per_s"]
    return table(
        (
            "1,000 subscribers, as much as goes, 16 events in flight",
            *("deliveries a second", "to Node", "CPU per delivery"),
        ),
        (
            (
                *(name, number(one["per_s"]), number(one["per_s"] / node)),
                f"{number(one['cpu_us'])} us",
            )
            for name, one in found.items()
        ),
    )


def harness_large(all_: Figures) -> str:
    found = all_["harness"]["C"]
    head = "5,000 subscribers, 4 events a second", "p50", "p99", "memory per connection"
    return table(
        head,
        (
            (name, ms(one["p50_ms"]), ms(one["p99_ms"]), _memory(one["kib_per_conn"]))
            for name, one in found.items()
        ),
    )


def harness_burst(all_: Figures) -> str:
    found = all_["harness"]["D"]
    node = found["ws on Node"]["span_ms"]
    return table(
        ("1,000 subscribers, 200 events at once", "last delivery", "to Node"),
        ((name, ms(one["span_ms"]), number(one["span_ms"] / node)) for name, one in found.items()),
    )


def fanout(all_: Figures) -> str:
    """Every scenario of ``make bench``, the alternatives as ratios to watercooler."""
    found = all_["fanout"]
    head = (
        f"{found['subscribers']:,} subscribers",
        "20 events a second: p50, p99",
        "saturated: deliveries a second",
        "200 events at once: last delivery",
        "CPU per delivery, saturated",
    )
    names = dict.fromkeys(name for scenario in SCENARIOS for name in found[scenario])
    del names[OURS]
    return table(head, [_ours(found), *(_other(found, name) for name in names)])


def _ours(found: Figures) -> list[str]:
    normal, saturated, burst = (found[name][OURS] for name in SCENARIOS)
    return [
        OURS,
        f"{number(normal['p50_ms'])}, {ms(normal['p99_ms'])}",
        number(saturated["deliveries_per_second"]),
        ms(burst["span_ms"]),
        f"{number(saturated['cpu_us'])} us",
    ]


def _other(found: Figures, name: str) -> list[str]:
    """Ratios; "-" where the system did not come to an end."""

    def to_ours(scenario: str, figure: str) -> float:
        return float(found[scenario][name][figure] / found[scenario][OURS][figure])

    row = [name, "-", "-", "-", "-"]
    if name in found["normal"]:
        row[1] = (
            f"{number(to_ours('normal', 'p50_ms'))}, {number(to_ours('normal', 'p99_ms'))} times"
        )
    if name in found["saturated"]:
        row[2] = f"1/{number(1 / to_ours('saturated', 'deliveries_per_second'))}"
        row[4] = f"{number(to_ours('saturated', 'cpu_us'))} times"
    if name in found["burst"]:
        row[3] = f"{number(to_ours('burst', 'span_ms'))} times"
    return row


def subscribers(all_: Figures) -> str:
    found = {int(count): one for count, one in all_["fanout"]["growth"].items()}
    head = "watercooler with", "events a second", "p50", "p99", "CPU per delivery", "memory"
    rows = []
    for count, one in found.items():
        memory = _memory(one["kib_per_connection"]) if count >= 100 else "-"
        rate = number(min(20, 20_000 / count)).removesuffix(".0")
        cpu = f"{number(one['cpu_us'])} us"
        rows.append(
            (f"{count:,} subscribers", rate, ms(one["p50_ms"]), ms(one["p99_ms"]), cpu, memory)
        )
    return table(head, rows)


def two_processes(all_: Figures) -> str:
    return (
        f"In this run two processes on two cores made "
        f"{all_['fanout']['two processes']:.2f} times the deliveries of one on one.\n"
    )


def paint(all_: Figures) -> str:
    found = all_["paint"]
    boards = found["boards"]
    head = ["from the commit to"]
    for board in boards:
        head += [f"{board['cards']:,} cards: median", "p99"]
    rows = []
    for name, text in PAINT_STAGES.items():
        row = [text.format(**found)]
        for board in boards:
            row += [ms(board["stages"][name][figure]) for figure in PAINT_FIGURES]
        rows.append(row)
    return table(head, rows)


PAINT_STAGES = {
    "answer": "the answer that the writer has",
    "first socket": "the first of {sockets} sockets",
    "last socket": "the last of {sockets} sockets",
    "last browser's frame": "the frame in the last of {browsers} browsers",
    "last paint": "the card painted in the last of {browsers} browsers",
}


def tasks(all_: Figures) -> str:
    """Time and queries of each request, with the number of tasks growing."""
    found = {int(size): costs for size, costs in all_["growth"].items()}
    smallest, *_, biggest = found
    rows = []
    for name in found[smallest]:
        costs = [found[size][name] for size in found]
        counts = sorted({cost["queries"] for cost in costs})
        rows.append(
            [
                name,
                *(ms(cost["ms"]) for cost in costs),
                times(costs[-1]["ms"], costs[0]["ms"]),
                " to ".join(str(count) for count in {counts[0]: 0, counts[-1]: 0}),
            ]
        )
    head = ["", *(f"{size:,} tasks" for size in found)]
    return table([*head, f"{biggest:,} to {smallest:,}", "queries"], rows)


def printed(part: str) -> Callable[[Figures], str]:
    return lambda all_: f"```text\n{all_['printed'][part].strip()}\n```\n"


def _memory(kib: float) -> str:
    # The C programs keep next to nothing.
    return f"{number(kib)} KiB" if kib > 1 else "-"


# By the part that must have been measured, and a name.
TABLES: dict[str, Callable[[Figures], str]] = {
    "machine/versions": machine,
    "harness/normal": harness_normal,
    "harness/saturated": harness_saturated,
    "harness/large": harness_large,
    "harness/burst": harness_burst,
    "fanout/alternatives": fanout,
    "fanout/subscribers": subscribers,
    "fanout/two-processes": two_processes,
    "paint/stages": paint,
    "growth/tasks": tasks,
    **{f"printed/{part}": printed(part) for part in ("api", "moves", "browser")},
}


# The graphs


def harness_bars(all_: Figures, scenario: str, figure: str, title: str, unit: str) -> str:
    found = all_["harness"][scenario]
    return graphs.bars(
        title,
        [
            graphs.Bar(name, one[figure], f"{one[figure]:,.0f}{unit}", name == OURS)
            for name, one in found.items()
        ],
    )


def saturated_graph(all_: Figures) -> str:
    title = "Deliveries a second at saturation, 1,000 subscribers, one core"
    return harness_bars(all_, "B", "per_s", title, "")


def burst_graph(all_: Figures) -> str:
    title = "200 events at once to 1,000 subscribers: until the last has arrived"
    return harness_bars(all_, "D", "span_ms", title, " ms")


def alternatives_graph(all_: Figures) -> str:
    found = all_["fanout"]["saturated"]
    return graphs.bars(
        "Server CPU per delivery at saturation, 1,000 subscribers",
        [
            graphs.Bar(name, one["cpu_us"], f"{number(one['cpu_us'])} us", name == OURS)
            for name, one in found.items()
        ],
    )


def subscribers_graph(all_: Figures) -> str:
    found = all_["fanout"]["growth"]
    return graphs.lines(
        "From publishing to arrival, by the number of subscribers",
        [int(count) for count in found],
        {name: [one[f"{name}_ms"] for one in found.values()] for name in ("p50", "p99")},
        x_name="subscribers",
        unit="ms",
    )


def tasks_graph(all_: Figures) -> str:
    found = all_["growth"]
    return graphs.lines(
        "Time of a request, by the number of tasks on the board",
        [int(size) for size in found],
        {
            name: [costs[name]["ms"] for costs in found.values()]
            for name in next(iter(found.values()))
        },
        x_name="tasks",
        unit="ms",
    )


def paint_graph(all_: Figures) -> str:
    found = all_["paint"]
    rows = [
        graphs.Bar(
            f"{board['cards']:,} cards, {place}",
            board["stages"][stage]["median"],
            "{median:,.0f} ms, p99 {p99:,.0f} ms".format(**board["stages"][stage]),
            stage == "last paint",
        )
        for board in found["boards"]
        for place, stage in (("socket", "last socket"), ("painted", "last paint"))
    ]
    last = f"the last of {found['sockets']} sockets and {found['browsers']} browsers"
    return graphs.bars(f"From the commit to {last}, median", rows)


# By the part that must have been measured, and the name of the file.
GRAPHS: dict[str, Callable[[Figures], str]] = {
    "harness/fanout-saturated.svg": saturated_graph,
    "harness/fanout-burst.svg": burst_graph,
    "fanout/fanout-cpu.svg": alternatives_graph,
    "fanout/growth-subscribers.svg": subscribers_graph,
    "growth/growth-tasks.svg": tasks_graph,
    "paint/commit-to-paint.svg": paint_graph,
}


# Putting it together


def page(text: str, all_: Figures) -> str:
    """The page with those blocks made anew whose part has been measured."""

    def fill(block: re.Match[str]) -> str:
        name = block[2]
        if not has(all_, name):
            return block[0]
        made = link(name, all_) if name in GRAPHS else TABLES[name](all_)
        return block[1] + made + block[3]

    return BLOCK.sub(fill, text)


def link(name: str, all_: Figures) -> str:
    found = re.search('aria-label="([^"]+)"', GRAPHS[name](all_))
    assert found
    return f"![{found[1]}](images/{name.partition('/')[2]})\n"


def images(all_: Figures) -> dict[Path, str]:
    """The graphs whose part has been measured, by their files."""
    return {
        IMAGES / name.partition("/")[2]: draw(all_)
        for name, draw in GRAPHS.items()
        if has(all_, name)
    }


def has(all_: Figures, name: str) -> bool:
    part, _, detail = name.partition("/")
    return part in all_ and (part != "printed" or detail in all_[part])


def read_harness(path: Path) -> Figures:
    """Medians of the harness' runs, by scenario and system."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {
        scenario: {
            name: {
                figure: statistics.median(row[figure] for row in several)
                for figure in HARNESS_FIGURES
            }
            for system, name in HARNESS_NAMES.items()
            if (several := [r for r in rows if (r["scenario"], r["system"]) == (scenario, system)])
        }
        for scenario in "ABCD"
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("figures", nargs="?", type=Path)
    parser.add_argument("--harness", type=Path, metavar="RESULTS_JSONL")
    options = parser.parse_args()
    kept = results.load(KEPT)
    if options.figures:
        fresh = results.load(options.figures)
        texts = {**kept.get("printed", {}), **fresh.pop("printed", {})}
        kept |= {**fresh, "printed": texts}
    if options.harness:
        kept["harness"] = read_harness(options.harness)
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    PAGE.write_text(page(PAGE.read_text(), kept))
    for path, drawn in images(kept).items():
        path.write_text(drawn)


if __name__ == "__main__":
    main()
