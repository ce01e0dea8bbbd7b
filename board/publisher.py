"""The only module that hands committed changes to ``realtime.log``.

Anybody may publish anything at any time: the log refuses what does not continue it, and the
database says what is missing. So web processes and relays need not know of one another.
"""

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import django.db
from django.conf import settings
from django.db import connection, transaction
from prometheus_client import Counter

from board import ledger
from board.models import Installation
from board.outages import Outage
from realtime.envelope import Event
from realtime.errors import RealtimeError
from realtime.log import Appended, EventLog, Outcome, Top, connect
from realtime.names import CONTROL
from realtime.signatures import KeyRing

# A transaction seldom writes more events to one channel than this. Those of the others that are
# committed but perhaps not published yet come along, which saves asking again.
NEWEST = 4

# More than this in one transaction is read back in portions that Redis takes in time.
MOST_HANDED_OVER = 100

# How often an append may be overtaken by others before the relay is left to see to it.
ROUNDS = 6

# A request begins no further step after this; a step under way takes up to 80 ms more.
REQUEST_BUDGET_SECONDS = 0.1

logger = logging.getLogger(__name__)

append_outcomes = Counter(
    "sprintwall_append_outcomes", "Answers of the log in Redis to appends and refills.", ["outcome"]
)

_redis_outage = Outage(
    logger,
    began="Redis cannot be used (%s): changes are saved, and shown live when it is back.",
    ended="Redis is back.",
)


@dataclass(frozen=True, slots=True)
class _Hook:
    """What is registered to run when the outermost transaction has committed."""

    channel: str
    events: list[Event]

    def run(self) -> None:
        drain(self.channel, self.events if len(self.events) <= MOST_HANDED_OVER else ())


def publish_on_commit(channel: str, events: Sequence[Event] = ()) -> None:
    """Have the channel's new events published when the outermost transaction has committed.

    ``events`` are those just written, in order: handed over, they need not be read again. One drain
    is run per channel. Nothing is published when the transaction, or the savepoint in which this
    was called, is rolled back.
    """
    here = set(connection.savepoint_ids)
    # Django's list rather than one of our own: it forgets the hooks of savepoints rolled back.
    for savepoints, run, *_ in connection.run_on_commit:
        hook = getattr(run, "__self__", None)
        if isinstance(hook, _Hook) and hook.channel == channel and savepoints == here:
            hook.events.extend(events)
            return
    transaction.on_commit(_Hook(channel, [*events]).run, robust=True)


def drain(channel: str, events: Sequence[Event] = ()) -> None:
    """Publish what is committed of ``channel`` and missing in Redis, within about 200 ms.

    ``events`` are committed ones that are likely to be missing, if they are at hand. Never raises
    on account of Redis or the database: what could not be published is left to the relay. Does
    nothing in a transaction, where uncommitted events would be seen.
    """
    if connection.in_atomic_block:
        return
    try:
        log = event_log()
        if not log.is_resting:
            _drain(log, channel, events, give_up_at=time.monotonic() + REQUEST_BUDGET_SECONDS)
            if log.is_well:
                _redis_outage.end()
    except RealtimeError as error:
        _redis_outage.begin(error)
    except django.db.Error as error:
        logger.warning("The changes of %s could not be read to publish them: %s", channel, error)
        # The change is committed: the rest of the request must not fail for a broken connection.
        connection.close()


def _drain(log: EventLog, channel: str, events: Sequence[Event], *, give_up_at: float) -> None:
    events = events or _newest_events(channel)
    if not events:
        return
    # The usual case ends here, after one round trip.
    answer = _counted(log.append(channel, events))
    # A duplicate that is not at the top is one only if the database knows what follows it.
    is_known = answer.outcome is Outcome.DUPLICATE and answer.top.position == events[-1].position
    if not (answer.outcome is Outcome.APPENDED or is_known):
        settle(log, channel, seen=answer.top, give_up_at=give_up_at)


def _newest_events(channel: str) -> Sequence[Event]:
    tail = ledger.read_tail(channel, limit=NEWEST)
    return tail.events if tail else ()


def settle(
    log: EventLog,
    channel: str,
    *,
    seen: Top | None = None,
    must_refill: bool = False,
    give_up_at: float = math.inf,
) -> bool:
    """Bring Redis in line with the database; tell whether it is, as far as one can know.

    ``seen`` is a top that was read already. ``must_refill`` replaces the log even when its end is
    right. Stops after a few rounds, in each of which another process was quicker, or at
    ``give_up_at`` (of ``time.monotonic``). Raises ``LogUnavailable`` and ``django.db.Error``.
    """
    for _ in range(ROUNDS):
        if time.monotonic() > give_up_at:
            return False
        # First Redis, then the database: whatever Redis had then was committed before.
        top = seen or log.top(channel)
        answer = _advance(log, channel, top, must_refill=must_refill)
        if answer is None or answer.outcome is Outcome.APPENDED:
            return True
        # The log is not what its top says, if it refuses what continues this top.
        is_damaged = answer.outcome is Outcome.DIVERGED and answer.top == top
        must_refill, seen = must_refill or is_damaged, answer.top
    return False


def _advance(log: EventLog, channel: str, top: Top, *, must_refill: bool) -> Appended | None:
    """Do the one thing that is needed when the log ends at ``top``; None when nothing is."""
    position = top.position
    tail = ledger.read_tail(channel, since=position.seq if position else 0)
    if position and tail and ledger.contradicts(channel, position, tail):
        _raise_epoch(log, channel)
        return Appended(Outcome.DIVERGED, log.top(channel))
    if position is None or must_refill or (tail and tail.base != position):
        return _refill(log, channel, top)
    if tail is None or not tail.events:
        return None
    return _counted(log.append(channel, tail.events))


def _refill(log: EventLog, channel: str, top: Top) -> Appended | None:
    tail = ledger.read_tail(channel)
    if tail is None:
        return None
    return _counted(log.refill(channel, base=tail.base, events=tail.events, seen=top))


def _raise_epoch(log: EventLog, channel: str) -> None:
    """Begin a new epoch, unless Redis or the database has changed before the rows were locked."""
    with transaction.atomic():
        ledger.lock_with_control(channel)
        position = log.top(channel).position
        tail = ledger.read_tail(channel, since=position.seq) if position else None
        if not position or not tail or not ledger.contradicts(channel, position, tail):
            return
        ledger.begin_epoch(channel, instead_of=position)
        # In this order: whoever hears of the new epoch finds it in Redis.
        publish_on_commit(channel)
        publish_on_commit(CONTROL)
    logger.warning(
        "Redis knew changes of %s that the database does not have (was it restored from a copy?): "
        "a new epoch begins, and everybody who looks at it loads it again.",
        channel,
    )


def _counted(answer: Appended) -> Appended:
    append_outcomes.labels(answer.outcome.value).inc()
    return answer


def event_log() -> EventLog:
    """The log as a request uses it: quick to give up."""
    return _shared_log(settings.REDIS_URL, redis_prefix(), settings.WATERCOOLER_SECRET)


@lru_cache(maxsize=2)
def _shared_log(url: str, prefix: str, secret: str) -> EventLog:
    keys = KeyRing.from_text(secret, prefix=prefix)
    return EventLog(connect(url), prefix=prefix, keys=keys)


def redis_prefix() -> str:
    return str(settings.REDIS_PREFIX or _stored_prefix())


@cache
def _stored_prefix() -> str:
    return Installation.current_prefix()
