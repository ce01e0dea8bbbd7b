"""How long and how much: every interval and limit of watercooler, in one place.

The numbers are those of the real-time protocol. Tests shrink the seconds with ``scaled``; limits
that are counts or sizes stay.
"""

from dataclasses import dataclass, fields, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations in seconds. With every beat goes a ping."""

    resume_within_seconds: float = 5.0
    welcome_within_seconds: float = 1.0
    beat_seconds: float = 25.0
    pong_within_seconds: float = 10.0
    compare_tops_seconds: float = 25.0
    heartbeat_within_seconds: float = 8.0
    cold_wait_seconds: float = 10.0
    repair_seconds: float = 0.25
    lock_seconds: float = 6.0
    presence_batch_seconds: float = 1.0
    presence_linger_seconds: float = 10.0
    process_beat_seconds: float = 20.0
    process_dead_seconds: float = 60.0
    stalled_seconds: float = 10.0
    channel_linger_seconds: float = 60.0
    coalesce_seconds: float = 0.003
    redis_timeout_seconds: float = 2.0
    redis_silence_seconds: float = 10.0
    redis_retry_seconds: float = 2.0
    shutdown_seconds: float = 2.5
    restart_spread_seconds: float = 3.0
    lobby_seconds: float = 10.0

    def scaled(self, unit: float) -> Self:
        """Return the same durations, each ``unit`` times as long."""
        return replace(
            self, **{field.name: getattr(self, field.name) * unit for field in fields(self)}
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, counts otherwise."""

    message_bytes: int = 4 * 1024
    messages_per_second: float = 20.0
    message_burst: float = 40.0
    resume_again_cost: float = 10.0
    looks_per_connection: int = 8
    violations: int = 3
    sockets_per_user: int = 20
    sockets_per_link: int = 200
    replay_events: int = 500
    tail_bytes: int = 2 * 1024 * 1024
    replay_chunk_bytes: int = 128 * 1024
    ephemeral_backlog_bytes: int = 256 * 1024
    backlog_bytes: int = 1024 * 1024
    connections_per_step: int = 256
    clients_per_restart_batch: int = 200
    header_bytes: int = 16 * 1024
    headers: int = 100
    lobby_connections: int = 1024
    failures_per_second: float = 10.0
    failure_burst: float = 200.0

    @property
    def request_burst(self) -> float:
        """What one address may ask for at once: a hundred people who bring all their sockets."""
        return 100.0 * self.sockets_per_user

    @property
    def requests_per_second(self) -> float:
        """A burst's worth again after 20 seconds, within which clients spread their reconnects."""
        return self.request_burst / 20


# A lag in publishing that people would notice, in milliseconds (real-time protocol, "state").
OLDEST_UNPUBLISHED_MS = 2000

# How far back a starting process reads revocations: a ticket's 30 minutes, and 5 for clocks.
CONTROL_HISTORY_MS = 35 * 60 * 1000
