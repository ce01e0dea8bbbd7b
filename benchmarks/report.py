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
from pathlib import Path

from benchmarks import results
from benchmarks.charts import GRAPHS
from benchmarks.tables import HARNESS_FIGURES, HARNESS_NAMES, TABLES, Figures
from scrum.environment import ROOT

PAGE = ROOT / "docs" / "performance.md"
KEPT = ROOT / "docs" / "performance.json"
IMAGES = ROOT / "docs" / "images"
BLOCK = re.compile(r"(<!-- bench:(\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


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
