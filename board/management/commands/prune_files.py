"""``manage.py prune_files``: removes uploaded files that nobody can reach any more."""

from typing import Any

from django.core.management.base import BaseCommand

from board.services.files import KEPT, prune_files


class Command(BaseCommand):
    help = "Remove the files of what was deleted over 30 days ago; to be run once a day or so."

    def handle(self, *args: Any, **options: Any) -> None:
        count = prune_files()
        self.stdout.write(f"{count} files were deleted over {KEPT.days} days ago, or never in use.")
