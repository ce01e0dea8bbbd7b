"""The shape of an event on the wire, and the one way to write and read it.

An event is one line of JSON. ``board`` stores its inner part when the change is made (model,
action, id, version, body, changed, ...); where it stands (channel, epoch, seq, prev, change) is put
around it when it is handed out, because a raised epoch re-addresses old events.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from realtime.errors import BadMessage

VERSION = 1


@dataclass(frozen=True, slots=True)
class Position:
    """Where a channel's log ends: ``change`` is the ULID of the change at ``seq``, "" at seq 0."""

    epoch: str
    seq: int
    change: str


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a channel's log; ``line`` is the JSON that watchers receive."""

    channel: str
    epoch: str
    seq: int
    prev: str
    change: str
    line: bytes


def compose_event(
    *, channel: str, epoch: str, seq: int, prev: str, change: str, payload: str
) -> Event:
    """Put the address in front of a stored ``payload``, a JSON object with at least one member."""
    address = orjson.dumps(
        {
            "v": VERSION,
            "channel": channel,
            "epoch": epoch,
            "seq": seq,
            "prev": prev,
            "change": change,
        }
    )
    line = b"%b,%b" % (address[:-1], payload[1:].encode())
    return Event(channel, epoch, seq, prev, change, line)


def parse_event(channel: str, line: bytes) -> Event:
    """Read back the address of an event; raises ``BadMessage`` when it belongs to another channel."""
    try:
        fields: dict[str, Any] = orjson.loads(line)
        event = Event(
            fields["channel"],
            fields["epoch"],
            fields["seq"],
            fields["prev"],
            fields["change"],
            line,
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadMessage("not an event") from error
    if event.channel != channel:
        raise BadMessage(f"an event of {event.channel} came on {channel}")
    if not isinstance(event.seq, int) or event.seq < 1:
        raise BadMessage("an event without a sequence number")
    return event
