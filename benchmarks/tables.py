"""The tables of docs/performance.md, each from what its part has recorded."""

import textwrap
from collections.abc import Callable, Iterable
from typing import Any

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


def number(value: float) -> str:
    """Three digits that matter, with commas."""
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


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
    **{f"printed/{part}": printed(part) for part in ("api", "moves", "browser", "vitals")},
}
