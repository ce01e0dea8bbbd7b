"""``manage.py prune_mutations``: forgets what is kept so that writes can be repeated safely."""

from typing import Any

from django.core.management.base import BaseCommand

from board.services.mutations import KEPT, prune_mutations


class Command(BaseCommand):
    help = "Forget the answers to writes that are over 30 days old; to be run once a day or so."

    def handle(self, *args: Any, **options: Any) -> None:
        count = prune_mutations()
        self.stdout.write(f"{count} answers were over {KEPT.days} days old, and are forgotten.")
