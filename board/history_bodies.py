"""What has been done, as the API tells it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.utils import timezone

from board.entries import UNDO_WITHIN, Entry, entries_of, is_undoable, taken_back
from board.models import Attachment, ChecklistItem, Comment, Event, Task
from board.representations import Json

# How much is told of what a comment says.
EXCERPT_LENGTH = 140
# They follow from what is told of the comment, item or file itself.
COUNTS = frozenset({"comment_count", "checklist_count", "checklist_done_count", "attachment_count"})

Object = tuple[str, int]


def change_bodies(
    changes: Sequence[str], events: QuerySet[Event], user: User, *, may_write: bool
) -> list[Json]:
    """What of ``changes`` is in ``events``, in the order of the former, for the eyes of ``user``.

    ``may_write`` tells whether they may change the project, and so undo their own changes.
    """
    found = events.filter(change__in=changes).select_related("actor").order_by("pk")
    by_change: dict[str, list[Entry]] = {change: [] for change in changes}
    for entry in entries_of(found):
        by_change[entry.change].append(entry)
    every = [entry for entries in by_change.values() for entry in entries]
    tasks, texts = _tasks(every), _texts(every)
    undoable = _undoable(by_change, user) if may_write else set()
    return [
        {
            **_change_body(entries, user),
            "entries": [_entry_body(one, tasks, texts) for one in entries if _is_told(one)],
            "can_undo": change in undoable,
        }
        for change, entries in by_change.items()
        if entries
    ]


def _change_body(entries: Sequence[Entry], user: User) -> Json:
    first = entries[0]
    return {
        "change": first.change,
        "at": first.at.isoformat(),
        "actor": first.actor.username if first.actor else None,
        "undoes": first.undoes,
        "mentions_me": any(_mentions(entry, user) for entry in entries),
    }


def _mentions(entry: Entry, user: User) -> bool:
    return entry.model == "comment" and user.username in (entry.body.get("mentions") or ())


def _is_told(entry: Entry) -> bool:
    """Counts on a card are told by what was counted."""
    return entry.action != "update" or not entry.changed.keys() <= COUNTS


def _entry_body(entry: Entry, tasks: Mapping[int, Json], texts: Mapping[Object, str]) -> Json:
    return {
        "model": entry.model,
        "action": entry.action,
        "id": entry.told["id"],
        "changed": {name: entry.changed[name] for name in entry.changed if name not in COUNTS},
        "text": texts.get(entry.object) if entry.task else _own_name(entry),
        "task": tasks.get(entry.task) if entry.task else None,
    }


def _own_name(entry: Entry) -> str | None:
    """What a sprint, label, member or project is called, who may be gone from the database."""
    told = entry.body or entry.undo
    return told.get("title") or told.get("full_name") or told.get("name")


def _tasks(entries: Sequence[Entry]) -> dict[int, Json]:
    """``{id, key, name, sprint, is_deleted}`` by id, deleted tasks included."""
    rows = Task.objects.filter(pk__in={entry.task for entry in entries})
    fields = rows.values_list("pk", "project__key", "number", "name", "sprint", "deleted_at")
    return {
        pk: {
            "id": pk,
            "key": f"{key}-{number}",
            "name": name,
            "sprint": sprint,
            "is_deleted": deleted_at is not None,
        }
        for pk, key, number, name, sprint, deleted_at in fields
    }


def _texts(entries: Sequence[Entry]) -> dict[Object, str]:
    """What tasks, steps and files are called, and the beginnings of comments that are there."""
    sources: dict[str, tuple[QuerySet[Any], str]] = {
        "task": (Task.objects.all(), "name"),
        "comment": (Comment.objects.filter(deleted_at__isnull=True), "text"),
        "checklist_item": (ChecklistItem.objects.all(), "text"),
        "attachment": (Attachment.objects.all(), "name"),
    }
    texts: dict[Object, str] = {}
    for model, (rows, field) in sources.items():
        ids = {entry.told["id"] for entry in entries if entry.model == model}
        if ids:
            shown = rows.filter(pk__in=ids).values_list("pk", Left(field, EXCERPT_LENGTH))
            texts |= {(model, pk): text for pk, text in shown}
    return texts


def _undoable(by_change: Mapping[str, Sequence[Entry]], user: User) -> set[str]:
    """Those of the changes that ``user`` can undo, unless others' changes are in the way."""
    own = {change for change, found in by_change.items() if found and is_undoable(found, user)}
    if not own:
        return own
    recent = Event.objects.filter(
        task__in={entry.task for change in own for entry in by_change[change]},
        created_at__gt=timezone.now() - UNDO_WITHIN,
        payload__contains='"undoes":',
    )
    # What is seen here of a change may be but the tasks that it has touched.
    more = Event.objects.filter(change__in=own, task__isnull=True)
    beyond = more.exclude(payload__contains='"model":"column"').values_list("change", flat=True)
    return own - taken_back(entries_of(recent.select_related("actor").order_by("pk"))) - {*beyond}
