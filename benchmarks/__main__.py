"""``make bench``: every benchmark in one run, one after the other.

``python -m benchmarks [PART ...]`` prints what the parts print, and leaves all figures in
``var/bench.json``; ``python -m benchmarks.report var/bench.json`` makes the tables and graphs of
docs/performance.md of them. Without names all parts run.
"""

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import results
from scrum.environment import ROOT
from tests.chromium import on_path

PARTS = ("api", "growth", "moves", "fanout", "paint", "browser", "vitals")
IN_BROWSER = ("paint", "browser", "vitals")


def run(part: str, target: Path) -> bool:
    """Run one part to its end; what it prints is shown, and kept. False if it fails."""
    print(f"\n=== {part}", flush=True)
    if part in IN_BROWSER and not on_path():
        print("There is no Chromium: left out.")
        return True
    started = time.monotonic()
    command = [sys.executable, "-m", f"benchmarks.{part}"]
    environment = {**os.environ, "BENCH_RESULTS": str(target)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        printed = []
        for line in process.stdout:
            printed.append(line)
            print(line, end="", flush=True)
    took = time.monotonic() - started
    print(f"=== {part}: {'done' if process.returncode == 0 else 'FAILED'} in {took:.0f} s")
    keep(target, part, "".join(printed))
    return process.returncode == 0


def keep(target: Path, part: str, printed: str) -> None:
    os.environ["BENCH_RESULTS"] = str(target)
    texts = results.load(target).get("printed", {})
    results.record("printed", {**texts, part: printed})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench.json")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    options.out.parent.mkdir(exist_ok=True)
    start(options.out, is_whole=not options.parts)
    failed = [part for part in options.parts or PARTS if not run(part, options.out)]
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


def start(target: Path, *, is_whole: bool) -> None:
    """Note where and when; a run of some parts replaces theirs in an earlier whole run."""
    if is_whole:
        target.unlink(missing_ok=True)
    os.environ["BENCH_RESULTS"] = str(target)
    results.record("machine", results.machine())
    results.record("date", datetime.now(UTC).date().isoformat())


if __name__ == "__main__":
    main()
