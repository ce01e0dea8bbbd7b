"""``manage.py relay``: publishes what web processes committed but could not publish."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from prometheus_client import start_http_server

from board.relay import Relay
from scrum import environment


class Command(BaseCommand):
    help = "Publishes committed changes that have not reached Redis; runs until it is stopped."
    # It must start while the database is away, and wait for it.
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        """Run until SIGTERM or Ctrl-C; ``RELAY_METRICS_PORT`` opens /metrics on the loopback."""
        port = environment.whole_number("RELAY_METRICS_PORT", default=0, minimum=0, maximum=65535)
        if port:
            serve_metrics(port)
        relay = Relay()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: relay.stop())
        self.stdout.write("The relay is running.")
        relay.run()
        self.stdout.write("The relay has stopped.")


def serve_metrics(port: int) -> None:
    try:
        start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        raise CommandError(
            f"RELAY_METRICS_PORT is {port}, which cannot be used: {error.strerror}."
        ) from error
