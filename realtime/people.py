"""Who is at one channel, holds and looks at what: on this process and, by its peers, on all.

Peers tell each other with signed messages, JSON objects ``{"process", "kind", ...}``:

- ``hello``: a process began to follow the channel and wants to know who is there
- ``people``: whom the sending process vouches for; repeated so that silence means death
- ``bye``: the process ends
- ``task``: an ephemeral task message, under ``message``
"""

from collections.abc import Callable
from typing import Any

import orjson

from realtime.audience import Audience
from realtime.connection import Connection
from realtime.errors import BadMessage
from realtime.locks import Grip, Holder, Lock, Locks
from realtime.looks import Looks
from realtime.presence import People, Roster
from realtime.protocol import (
    TaskSignal,
    here_message,
    lock_fields,
    locked_message,
    parse_task_signal,
    task_fields,
)
from realtime.timing import Timing


class ChannelPeople:
    """Who is at ``channel``, what they hold and look at; presence only where ``has_presence``.

    ``announce`` gives a JSON text to the other processes that follow the channel.
    """

    def __init__(
        self,
        channel: str,
        audience: Audience,
        *,
        process: str,
        announce: Callable[[str, bytes], None],
        most_looks: int,
        timing: Timing,
        clock: Callable[[], float],
    ) -> None:
        self.channel = channel
        self.has_presence = channel.startswith("sprint.")
        self._audience = audience
        self._process = process
        self._announce = announce
        self._clock = clock
        self._timing = timing
        self._locks = Locks(lifetime_seconds=timing.lock_seconds, clock=clock)
        self._looks = Looks(most_looks)
        self._roster = Roster(
            linger_seconds=timing.presence_linger_seconds,
            silence_seconds=timing.process_dead_seconds,
        )
        self._told: People = {}
        self._told_at = clock()

    @property
    def here(self) -> People:
        """Who has been announced; what a newcomer is told, so that later changes fit on it."""
        return self._roster.announced

    def locks(self) -> list[Lock]:
        return self._locks.standing()

    # This process's connections

    def arrive(self, connection: Connection) -> None:
        ticket = connection.ticket
        if self.has_presence and not connection.is_plain and not ticket.is_guest:
            self._roster.arrive(connection.id, ticket.username, ticket.full_name)

    def depart(self, connection: Connection) -> None:
        """A socket has gone: its locks and looks end, its person leaves after a while."""
        holder = _holder(connection)
        self._roster.depart(holder.conn, holder.actor, self._clock())
        for lock in self._locks.release_all(holder.conn):
            self._relay(lock_fields(self.channel, lock, is_start=False))
        for task_id in self._looks.end_all(holder.conn):
            self._relay(self._shown(task_id, "lookend", holder))

    def signal(self, connection: Connection, signal: TaskSignal) -> None:
        """Somebody takes, renews or ends a grip on a task, or a look at it."""
        if signal.grip is None:
            is_taken = self._look(connection, signal)
        else:
            is_taken = self._grip(connection, signal, signal.grip)
        if is_taken:
            self._relay(self._shown(signal.task_id, signal.action, _holder(connection)))

    def _look(self, connection: Connection, signal: TaskSignal) -> bool:
        change = self._looks.start if signal.is_start else self._looks.end
        return change(connection.id, signal.task_id)

    def _grip(self, connection: Connection, signal: TaskSignal, grip: Grip) -> bool:
        holder = _holder(connection)
        if not signal.is_start:
            return self._locks.release(signal.task_id, holder, grip)
        other = self._locks.take(signal.task_id, holder, grip)
        if other is not None:
            connection.send(locked_message(signal.task_id, other.actor))
        return other is None

    # Time

    def tick(self) -> None:
        """Announce who came and went, end locks that were not renewed; about once a second."""
        for lock in self._locks.expire():
            # Every process sees this by itself, so the peers are not told.
            self._tell(lock_fields(self.channel, lock, is_start=False))
        if self.has_presence:
            self._tell_changes()
            self._tell_peers()

    def say_hello(self) -> None:
        if self.has_presence:
            self._say("hello")

    def say_bye(self) -> None:
        if self.has_presence:
            self._say("bye")

    # Peers

    def hear(self, message: dict[str, Any]) -> None:
        """Take in what another process said; raises ``BadMessage``."""
        process, kind = message.get("process"), message.get("kind")
        if process == self._process:
            return
        match kind, process:
            case "hello", str():
                self._say_people()
            case "people", str():
                self._roster.hear(process, _read_people(message), self._clock())
            case "bye", str():
                self._roster.farewell(process, self._clock())
            case "task", str():
                self._hear_task(message.get("message"))
            case _:
                raise BadMessage("not a peer's message")

    def _hear_task(self, message: Any) -> None:
        signal, holder = _read_task(message)
        if signal.grip is None or self._hear_grip(signal, signal.grip, holder):
            self._tell(self._shown(signal.task_id, signal.action, holder))

    def _hear_grip(self, signal: TaskSignal, grip: Grip, holder: Holder) -> bool:
        if signal.is_start:
            return self._locks.concede(signal.task_id, holder, grip)
        self._locks.release(signal.task_id, holder, grip)
        return True

    # Out

    def _shown(self, task_id: int, action: str, holder: Holder) -> dict[str, Any]:
        return task_fields(self.channel, task_id, action, actor=holder.actor, conn=holder.conn)

    def _relay(self, fields: dict[str, Any]) -> None:
        self._tell(fields)
        self._say("task", message=fields)

    def _tell(self, fields: dict[str, Any]) -> None:
        self._audience.tell(orjson.dumps(fields), besides=fields["conn"])

    def _tell_changes(self) -> None:
        joined, left = self._roster.changes(self._clock())
        if joined or left:
            self._audience.tell(here_message(joined, left), is_plain_too=False)

    def _tell_peers(self) -> None:
        now = self._clock()
        people = self._roster.local(now)
        is_due = people and now - self._told_at >= self._timing.process_beat_seconds
        if people != self._told or is_due:
            self._say_people()

    def _say_people(self) -> None:
        self._told = self._roster.local(self._clock())
        self._told_at = self._clock()
        self._say("people", people=self._told)

    def _say(self, kind: str, **fields: Any) -> None:
        message = orjson.dumps({"process": self._process, "kind": kind, **fields})
        self._announce(self.channel, message)


def _holder(connection: Connection) -> Holder:
    return Holder(connection.id, connection.ticket.username)


def _read_people(message: dict[str, Any]) -> People:
    people = message.get("people")
    if not isinstance(people, dict) or not all(isinstance(name, str) for name in people.values()):
        raise BadMessage("not a list of people")
    return people


def _read_task(message: Any) -> tuple[TaskSignal, Holder]:
    try:
        signal = parse_task_signal({name: message[name] for name in ("model", "id", "action")})
        return signal, Holder(str(message["conn"]), str(message["actor"]))
    except (KeyError, TypeError) as error:
        raise BadMessage("not a task message") from error
