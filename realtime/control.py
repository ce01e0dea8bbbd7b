"""The channel between servers: people who lost their rights, channels that began a new epoch.

Its events are safe to apply twice and in any order, so nothing is held back: whatever arrives
counts at once, and what was missed is read later.
"""

from collections.abc import Callable
from typing import Any

import orjson

from realtime.envelope import Event, Position
from realtime.errors import BadMessage
from realtime.follower import Surroundings
from realtime.names import CONTROL
from realtime.revocations import Revocation, read_revocation
from realtime.sequence import Reading
from realtime.tickets import now_ms
from realtime.timing import CONTROL_HISTORY_MS


class Control:
    """Follows ``control`` from 35 minutes back, and passes on what its events mean."""

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        on_revocation: Callable[[Revocation], None],
        on_epoch: Callable[[str], None],
    ) -> None:
        self._around = surroundings
        self._on_revocation = on_revocation
        self._on_epoch = on_epoch
        self._position: Position | None = None
        self._is_behind = False

    @property
    def is_troubled(self) -> bool:
        return self._position is None or self._is_behind

    def subscribed(self) -> None:
        self._around.request_reading(CONTROL)

    def offer(self, event: Event) -> None:
        self._apply(event)
        here = self._position
        if here and (event.epoch, event.seq, event.prev) == (here.epoch, here.seq + 1, here.change):
            self._position = Position(event.epoch, event.seq, event.change)
        elif here is None or event.epoch != here.epoch or event.seq > here.seq:
            self._is_behind = True
            self._around.request_reading(CONTROL)

    def reading_starts(self) -> int | None:
        return self._position.seq if self._position else 0

    def take_reading(self, reading: Reading) -> None:
        if reading.top is None:
            self._is_behind = True
            self._around.request_warming(CONTROL)
            return
        if self._position and self._position.epoch != reading.top.epoch and reading.after:
            # Read from the beginning: what was skipped may be of the new epoch.
            self._position = None
            return
        for event in reading.events:
            self._apply(event)
        self._position = reading.top
        self._is_behind = False
        if reading.events and reading.events[-1].seq < reading.top.seq:
            # One reading is bounded; the rest is read from where it ended.
            last = reading.events[-1]
            self._position = Position(last.epoch, last.seq, last.change)
            self._around.request_reading(CONTROL)

    def tick(self) -> None:
        self._around.request_reading(CONTROL)

    def _apply(self, event: Event) -> None:
        if event.ts < now_ms() - CONTROL_HISTORY_MS:
            return
        try:
            self._pass_on(event, orjson.loads(event.line))
        except (BadMessage, KeyError):
            self._around.metrics.bad_signatures.inc()

    def _pass_on(self, event: Event, fields: dict[str, Any]) -> None:
        match fields["model"], fields["action"]:
            case "access", "revoke":
                revocation = read_revocation(fields["body"], epoch=event.epoch, seq=event.seq)
                self._on_revocation(revocation)
            case "channel", "epoch":
                self._on_epoch(str(fields["id"]))
