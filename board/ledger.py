"""The database's side of a channel's log: reading its end, and judging what Redis shows of it.

Reads only what is committed when called outside a transaction. Knows nothing of when and where
events are published.
"""

import hashlib
import secrets
from dataclasses import dataclass

import orjson
from django.db.models import QuerySet
from django.utils import timezone
from ulid import ULID

from board.models import Channel, Event
from realtime.envelope import Event as WireEvent
from realtime.envelope import Position, compose_event
from realtime.names import CONTROL

# realtime-protocol.md: a tail is filled with up to 500 events.
LONGEST_TAIL = 500

# seq, change, payload, and the channel's epoch, seq and change of the same moment
Row = tuple[int, str, str, str, int, str]


@dataclass(frozen=True, slots=True)
class Tail:
    """The newest ``events`` of a channel, without a hole, from ``base`` (excluded) to ``end``."""

    base: Position
    events: list[WireEvent]
    end: Position


def read_tail(channel: str, *, since: int = 0, limit: int = LONGEST_TAIL) -> Tail | None:
    """Return up to ``limit`` newest events of ``channel``, none of them older than ``since``.

    ``base`` is the position at ``since`` when nothing had to be left out. None means that there is
    no such channel. One query, when there is at least one event.
    """
    rows = _rows(channel, since, limit)
    if rows:
        return _tail(channel, rows, since, limit)
    found = Channel.objects.filter(pk=channel).values_list("epoch", "seq", "change").first()
    if found is None:
        return None
    # An event may have been committed between the two queries.
    rows = _rows(channel, since, limit)
    if rows:
        return _tail(channel, rows, since, limit)
    end = Position(*found)
    return Tail(base=end, events=[], end=end)


def _rows(channel: str, since: int, limit: int) -> list[Row]:
    """The newest events in order of seq, one more than ``limit`` for the sake of the base."""
    newest: QuerySet[Event, Row] = (
        Event.objects.filter(channel_id=channel, seq__gte=since)
        .order_by("-seq")
        .values_list(
            "seq", "change", "payload", "channel__epoch", "channel__seq", "channel__change"
        )
    )
    return list(newest[: limit + 1])[::-1]


def _tail(channel: str, rows: list[Row], since: int, limit: int) -> Tail:
    rows = _without_hole(rows)
    *_, epoch, last_seq, last_change = rows[-1]
    seq, change, *_ = rows[0]
    if seq == 1 and since == 0 and len(rows) <= limit:
        base = Position(epoch, 0, "")
    else:
        base = Position(epoch, seq, change)
        rows = rows[1:]
    return Tail(base, _compose(channel, base, rows), Position(epoch, last_seq, last_change))


def _without_hole(rows: list[Row]) -> list[Row]:
    """The rows after the last hole; only a database that was tampered with has any."""
    for place in range(len(rows) - 1, 0, -1):
        if rows[place][0] != rows[place - 1][0] + 1:
            return rows[place:]
    return rows


def _compose(channel: str, base: Position, rows: list[Row]) -> list[WireEvent]:
    events = []
    prev = base.change
    for seq, change, payload, *_ in rows:
        events.append(
            compose_event(
                channel=channel,
                epoch=base.epoch,
                seq=seq,
                prev=prev,
                change=change,
                payload=payload,
            )
        )
        prev = change
    return events


def contradicts(channel: str, top: Position, tail: Tail) -> bool:
    """Tell whether Redis shows a history that the database does not have: a new epoch is due.

    ``tail`` must have been read after ``top``, since ``top.seq``. That is so after the database was
    restored from a copy: watchers hold changes that never were. It is not so when a new epoch was
    begun on account of this very top and Redis has only not been refilled yet.
    """
    if top.epoch != tail.end.epoch:
        return not _is_answer_to(tail.end.epoch, top)
    if top.seq == tail.base.seq:
        return top.change != tail.base.change
    if top.seq > tail.end.seq:
        return True
    # Further behind than a tail reaches. A change that was pruned contradicts nothing.
    known = Event.objects.filter(channel_id=channel, seq=top.seq).values_list("change", flat=True)
    return known.first() not in (top.change, None)


def ensure_control() -> None:
    """Create the channel ``control``, which belongs to no object that would bring it along."""
    Channel.objects.bulk_create([Channel(name=CONTROL)], ignore_conflicts=True)


def lock_with_control(channel: str) -> None:
    """Lock the rows of ``channel`` and of ``control``, in order of name, until the commit."""
    ensure_control()
    locked = Channel.objects.select_for_update().filter(name__in={channel, CONTROL})
    list(locked.order_by("name"))


def begin_epoch(channel: str, *, instead_of: Position) -> None:
    """Give ``channel`` a new epoch; both its row and that of ``control`` must be locked.

    Appends one event to ``control``: model ``channel``, action ``epoch``, id the channel's name,
    body ``{"epoch": ...}``.
    """
    epoch = _epoch_answering(instead_of)
    now = timezone.now()
    Channel.objects.filter(pk=channel).update(epoch=epoch, updated_at=now)
    control = Channel.objects.get(pk=CONTROL)
    control.seq += 1
    control.change = str(ULID())
    control.updated_at = now
    control.save(update_fields=["seq", "change", "updated_at"])
    payload = {
        "ts": int(now.timestamp() * 1000),
        "actor": None,
        "origin": None,
        "model": "channel",
        "action": "epoch",
        "id": channel,
        "version": control.seq,
        "body": {"epoch": epoch},
        "changed": {},
    }
    Event.objects.create(
        channel=control,
        seq=control.seq,
        change=control.change,
        payload=orjson.dumps(payload).decode(),
    )


def _epoch_answering(top: Position) -> str:
    """A random epoch that also tells which top of Redis it was begun to replace."""
    return secrets.token_hex(4) + _fingerprint(top)


def _is_answer_to(epoch: str, top: Position) -> bool:
    return epoch[8:] == _fingerprint(top)


def _fingerprint(top: Position) -> str:
    text = f"{top.epoch} {top.seq} {top.change}"
    return hashlib.sha256(text.encode()).hexdigest()[:8]
