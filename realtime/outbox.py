"""Hands a channel's events to its audience, in order, and packs those that come close together.

The first event leaves at once. What arrives while it is being written, or within the few
milliseconds after that, leaves in one frame. Events are never merged and never reordered.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from realtime.audience import Audience
from realtime.envelope import Event


class Outbox:
    """Between what is accepted and what is written.

    ``sent_seq`` is the last event handed to the audience, ``completed_seq`` the last one that every
    live connection has been written; in between, a fan-out is under way. ``on_pass`` is called at
    the end of each fan-out.
    """

    def __init__(
        self,
        audience: Audience,
        *,
        most_bytes: int,
        coalesce_seconds: float,
        on_pass: Callable[[], None],
    ) -> None:
        self._audience = audience
        self._most_bytes = most_bytes
        self._coalesce_seconds = coalesce_seconds
        self._on_pass = on_pass
        self.restart(0)

    def restart(self, seq: int) -> None:
        """Forget what waits, and go on after ``seq``; the end of a fan-out under way is ignored."""
        self._waiting: list[Event] = []
        self._round = object()
        self._is_busy = False
        self.sent_seq = self.completed_seq = seq

    def send(self, events: Iterable[Event]) -> None:
        """Send events that follow those before; at once unless a fan-out is under way."""
        self._waiting.extend(events)
        if self._waiting and not self._is_busy:
            self._start()

    def _start(self) -> None:
        batch = next(chunks(self._waiting, self._most_bytes))
        del self._waiting[: len(batch)]
        self._is_busy = True
        self.sent_seq = batch[-1].seq
        current, seq = self._round, batch[-1].seq
        self._audience.broadcast(batch, on_done=lambda: self._end(current, seq))

    def _end(self, ended: object, seq: int) -> None:
        if ended is not self._round:
            return
        self.completed_seq = seq
        if self._waiting:
            self._start()
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(self._coalesce_seconds, self._end_pause, ended)
        self._on_pass()

    def _end_pause(self, ended: object) -> None:
        if ended is not self._round:
            return
        self._is_busy = False
        self.send([])


def chunks(events: Iterable[Event], most_bytes: int) -> Iterator[list[Event]]:
    """Cut into runs of at most ``most_bytes``, each of at least one event."""
    chunk: list[Event] = []
    size = 0
    for event in events:
        if chunk and size + len(event.line) > most_bytes:
            yield chunk
            chunk, size = [], 0
        chunk.append(event)
        size += len(event.line)
    if chunk:
        yield chunk
