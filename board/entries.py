"""The log read back: what each change did to each object, and what of it stands still."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.contrib.auth.models import User
from django.utils import timezone

from board.models import Event
from board.representations import Json

# For how long one can take back what one has done.
UNDO_WITHIN = timedelta(hours=24)
# What can be taken back: what stands on cards and in open tasks.
UNDOABLE = frozenset({"task", "comment", "checklist_item", "attachment"})
# These follow from others of the same change, and tell nothing of their own.
FOLLOWING = frozenset({"column", "access"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What one change did to one object, told once however many channels carry it.

    ``position`` grows along a task's history; ``task`` is the id of the task that it belongs to.
    ``told`` is the event's payload, ``undo`` the values before it.
    """

    position: int
    change: str
    at: datetime
    actor: User | None
    task: int | None
    told: Json
    undo: Json

    @property
    def model(self) -> str:
        return str(self.told["model"])

    @property
    def action(self) -> str:
        return str(self.told["action"])

    @property
    def object(self) -> tuple[str, int]:
        """Which object it concerns."""
        return self.model, self.told["id"]

    @property
    def body(self) -> Json:
        """The object after it; empty where it was removed."""
        return self.told.get("body") or {}

    @property
    def changed(self) -> dict[str, list[Any]]:
        """``{"status": [1, 2]}``; empty where the object was added or removed."""
        return self.told.get("changed") or {}

    @property
    def undoes(self) -> str | None:
        """The change that this one has taken back."""
        return self.told.get("undoes")


def entries_of(events: Iterable[Event]) -> list[Entry]:
    """Read events, in order of their ids and with their actors, each object of a change once."""
    once: dict[tuple[str, str], Event] = {}
    for event in events:
        once.setdefault((event.change, event.payload), event)
    return [entry for entry in map(_entry, once.values()) if entry.model not in FOLLOWING]


def _entry(event: Event) -> Entry:
    return Entry(
        position=event.pk,
        change=event.change,
        at=event.created_at,
        actor=event.actor,
        task=event.task,
        told=orjson.loads(event.payload),
        undo=event.undo or {},
    )


def is_undoable(entries: Sequence[Entry], user: User) -> bool:
    """Tell whether a change is of a kind that ``user`` can take back, others' changes aside."""
    return (
        all(entry.actor == user and entry.model in UNDOABLE for entry in entries)
        and entries[0].at > timezone.now() - UNDO_WITHIN
    )


def taken_back(entries: Iterable[Entry]) -> set[str]:
    """Return the changes that the last of ``entries``, in their order, have taken back.

    What takes back an undo brings back what that had taken back.
    """
    gone: set[str] = set()
    for entry in reversed(list(entries)):
        if entry.undoes and entry.change not in gone:
            gone.add(entry.undoes)
    return gone


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Those of a task's last ``entries`` whose effect is there: neither undone nor only undoing."""
    gone, here = taken_back(entries), {entry.change for entry in entries}
    return [e for e in entries if e.change not in gone and e.undoes not in here]
