"""``manage.py prune_events``: ends the history of what was done at some day in the past."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from board.services.log import prune_events

# Undo needs a day of them.
FEWEST_DAYS = 2
USUAL_DAYS = 400


def _days(text: str) -> int:
    if not text.isdigit() or int(text) < FEWEST_DAYS:
        raise ArgumentTypeError(f"give a number of days, {FEWEST_DAYS} at least")
    return int(text)


class Command(BaseCommand):
    help = (
        "Forget what was done too long ago: task histories, activity and news begin later then. "
        "What live views need to catch up, the newest 500 events of each board, stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=_days, default=USUAL_DAYS, help="How old is too old.")

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        count = prune_events(days=days)
        self.stdout.write(f"{count} events were over {days} days old, and are forgotten.")
