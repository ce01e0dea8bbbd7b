"""``manage.py doctor``: why live updates do not come, and how to mend it."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from board.doctor import Finding, handshake, own_process_url, server_findings, servers
from scrum import environment


class Command(BaseCommand):
    help = "Say what is wrong when live updates do not come. Exit code 0 when all is well, else 1."
    # The doctor must come when the database is away.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--server",
            metavar="URL",
            default=usual_board_url(),
            help="the board as people use it, such as https://board.example.com (%(default)s)",
        )
        parser.add_argument(
            "--watercooler",
            metavar="URL",
            default=own_process_url(),
            help="where a watercooler process answers without a proxy (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        server, watercooler = (origin(options[name]) for name in ("server", "watercooler"))
        is_all_well = True
        for finding in findings(server, watercooler):
            is_all_well = is_all_well and finding.is_ok
            word = "ok" if finding.is_ok else "problem"
            self.stdout.write(f"{word:8}{finding.check}: {finding.message}")
        if not is_all_well:
            raise SystemExit(1)


def findings(server: str, watercooler: str) -> Iterator[Finding]:
    """Everything that is examined from here, and then from where people are."""
    yield from server_findings(watercooler_url=watercooler)
    yield handshake.examine_board(server)
    keys, _ = servers.examine_secrets()
    if keys:
        yield handshake.examine(server, keys)


def usual_board_url() -> str:
    configured = environment.comma_separated("WATERCOOLER_ORIGINS")
    return configured[0] if configured else f"http://localhost:{environment.web_port()}"


def origin(url: str) -> str:
    """Scheme, host and port of a URL, as a browser names them."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise CommandError(f"{url} must be a URL such as https://board.example.com.")
    usual_port = ":443" if parts.scheme == "https" else ":80"
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host.removesuffix(usual_port)}"
