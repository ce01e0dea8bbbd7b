"""Publishes what was committed and not published, and tells watercooler that somebody does.

The relay only compares and asks ``board.publisher`` to settle what differs, so any number of relays
may run, and none of them is needed for the order of events.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

import django.db
from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models import Max, Q
from django.utils import timezone
from prometheus_client import Counter, Gauge

from board import ledger, publisher
from board.models import Channel
from board.outages import Outage
from realtime.breaker import CircuitBreaker
from realtime.envelope import Position
from realtime.errors import LogRefused, LogUnavailable
from realtime.log import TTL_SECONDS, EventLog, connect
from realtime.names import CONTROL
from realtime.signatures import KeyRing

# realtime-protocol.md, "On Redis".
TICK_SECONDS = 0.25
SWEEP_SECONDS = 60.0
HEARTBEAT_SECONDS = 2.0

# ``updated_at`` is set before the commit by the clock of whoever writes. Transactions that take
# longer than this, or clocks that differ by more, are left to the sweep.
RECENT = timedelta(seconds=60)

BATCH = 500

# The relay keeps nobody waiting, so Redis may take its time.
TIMEOUT_SECONDS = 2.0

logger = logging.getLogger(__name__)

channels_behind = Gauge("sprintwall_channels_behind", "Channels with events missing in Redis.")
oldest_unpublished = Gauge(
    "sprintwall_oldest_unpublished_seconds", "For how long the oldest of them has been missing."
)
passes = Counter("sprintwall_relay_passes", "Comparisons of database and Redis.", ["result"])


def patient_log() -> EventLog:
    """The log as the relay uses it: waits longer, and tries again soon."""
    prefix = publisher.redis_prefix()
    servers = connect(
        settings.REDIS_URL,
        connect_timeout_seconds=TIMEOUT_SECONDS,
        answer_timeout_seconds=TIMEOUT_SECONDS,
        make_breaker=lambda: CircuitBreaker(rest_seconds=TICK_SECONDS),
    )
    keys = KeyRing.from_text(settings.WATERCOOLER_SECRET, prefix=prefix)
    return EventLog(servers, prefix=prefix, keys=keys)


class Relay:
    """One relay process. ``clock`` counts seconds and never jumps, as the time of day may."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._log: EventLog | None = None
        self._is_stopping = False
        self._sweep_at = 0.0
        self._sweep_after = ""
        self._beat_at = 0.0
        self._has_told_behind = False
        self._cold: set[str] = set()
        # Since when each channel is known to be behind, by ``clock``.
        self._behind: dict[str, float] = {}
        self._redis_outage = Outage(
            logger,
            began="Redis cannot be used (%s); the relay publishes what is missing when it is back.",
            ended="Redis is back.",
        )
        self._database_outage = Outage(
            logger,
            began="The database cannot be read (%s); the relay goes on when it is back.",
            ended="The database is back.",
        )

    def stop(self) -> None:
        """End ``run`` within a tick; safe in a signal handler."""
        self._is_stopping = True

    def run(self) -> None:
        """Work until ``stop``."""
        while not self._is_stopping:
            self.tick()
            time.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """Compare and publish once; never raises on account of Redis or the database."""
        close_old_connections()
        try:
            refusal = self._pass()
        except LogUnavailable as error:
            self._redis_outage.begin(error)
            self._begin_sweep()
            passes.labels("redis_away").inc()
        except django.db.Error as error:
            self._database_outage.begin(error)
            connection.close()
            passes.labels("database_away").inc()
        else:
            self._database_outage.end()
            self._note_refusal(refusal)
        self._show()

    def _note_refusal(self, refusal: LogRefused | None) -> None:
        if refusal:
            self._redis_outage.begin(refusal)
        elif self._log and self._log.is_well:
            self._redis_outage.end()
        passes.labels("refused" if refusal else "done").inc()

    def _pass(self) -> LogRefused | None:
        """Do all that is due; return why Redis refused what could not be published."""
        log = self._log = self._log or patient_log()
        refusals = [
            self._take_cold(log),
            self._settle_all(log, self._cold, must_refill=True),
            self._settle_all(log, self._differing(log, self._recent())),
            self._settle_all(log, self._differing(log, self._next_of_sweep())),
        ]
        self._beat(log)
        return next((refusal for refusal in refusals if refusal), None)

    def _take_cold(self, log: EventLog) -> LogRefused | None:
        """Learn what watercooler misses; return why that could not be read."""
        try:
            self._cold.update(log.take_cold())
        except LogRefused as error:
            return error
        if CONTROL in self._cold:
            ledger.ensure_control()
        return None

    def _recent(self) -> list[Channel]:
        """The channels that changed a moment ago, and those known to be behind."""
        newest = Channel.objects.aggregate(newest=Max("updated_at"))["newest"]
        now = timezone.now()
        # By the clocks of those who write: by its own, one that is ahead of theirs finds nothing.
        since = min(newest or now, now) - RECENT
        wanted = Q(updated_at__gt=since) | Q(pk__in=[*self._behind])
        found = list(Channel.objects.filter(wanted))
        for name in self._behind.keys() - {channel.name for channel in found}:
            # The channel was deleted.
            del self._behind[name]
        return found

    def _begin_sweep(self) -> None:
        """Look at all channels soon: a Redis that was away may come back empty."""
        self._sweep_at, self._sweep_after = 0.0, ""

    def _next_of_sweep(self) -> list[Channel]:
        """The next of all channels, a batch in each tick, once a minute."""
        if self._clock() < self._sweep_at:
            return []
        batch = list(Channel.objects.filter(pk__gt=self._sweep_after).order_by("pk")[:BATCH])
        if len(batch) == BATCH:
            self._sweep_after = batch[-1].name
        else:
            self._sweep_at, self._sweep_after = self._clock() + SWEEP_SECONDS, ""
        return batch

    def _differing(self, log: EventLog, channels: list[Channel]) -> list[str]:
        """The channels of which Redis shows another end, or none, and those gone cold too early.

        A channel that has been quiet for longer than its log lives is cold rightly: it is refilled
        when watercooler asks.
        """
        tops = log.tops([channel.name for channel in channels])
        quiet_since = timezone.now() - timedelta(seconds=TTL_SECONDS)
        differing = []
        for channel in channels:
            top = tops.get(channel.name)
            end = Position(channel.epoch, channel.seq, channel.change)
            is_quiet = channel.updated_at < quiet_since
            if top and (top.position == end or (top.is_cold and is_quiet)):
                self._behind.pop(channel.name, None)
            else:
                differing.append(channel.name)
        return differing

    def _settle_all(
        self, log: EventLog, names: Iterable[str], *, must_refill: bool = False
    ) -> LogRefused | None:
        """Settle each channel; return the last refusal. Those not settled stay behind."""
        names = list(names)
        refusal = None
        for name in names:
            self._behind.setdefault(name, self._clock())
        for name in names:
            try:
                is_settled = publisher.settle(log, name, must_refill=must_refill)
            except LogRefused as error:
                refusal, is_settled = error, False
            if is_settled:
                self._behind.pop(name, None)
                self._cold.discard(name)
            # A Redis that was wiped takes a while to fill, and watercooler waits for heartbeats.
            self._beat(log)
        return refusal

    def _beat(self, log: EventLog) -> None:
        """Publish the heartbeat if it is due, or at once when nothing is behind any more."""
        has_caught_up = self._has_told_behind and not self._behind
        if has_caught_up or self._clock() >= self._beat_at:
            oldest_ms = int(self._oldest_seconds() * 1000)
            log.publish_heartbeat(behind=len(self._behind), oldest_ms=oldest_ms)
            self._beat_at = self._clock() + HEARTBEAT_SECONDS
            self._has_told_behind = bool(self._behind)

    def _oldest_seconds(self) -> float:
        """For how long the relay has known of the channel that is behind longest."""
        return max((self._clock() - since for since in self._behind.values()), default=0.0)

    def _show(self) -> None:
        channels_behind.set(len(self._behind))
        oldest_unpublished.set(self._oldest_seconds())
