"""A clock that tests can set: the time of day of processes, their own, jumps as they are told.

It takes a C compiler and Linux's dynamic linker; where they are missing, clocks do not jump.
(Debian's libfaketime breaks Python's ``sleep`` when it leaves the monotonic clock alone.)
"""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")


def can_jump() -> bool:
    return sys.platform == "linux" and compiler() is not None


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


class Clock:
    """The time of day as the processes started with ``variables`` see it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._library = folder / "clock.so"
        self._file.write_bytes(struct.pack("=q", 0))
        command = compiler()
        if can_jump() and command:
            subprocess.run(
                [command, "-shared", "-fPIC", "-O2", "-o", self._library, SOURCE, "-ldl"],
                check=True,
            )

    def variables(self) -> dict[str, str]:
        """What a process must find in its environment."""
        if not self._library.exists():
            return {}
        return {"LD_PRELOAD": str(self._library), "CLOCK_FILE": str(self._file)}

    def set_off(self, seconds: int) -> None:
        """Let it show so many seconds more than the true time."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", seconds))
