"""Reads of what has been done: one change, a task's history, a project's days, news of a board."""

from django.contrib.auth.models import User

from board.entries import Entry, entries_of
from board.models import Event


def own_change(user: User, change: str) -> list[Entry]:
    """What ``user`` did by the change of that ULID; empty when there is none such of theirs."""
    events = Event.objects.filter(change=change, actor=user)
    return entries_of(events.select_related("actor").order_by("pk"))
