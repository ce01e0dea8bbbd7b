"""The messages between a browser and watercooler: reads and checks the client's, builds ours. Pure.

Events are not built here: they come ready-made from the log (``realtime.envelope``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson

from realtime.errors import BadMessage
from realtime.locks import Grip, Lock
from realtime.presence import People

SUBPROTOCOL = "watercooler.v1"

LARGEST_ID = 2**63 - 1
LONGEST_EPOCH = 64
LONGEST_CHANGE = 64
LONGEST_TICKET = 4096


class Close(IntEnum):
    """Close codes, and what they ask of the client."""

    PROTOCOL_ERROR = 1002
    NOT_UTF8 = 1007
    TOO_BIG = 1009
    FAILED = 1011
    RESTART = 1012
    BAD_MESSAGE = 4400
    NEW_TICKET = 4401
    NOT_A_MEMBER = 4403
    TOO_SLOW = 4408
    TOO_MUCH = 4429


@dataclass(frozen=True, slots=True)
class Since:
    """A position as clients know it; ``change``, where given, is the change that stands there."""

    epoch: str
    seq: int
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    since: Mapping[str, Since]


@dataclass(frozen=True, slots=True)
class Refresh:
    ticket: str


@dataclass(frozen=True, slots=True)
class TaskSignal:
    """Somebody's hand on a task, or without a ``grip`` their eye; ``is_start`` begins or renews."""

    task_id: int
    action: str
    grip: Grip | None
    is_start: bool


_TASK_ACTIONS: dict[str, tuple[Grip | None, bool]] = {
    "dragstart": (Grip.DRAG, True),
    "dragend": (Grip.DRAG, False),
    "drop": (Grip.DRAG, False),
    "editstart": (Grip.EDIT, True),
    "editend": (Grip.EDIT, False),
    "lookstart": (None, True),
    "lookend": (None, False),
}


def parse_client_message(text: str) -> Resume | Refresh | TaskSignal:
    """Read one message of a client; raises ``BadMessage`` for anything that it may not say.

    Unknown fields are refused too: a client must not be able to speak as Django does.
    """
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadMessage("not JSON") from error
    if not isinstance(fields, dict):
        raise BadMessage("not a JSON object")
    action = fields.get("action")
    if not isinstance(action, str) or action not in _READERS:
        raise BadMessage("not an action that clients may send")
    return _READERS[action](fields)


def _parse_resume(fields: dict[str, Any]) -> Resume:
    _require_keys(fields, "action", "since")
    since = fields["since"]
    if not isinstance(since, dict):
        raise BadMessage("since is not an object")
    return Resume({channel: _parse_since(value) for channel, value in since.items()})


def _parse_since(value: Any) -> Since:
    if not isinstance(value, dict):
        raise BadMessage("a position is not an object")
    _require_keys(value, "epoch", "seq", *(value.keys() & {"change"}))
    epoch, seq, change = value["epoch"], value["seq"], value.get("change")
    if not isinstance(epoch, str) or len(epoch) > LONGEST_EPOCH:
        raise BadMessage("an epoch is not a short text")
    if type(seq) is not int or not 0 <= seq <= LARGEST_ID:
        raise BadMessage("a seq is not a whole number from 0")
    if change is not None and not (isinstance(change, str) and len(change) <= LONGEST_CHANGE):
        raise BadMessage("a change is not a short text")
    return Since(epoch, seq, change)


def _parse_refresh(fields: dict[str, Any]) -> Refresh:
    _require_keys(fields, "action", "ticket")
    ticket = fields["ticket"]
    if not isinstance(ticket, str) or len(ticket) > LONGEST_TICKET:
        raise BadMessage("the ticket is not a text")
    return Refresh(ticket)


def parse_task_signal(fields: dict[str, Any]) -> TaskSignal:
    """Read the part of a task message that its sender chooses; raises ``BadMessage``."""
    _require_keys(fields, "model", "id", "action")
    task_id = fields["id"]
    if fields["model"] != "task":
        raise BadMessage("only tasks can be held or looked at")
    if type(task_id) is not int or not 1 <= task_id <= LARGEST_ID:
        raise BadMessage("id is not a positive whole number")
    grip, is_start = _TASK_ACTIONS[fields["action"]]
    return TaskSignal(task_id, fields["action"], grip, is_start)


def _require_keys(fields: dict[str, Any], *names: str) -> None:
    if fields.keys() != set(names):
        raise BadMessage(f"the fields must be {', '.join(names)}")


_READERS: dict[str, Callable[[dict[str, Any]], Resume | Refresh | TaskSignal]] = {
    "resume": _parse_resume,
    "refresh": _parse_refresh,
    **dict.fromkeys(_TASK_ACTIONS, parse_task_signal),
}

CLIENT_ACTIONS = frozenset(_READERS)


def welcome_message(
    *,
    tops: Mapping[str, Since],
    here: People,
    locks: Iterable[tuple[str, Lock]],
    conn: str,
) -> bytes:
    """``locks``: pairs of channel and lock; each is shown as the message that started it."""
    return orjson.dumps(
        {
            "action": "welcome",
            "channels": {name: {"epoch": top.epoch, "seq": top.seq} for name, top in tops.items()},
            "here": people_list(here),
            "locks": [lock_fields(channel, lock, is_start=True) for channel, lock in locks],
            "conn": conn,
        }
    )


def resync_message(channel: str, reason: str) -> bytes:
    return orjson.dumps({"action": "resync", "channel": channel, "reason": reason})


def beat_message(tops: Mapping[str, Since]) -> bytes:
    return orjson.dumps(
        {
            "action": "beat",
            "tops": {name: {"epoch": top.epoch, "seq": top.seq} for name, top in tops.items()},
        }
    )


def state_message(*, is_live: bool, reason: str | None) -> bytes:
    return orjson.dumps({"action": "state", "live": is_live, "reason": reason})


def here_message(joined: People, left: People) -> bytes:
    return orjson.dumps({"action": "here", "join": people_list(joined), "leave": people_list(left)})


def locked_message(task_id: int, actor: str) -> bytes:
    return orjson.dumps({"action": "locked", "model": "task", "id": task_id, "actor": actor})


def restart_message(in_ms: int) -> bytes:
    return orjson.dumps({"action": "restart", "in_ms": in_ms})


def people_list(people: People) -> list[dict[str, str]]:
    return [{"username": name, "full_name": full_name} for name, full_name in people.items()]


def lock_fields(channel: str, lock: Lock, *, is_start: bool) -> dict[str, Any]:
    """The message that shows a lock being taken or let go."""
    return task_fields(
        channel,
        lock.task_id,
        f"{lock.grip.value}{'start' if is_start else 'end'}",
        actor=lock.holder.actor,
        conn=lock.holder.conn,
    )


def task_fields(
    channel: str, task_id: int, action: str, *, actor: str, conn: str
) -> dict[str, Any]:
    """An ephemeral task message as everybody but its sender receives it."""
    return {
        "channel": channel,
        "model": "task",
        "action": action,
        "id": task_id,
        "actor": actor,
        "conn": conn,
    }
