"""Taking a change back: the inverse of all that it did, unless something has come after it."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from board.changes import Actor, change_channels
from board.entries import UNDO_WITHIN, Entry, entries_of, is_undoable, standing
from board.errors import ChangedSince, ChangeTooOld, NotUndoable
from board.models import Event, Status, Task
from board.services.placing import task_channel
from board.services.putting_back import fields_put_back, put_back
from board.transactions import retried_transaction

# What fields are called, where that is not their name.
FIELD_WORDS = {
    "assigned": "assignee",
    "points": "story points",
    "started": "start date",
    "due": "due date",
    "completed": "completion date",
    "is_blocked": "blocked mark",
}


@retried_transaction
def undo_change(*, actor: Actor, entries: Sequence[Entry]) -> list[Task]:
    """Take back what ``entries``, all of one change, did; return the tasks that are left of it.

    Raises ``NotUndoable``, ``ChangeTooOld``, ``ChangedSince``, or ``RuleBroken`` when the rules do
    not allow any more what was there before. Emits the events of the opposite change.
    """
    _ensure_undoable(entries, actor.user)
    names = _channels_of(entries)
    with change_channels(actor, names, undoes=entries[0].change) as change:
        _ensure_nothing_since(entries, actor.user)
        for entry in reversed(entries):
            put_back(change, entry, names)
    if not actor.change:
        raise NotUndoable("There is nothing left of this change to undo.")
    return list(_tasks(entries).filter(deleted_at__isnull=True))


def _ensure_undoable(entries: Sequence[Entry], user: User) -> None:
    if is_undoable(entries, user):
        return
    if entries[0].at <= timezone.now() - UNDO_WITHIN:
        hours = UNDO_WITHIN.total_seconds() / 3600
        raise ChangeTooOld(f"Changes can be undone for {hours:.0f} hours; this one is older.")
    raise NotUndoable("A change of this kind cannot be undone.")


def _tasks(entries: Sequence[Entry]) -> QuerySet[Task]:
    found = Task.objects.filter(pk__in={entry.task for entry in entries}).order_by("pk")
    return found.select_related("project", "assigned").prefetch_related("task_labels")


def _channels_of(entries: Sequence[Entry]) -> set[str]:
    """Where the tasks are announced now, and where they will be."""
    tasks = {task.pk: task for task in _tasks(entries)}
    places = {(task.project_id, task.sprint_id) for task in tasks.values()} | {
        (tasks[entry.task].project_id, entry.undo["sprint"])
        for entry in entries
        if entry.task in tasks and "sprint" in entry.undo
    }
    return {task_channel(project_id=project, sprint_id=sprint) for project, sprint in places}


def _ensure_nothing_since(entries: Sequence[Entry], user: User) -> None:
    """Raise ``ChangedSince`` when somebody has changed what would be put back."""
    for task in _tasks(entries):
        own = [entry for entry in entries if entry.task == task.pk]
        current = None if task.deleted_at else task
        for later in _standing_since(own[0]):
            if later.undoes == own[0].change:
                raise ChangedSince("You have undone this already.", task=current)
            if any(_stands_against(later, entry, user) for entry in own):
                raise ChangedSince(f"{_words(later, user)} since.", task=current)


def _standing_since(entry: Entry) -> list[Entry]:
    """What has happened since to the task that ``entry`` belongs to, and holds."""
    events = Event.objects.filter(task=entry.task, pk__gt=entry.position)
    later = entries_of(events.select_related("actor").order_by("pk"))
    return standing([one for one in later if one.change != entry.change])


def _stands_against(later: Entry, entry: Entry, user: User) -> bool:
    """Tell whether ``later`` is in the way of putting back what ``entry`` did.

    What was added can be taken away while nobody else has touched it.
    """
    is_gone = later.action == "remove" and later.object in (entry.object, ("task", entry.task))
    if entry.action == "add":
        is_part = later.object == entry.object or entry.model == "task"
        return is_gone or (is_part and later.actor != user)
    is_touched = later.object == entry.object and fields_put_back(entry) & later.changed.keys()
    return is_gone or bool(is_touched)


def _words(entry: Entry, user: User) -> str:
    """Who did what: "Ben Brown moved it to Done"."""
    actor = entry.actor
    who = "You" if actor == user else (actor and (actor.get_full_name() or actor.username))
    return f"{who or 'Somebody'} {_deed(entry)}"


def _deed(entry: Entry) -> str:
    if entry.action == "remove":
        return "deleted it"
    if entry.model == "comment":
        return "commented on it"
    if entry.model != "task" or not entry.changed:
        return "changed it"
    if "status" in entry.changed:
        return f"moved it to {Status(entry.changed['status'][1]).label}"
    if "sprint" in entry.changed or "order" in entry.changed:
        return "moved it"
    names = (FIELD_WORDS.get(name, name) for name in entry.changed)
    return f"changed the {' and the '.join(names)}"
