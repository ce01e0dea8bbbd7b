"""Whether a watercooler process is there and ready, asked directly and not through a proxy."""

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from board.doctor.finding import Finding, ill, well

TIMEOUT_SECONDS = 5.0
MOST_BYTES = 10_000
MOST_CLOCK_DIFFERENCE_SECONDS = 5.0

# What /ready says (realtime.liveness), and what is to be done about it.
REMEDIES = {
    "Redis cannot be reached.": (
        "give it the REDIS_URL of web, and let it through to that server."
    ),
    "The relay has not been heard from.": (
        "start `manage.py relay`. If that is at work, watercooler has another REDIS_URL, "
        "REDIS_PREFIX or WATERCOOLER_SECRET: give it those of web, and restart it."
    ),
    "The relay is behind.": "the relay's log says what keeps it.",
    "This process is shutting down.": "it is being restarted; try again.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, and how far its Date is ahead of the clock here (None without a Date)."""

    status: int
    text: str
    ahead_seconds: float | None


def ask(url: str) -> Answer:
    """GET ``url`` without following redirects. Raises ``OSError``, also for what is no HTTP."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    server = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        server.request("GET", parts.path or "/")
        response = server.getresponse()
        text = response.read(MOST_BYTES).decode(errors="replace")
        return Answer(response.status, text, _ahead_seconds(response.headers))
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        server.close()


def _ahead_seconds(headers: Message) -> float | None:
    try:
        there = parsedate_to_datetime(headers["Date"]).timestamp()
    except (TypeError, ValueError):
        return None
    # The header leaves out the fraction of the second.
    return there + 0.5 - time.time()


def examine(url: str) -> Iterator[Finding]:
    """Examine the process that answers at ``url``, a scheme with host and port."""
    try:
        health, ready = ask(f"{url}/health"), ask(f"{url}/ready")
    except OSError:
        yield ill(
            "watercooler",
            "No watercooler answers where one is expected: start `python watercooler.py`, with the "
            "WATERCOOLER_PORT of web. If it runs elsewhere, `manage.py doctor --watercooler` is "
            "told where.",
        )
        return
    if (health.status, health.text) != (200, "ok\n"):
        yield ill(
            "watercooler",
            "Another program answers where watercooler is expected: give watercooler, and web, "
            "another WATERCOOLER_PORT.",
        )
        return
    yield _readiness(ready)
    yield judge_clock(health)


def _readiness(ready: Answer) -> Finding:
    if ready.status == 200:
        return well("watercooler", "Watercooler is ready.")
    reason = ready.text.strip()
    remedy = REMEDIES.get(reason, "its log says more.")
    return ill("watercooler", f"Watercooler says: {reason} Remedy: {remedy}")


def judge_clock(answer: Answer) -> Finding:
    """Compare the clock of watercooler's machine with the one here."""
    ahead = answer.ahead_seconds
    if ahead is None or abs(ahead) <= MOST_CLOCK_DIFFERENCE_SECONDS:
        return well("clock", "The clocks of web and watercooler agree.")
    direction = "ahead of" if ahead > 0 else "behind"
    return ill(
        "clock",
        f"Watercooler's clock is {abs(ahead):.0f} s {direction} the one here, so that tickets "
        "expire too early or too late: set both by NTP.",
    )
