"""Look for known vulnerabilities in what the product is made of: ``python -m tests.audit``.

The lists are on the network. Where they cannot be reached that is said, and is no failure; a
vulnerability that has a fix is one.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# What only builds and checks the product reaches nobody who uses it, so it is left out.
PYTHON = [
    *("pip-audit", "--requirement", "requirements/base.txt", "--require-hashes", "--disable-pip"),
    *("--format", "json", "--progress-spinner", "off"),
]
CLIENT = ["npm", "audit", "--omit=dev", "--json"]
PATIENCE_SECONDS = 120


def main() -> int:
    """Print what is known; returns 1 when something must be updated."""
    python, client = ask(PYTHON, ROOT), ask(CLIENT, ROOT / "client")
    found = [*in_python(python), *in_client(client)]
    for line in found:
        print(line)
    audited = [d for d in python.get("dependencies", ()) if "vulns" in d]
    if not audited:
        print("The Python packages could not be audited: their list was not reached.")
    if "vulnerabilities" not in client:
        print("The client's packages could not be audited: their list was not reached.")
    return 1 if found else 0


def ask(command: list[str], folder: Path) -> dict[str, Any]:
    """What an auditor answers; empty when it could not find out."""
    try:
        answer = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=PATIENCE_SECONDS
        )
        document = json.loads(answer.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}
    return document if isinstance(document, dict) else {}


def in_python(report: dict[str, Any]) -> Iterator[str]:
    for package in report.get("dependencies", ()):
        for hole in package.get("vulns", ()):
            if hole["fix_versions"]:
                versions = ", ".join(hole["fix_versions"])
                yield f"{package['name']} {package['version']}: {hole['id']}, mended in {versions}"


def in_client(report: dict[str, Any]) -> Iterator[str]:
    for name, hole in report.get("vulnerabilities", {}).items():
        if hole["fixAvailable"]:
            yield f"{name} {hole['range']}: {hole['severity']}, npm audit tells more"


if __name__ == "__main__":
    sys.exit(main())
