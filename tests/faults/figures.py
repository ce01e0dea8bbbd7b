"""What a campaign came to, as numbers and as a page of text."""

import statistics
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Figures:
    """What a campaign came to."""

    seed: int
    databases: list[str] = field(default_factory=list)
    seconds: float = 0.0
    watchers: int = 0
    changes: int = 0
    events: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    breaches: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    mismatches: int = 0
    comparisons: int = 0
    agreed_seconds: list[float] = field(default_factory=list)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.seed,
            self.databases + other.databases,
            self.seconds + other.seconds,
            self.watchers + other.watchers,
            self.changes + other.changes,
            self.events + other.events,
            self.faults + other.faults,
            self.breaches + other.breaches,
            self.counts + other.counts,
            self.answers + other.answers,
            self.mismatches + other.mismatches,
            self.comparisons + other.comparisons,
            self.agreed_seconds + other.agreed_seconds,
        )

    def text(self) -> str:
        times = self.agreed_seconds or [0.0]
        rows = [
            ("databases", ", ".join(self.databases)),
            ("minutes", f"{self.seconds / 60:.1f}"),
            ("changes", f"{self.changes:,}"),
            ("events received by watchers", f"{self.events:,}"),
            ("faults", f"{self.faults.total():,}"),
            ("watchers", f"{self.watchers}"),
            ("comparisons with the database", f"{self.comparisons:,}"),
            ("watchers that differed", f"{self.mismatches}"),
            ("duplicates", f"{self.breaches['duplicate']}"),
            ("out of order", f"{self.breaches['disorder']}"),
            ("lost without a resync", f"{self.breaches['loss']}"),
            ("resyncs", f"{self.counts['resyncs']:,}"),
            ("reconnects", f"{self.counts['connections'] - self.watchers:,}"),
            ("writes repeated", f"{self.repeated:,}"),
            (
                "until all agreed",
                f"median {statistics.median(times):.1f} s, longest {max(times):.1f} s",
            ),
        ]
        width = max(len(name) for name, _ in rows)
        lines = [f"{name:<{width}}  {value}" for name, value in rows]
        lines += ["", "faults by kind"]
        lines += [f"  {name:<42}{count:>5}" for name, count in sorted(self.faults.items())]
        lines += ["", "reasons of resyncs and codes of closed connections"]
        lines += [
            f"  {name:<42}{count:>5}"
            for name, count in sorted(self.counts.items())
            if name.startswith(("resync:", "closed"))
        ]
        lines += ["", "answers to writers"]
        lines += [f"  {name:<42}{count:>5}" for name, count in sorted(self.answers.items())]
        return "\n".join(lines)

    @property
    def repeated(self) -> int:
        return sum(
            count
            for name, count in self.answers.items()
            if name == "unanswered" or name.startswith("answered 5")
        )
