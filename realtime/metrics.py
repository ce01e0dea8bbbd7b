"""What watercooler counts, for Prometheus. One registry per process, given to whoever counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_BYTES = (0, 1024, 16384, 65536, 262144, 1048576)
_EVENTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """Names and meanings; the attribute is the metric's name without ``watercooler_``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._make_connection_metrics()
        self._make_traffic_metrics()
        self._make_repair_metrics()

    def exposition(self) -> bytes:
        """Render all metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _make_connection_metrics(self) -> None:
        self.requests = self._counter("requests", "HTTP requests by the answer's status.", "status")
        self.drops = self._counter("drops", "Connections cut before a websocket.", "reason")
        self.connections = self._gauge("connections", "Open websockets.", "kind")
        self.handshakes = self._counter("handshakes", "Websocket requests by result.", "result")
        self.closes = self._counter("closes", "Closed websockets by code.", "code")
        self.slow_closes = self._counter("slow_closes", "Websockets cut because they were slow.")
        self.rate_limited = self._counter("rate_limited", "Messages refused for their rate.")
        self.bad_frames = self._counter("bad_frames", "Frames against the websocket protocol.")
        self.bad_messages = self._counter("bad_messages", "Messages of clients that were refused.")
        self.send_buffer = self._histogram(
            "send_buffer_bytes", "Bytes waiting, of slow ones.", _BYTES
        )

    def _make_traffic_metrics(self) -> None:
        self.events_in = self._counter("events_in", "Events taken in from Redis.")
        self.frames_out = self._counter("frames_out", "Event frames written to websockets.")
        self.events_out = self._counter("events_out", "Events written to websockets.")
        self.bytes_out = self._counter("bytes_out", "Bytes of event frames written.")
        self.events_per_frame = self._histogram("events_per_frame", "Events in a frame.", _EVENTS)
        self.commit_to_write = self._histogram(
            "commit_to_write_seconds", "From the commit to the last write.", _SECONDS
        )
        self.loop_lag = self._histogram("loop_lag_seconds", "Lateness of a timer.", _SECONDS)

    def _make_repair_metrics(self) -> None:
        self.gaps = self._counter("gaps", "Missing events by how it ended.", "outcome")
        self.resumes = self._counter("resumes", "Resumed channels by outcome.", "outcome")
        self.bad_signatures = self._counter("bad_signatures", "Redis messages that were not ours.")
        self.redis_reconnects = self._counter("redis_reconnects", "Connections made to Redis.")
        self.channels = self._gauge("channels", "Channels that this process follows.")
        self.channels_behind = self._gauge("channels_behind", "Channels that wait for Redis.")
        self.oldest_unpublished = self._gauge(
            "oldest_unpublished_seconds", "Age of the oldest unpublished event, says the relay."
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"watercooler_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"watercooler_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"watercooler_{name}", meaning, buckets=buckets, registry=self.registry)
