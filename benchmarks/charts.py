"""The graphs of docs/performance.md, each from what its part has recorded."""

from collections.abc import Callable

from benchmarks import graphs
from benchmarks.tables import OURS, Figures, number


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
