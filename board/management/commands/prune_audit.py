"""``manage.py prune_audit``: forgets security events that are too old to matter."""

from typing import Any

from django.core.management.base import BaseCommand

from board import audit


class Command(BaseCommand):
    help = "Forget security events that are over 400 days old; to be run once a day or so."

    def handle(self, *args: Any, **options: Any) -> None:
        count = audit.prune()
        self.stdout.write(
            f"{count} events were over {audit.KEPT.days} days old, and are forgotten."
        )
