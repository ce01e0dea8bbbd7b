"""Where benchmarks leave their figures, and what they were measured on.

``make bench`` names a JSON file in ``BENCH_RESULTS``; each part adds its own member to it. A part
that is run by itself only prints.
"""

import json
import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.servers import redis_executables, version_of

PACKAGES = ("django", "djangorestframework", "tornado", "redis", "hiredis", "playwright")


def record(part: str, figures: Any) -> None:
    """Keep the figures of a part (anything that JSON can hold) under its name."""
    if target := os.environ.get("BENCH_RESULTS"):
        results = load(Path(target))
        Path(target).write_text(json.dumps({**results, part: figures}, indent=1) + "\n")


def load(path: Path) -> dict[str, Any]:
    """All that has been recorded in a file; nothing yet where there is none."""
    return dict(json.loads(path.read_text())) if path.exists() else {}


def machine() -> dict[str, Any]:
    """Processor, cores that this process may use, system, and versions of what takes part."""
    packages = {name: version(name) for name in PACKAGES}
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "versions": {
            "python": platform.python_version(),
            "redis server": version_of(redis_executables()[0]).partition("-")[2],
            "node": _said_by("node", "--version").lstrip("v"),
            **packages,
        },
    }


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _said_by(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""
