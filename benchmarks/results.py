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

from tests.chromium import on_path
from tests.servers import redis_executables, version_of

# By the names that people know: where packages are installed from, some are called otherwise.
PACKAGES = {
    "Django": "django",
    "Django REST framework": "djangorestframework",
    "Tornado": "tornado",
    "redis-py": "redis",
    "hiredis": "hiredis",
}


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
    packages = {name: version(distribution) for name, distribution in PACKAGES.items()}
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "versions": {
            "Python": platform.python_version(),
            "Redis": version_of(redis_executables()[0]).partition("-")[2],
            "Node": _said_by("node", "--version"),
            "Chromium": _said_by(on_path() or "", "--version"),
            **packages,
        },
    }


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _said_by(*command: str) -> str:
    """The version in what a program says of itself; "" where there is none."""
    try:
        said = subprocess.run(command, capture_output=True, text=True).stdout
    except OSError:
        return ""
    found = re.search(r"\d+(?:\.\d+)+", said)
    return found[0] if found else ""
