"""People's websockets on one board, in one process, noting when each event came to the last.

    WATERCOOLER_SECRET=... python -m benchmarks.watchers COUNT PORT CHANNELS PREFIX SINCE PROGRESS

Each socket is a person of their own, with a ticket signed here. CHANNELS are the ticket's, parted
by commas; SINCE is the JSON object of positions to resume from. PROGRESS is that of
``benchmarks.load``. Ends when its standard input closes, and prints ``{ts: [first, last, count]}``:
for the events recorded at ``ts`` (ms since 1970), when the first and the last socket had them (in
the same unit), and how many did.
"""

import json
import mmap
import os
import re
import sys
from pathlib import Path

from benchmarks.load import Load, upgrade
from realtime.signatures import KeyRing
from realtime.tickets import issue_ticket

EVENT_TS = re.compile(rb'"ts":(\d+),')


class Watchers(Load):
    """A load that looks at every event of every connection."""

    def __init__(self, progress: mmap.mmap) -> None:
        super().__init__(progress, sampled=1)
        self.arrivals: dict[int, list[float]] = {}

    def _sample(self, data: bytes) -> None:
        at_ms = self.last_at * 1000
        for found in EVENT_TS.finditer(data):
            seen = self.arrivals.setdefault(int(found[1]), [at_ms, at_ms, 0])
            seen[1] = at_ms
            seen[2] += 1


def requests(count: int, port: int, channels: tuple[str, ...], prefix: str) -> list[bytes]:
    """The handshakes of ``count`` members of the project."""
    keys = KeyRing.from_text(os.environ["WATERCOOLER_SECRET"], prefix=prefix)
    tickets = [
        issue_ticket(
            keys,
            username=f"watcher-{number}",
            full_name=f"Watcher {number}",
            role="member",
            channels=channels,
        )
        for number in range(count)
    ]
    path = f"/socket/{channels[0]}?channel="
    return [upgrade(port, path + ticket, "watercooler.v1") for ticket in tickets]


def main(count: int, port: int, channels: str, prefix: str, since: str, progress: str) -> None:
    with Path(progress).open("r+b") as file:
        watchers = Watchers(mmap.mmap(file.fileno(), 24))
    first = json.dumps({"action": "resume", "since": json.loads(since)})
    watchers.connect(
        port, requests(count, port, tuple(channels.split(",")), prefix), first.encode()
    )
    watchers.run()
    print(json.dumps(watchers.arrivals))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
