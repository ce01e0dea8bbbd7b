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
    """One entry of a channel's log; ``line`` is the JSON that watchers receive.

    ``ts`` is the time of the commit in milliseconds since 1970 UTC, 0 when it is not known.
    """

    channel: str
    epoch: str
    seq: int
    prev: str
    change: str
    line: bytes
    ts: int = 0

    @property
    def position(self) -> Position:
        """Where the channel ends with this event."""
        return Position(self.epoch, self.seq, self.change)


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
    """Read back the address of an event.

    Raises ``BadMessage`` when it has not the shape of one, or belongs to another channel.
    """
    try:
        fields: dict[str, Any] = orjson.loads(line)
        texts = [fields[name] for name in ("epoch", "prev", "change")]
        named, seq, ts = fields["channel"], fields["seq"], fields.get("ts", 0)
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadMessage("not an event") from error
    if named != channel:
        raise BadMessage(f"an event of {named} came on {channel}")
    if not all(isinstance(text, str) for text in texts):
        raise BadMessage("an event without an epoch, prev or change")
    if type(seq) is not int or seq < 1 or type(ts) is not int:
        raise BadMessage("an event without a sequence number")
    epoch, prev, change = texts
    return Event(channel, epoch, seq, prev, change, line, ts)
