"""Writes the ignored ``.env``: secrets and defaults of this checkout, readable by its owner only.

The lines are ``export NAME=value``. A shell can source them, and honcho, which would let the file
win over the environment, skips them; ``scrum.environment`` reads them.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from scrum.environment import EnvironmentRefused


def write_variables(path: Path, values: Mapping[str, str]) -> None:
    """Set ``values`` in ``path`` and keep its other lines; the file is replaced in one step.

    Raises ``EnvironmentRefused`` when the file cannot be written.
    """
    try:
        kept = path.read_text().splitlines() if path.exists() else []
        lines = [line for line in kept if variable_name(line) not in values]
        lines += [f"export {name}={value}" for name, value in values.items()]
        _replace(path, "\n".join(lines) + "\n")
    except OSError as error:
        raise EnvironmentRefused(f"{path} cannot be written: {error.strerror}.") from error


def variable_name(line: str) -> str | None:
    """The variable that a line of the file sets, or None."""
    match = re.match(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=", line)
    return match[1] if match else None


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        # Nobody else may read the secrets at any moment, so the mode is set at creation.
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
