"""What is taken out of the log of changes for good."""

from datetime import timedelta

from django.utils import timezone

from board.ledger import LONGEST_TAIL
from board.models import Channel, Event

# A tail as Redis is filled with, and the event before it, at which it begins.
NEWEST_KEPT = LONGEST_TAIL + 1


def prune_events(*, days: int) -> int:
    """Forget events over ``days`` old, but for the newest of each channel; return how many.

    Those are what watchers may still need. One statement for each channel, so that nobody waits
    for long.
    """
    old = timezone.now() - timedelta(days=days)
    count = 0
    for name, seq in Channel.objects.values_list("pk", "seq"):
        beyond = Event.objects.filter(channel=name, seq__lte=seq - NEWEST_KEPT, created_at__lt=old)
        count += beyond.delete()[0]
    return count
