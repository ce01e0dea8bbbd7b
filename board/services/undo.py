"""Taking a change back: the inverse of all that it did, unless something has come after it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext

from board.changes import Actor, change_channels
from board.entries import UNDO_WITHIN, Entry, entries_of, is_undoable, standing
from board.errors import ChangedSince, ChangeTooOld, NotUndoable
from board.models import Event, Status, Task
from board.services.placing import task_channel
from board.services.putting_back import fields_put_back, put_back
from board.transactions import retried_transaction

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

COLUMN_WORDS: dict[int, "StrPromise"] = {
    Status.NOT_STARTED: gettext_lazy("Not Started"),
    Status.IN_PROGRESS: gettext_lazy("In Progress"),
    Status.TESTING: gettext_lazy("Testing"),
    Status.DONE: gettext_lazy("Done"),
}
FIELD_WORDS: dict[str, "StrPromise"] = {
    "name": gettext_lazy("the name"),
    "description": gettext_lazy("the description"),
    "assigned": gettext_lazy("the assignee"),
    "points": gettext_lazy("the story points"),
    "started": gettext_lazy("the start date"),
    "due": gettext_lazy("the due date"),
    "completed": gettext_lazy("the completion date"),
    "labels": gettext_lazy("the labels"),
    "is_blocked": gettext_lazy("the blocked mark"),
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
        raise NotUndoable(gettext("There is nothing left of this change to undo."))
    return list(_tasks(entries).filter(deleted_at__isnull=True))


def _ensure_undoable(entries: Sequence[Entry], user: User) -> None:
    if is_undoable(entries, user):
        return
    if entries[0].at <= timezone.now() - UNDO_WITHIN:
        hours = UNDO_WITHIN // timedelta(hours=1)
        raise ChangeTooOld(
            gettext("Changes can be undone for %(hours)d hours; this one is older.")
            % {"hours": hours}
        )
    raise NotUndoable(gettext("A change of this kind cannot be undone."))


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
                raise ChangedSince(gettext("You have undone this already."), task=current)
            if any(_stands_against(later, entry, user) for entry in own):
                raise ChangedSince(_words(later, user), task=current)


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
    """Who did what: "Ben Brown moved it to Done since"."""
    who = _who(entry.actor, user)
    if entry.action == "remove":
        return gettext("%(who)s deleted it since.") % {"who": who}
    if entry.model == "comment":
        return gettext("%(who)s commented on it since.") % {"who": who}
    if entry.model != "task" or not entry.changed:
        return gettext("%(who)s changed it since.") % {"who": who}
    if "status" in entry.changed:
        column = COLUMN_WORDS[entry.changed["status"][1]]
        return gettext("%(who)s moved it to %(column)s since.") % {"who": who, "column": column}
    if "sprint" in entry.changed or "order" in entry.changed:
        return gettext("%(who)s moved it since.") % {"who": who}
    fields = gettext(" and ").join(str(FIELD_WORDS.get(name, name)) for name in entry.changed)
    return gettext("%(who)s changed %(fields)s since.") % {"who": who, "fields": fields}


def _who(actor: User | None, user: User) -> str:
    if actor == user:
        return pgettext("who did it", "You")
    if actor is None:
        return pgettext("who did it", "Somebody")
    return pgettext("who did it", "%(name)s") % {"name": actor.get_full_name() or actor.username}
