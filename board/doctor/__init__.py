"""Says in words why live updates do not come, and how to mend it.

``server_findings`` looks at everything from where the web process stands; ``handshake`` tries the
way that a browser takes, proxies included. Nothing here changes anything, and no message holds a
secret, a path or an address that the reader has not given: any member may read the first list.
"""

from collections.abc import Iterator

from django.conf import settings

from board.doctor import process, relay, servers
from board.doctor.finding import Finding

__all__ = ["Finding", "own_process_url", "server_findings"]


def own_process_url() -> str:
    """Where the first watercooler process listens when it is on this machine."""
    return f"http://127.0.0.1:{settings.WATERCOOLER_PORT}"


def server_findings(*, watercooler_url: str | None = None) -> Iterator[Finding]:
    """Examine database, secrets, Redis, relay and watercooler, in this order.

    Takes up to 4 s, the time that a relay may be silent, and longer for what does not answer.

    ``watercooler_url`` is where a watercooler process answers without a proxy.
    """
    yield servers.examine_database()
    keys, secrets = servers.examine_secrets()
    yield secrets
    yield servers.examine_redis()
    if keys:
        yield relay.examine(keys)
    yield from process.examine(watercooler_url or own_process_url())
