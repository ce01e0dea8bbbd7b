"""Taking a change back: the inverse of all that it did, unless something has come after it."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from board import columns, rules
from board.changes import Actor, Change, change_channels
from board.entries import UNDO_WITHIN, Entry, entries_of, is_undoable, standing
from board.errors import ChangedSince, ChangeTooOld, NotUndoable
from board.models import Event, Membership, Sprint, Status, Task
from board.representations import task_body
from board.services.placing import put_back, task_channel
from board.services.revisions import save_revision
from board.services.tasks import PLACE, remove_task, reread_given, reread_task
from board.transactions import retried_transaction

# What people set of a task. The rest follows from other objects, which are put back themselves.
TASK_FIELDS = frozenset(
    {
        "name",
        "description",
        "sprint",
        "status",
        "assigned",
        "points",
        "started",
        "due",
        "completed",
        "is_blocked",
    }
)
# What fields are called, where that is not their name.
FIELD_WORDS = {
    "assigned": "assignee",
    "points": "story points",
    "started": "start date",
    "due": "due date",
    "completed": "completion date",
    "is_blocked": "blocked mark",
}

PutBack = Callable[[Change, Entry, Collection[str]], None]


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
            PUT_BACK[entry.model, entry.action](change, entry, names)
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


def _tasks(entries: Sequence[Entry]) -> Any:
    found = Task.objects.filter(pk__in={entry.task for entry in entries}).order_by("pk")
    return found.select_related("project", "assigned").prefetch_related("task_labels")


def _channels_of(entries: Sequence[Entry]) -> set[str]:
    """Where the tasks are announced now, and where they will be."""
    projects = {task.pk: task for task in _tasks(entries)}
    places = {(task.project_id, task.sprint_id) for task in projects.values()} | {
        (projects[entry.task].project_id, entry.undo["sprint"])
        for entry in entries
        if entry.task in projects and "sprint" in entry.undo
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
    is_touched = later.object == entry.object and _fields(entry) & later.changed.keys()
    return is_gone or bool(is_touched)


def _fields(entry: Entry) -> set[str]:
    """The fields that are put back; what put a task elsewhere goes together."""
    names = set(entry.undo)
    if entry.model != "task":
        return names
    return names & TASK_FIELDS | (PLACE if names & PLACE else set())


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


# What takes back each action on each kind of object


def _delete_task(change: Change, entry: Entry, names: Collection[str]) -> None:
    remove_task(change, reread_task(Task(pk=entry.task), names), channels=names)


def _put_back_task(change: Change, entry: Entry, names: Collection[str]) -> None:
    task = reread_task(Task(pk=entry.task), names)
    before, undo = task_body(task), {"after": columns.id_above(task)}
    given = _given(entry)
    # What this change made Done was not done before it: the rules are to see that.
    task.status = given.get("status", task.status)
    rules.apply_to_task(task, reread_given(task, given), today=task.project.today())
    if _fields(entry) & PLACE:
        put_back(change, task, entry.undo)
    save_revision(
        change, task, model="task", before=before, body=task_body, channels=names, undo=undo
    )


def _given(entry: Entry) -> dict[str, Any]:
    """The fields as they were, as a writer would give them."""
    given = {name: entry.undo[name] for name in entry.undo.keys() & TASK_FIELDS}
    for name in given.keys() & {"started", "due", "completed"}:
        given[name] = given[name] and date.fromisoformat(given[name])
    if sprint := given.get("sprint"):
        given["sprint"] = Sprint(pk=sprint)
    return given


def _restore_task(change: Change, entry: Entry, names: Collection[str]) -> None:
    task = reread_task(Task(pk=entry.task), names, is_deleted=True)
    if task.sprint is None and task.status == Status.DONE:
        raise ChangedSince("The sprint of this task has been deleted since.", task=None)
    if task.sprint is None:
        rules.apply_to_task(task, {"status": Status.NOT_STARTED}, today=task.project.today())
    if not Membership.objects.filter(project=task.project_id, user=task.assigned_id).exists():
        task.assigned = None
    put_back(change, task, entry.undo)
    task.version += 1
    task.deleted_at, task.updated_at = None, timezone.now()
    task.save()
    change.record(
        channels=names,
        task=task.pk,
        model="task",
        action="add",
        id=task.pk,
        version=task.version,
        body=task_body(task),
    )


PUT_BACK: dict[tuple[str, str], PutBack] = {
    ("task", "add"): _delete_task,
    ("task", "update"): _put_back_task,
    ("task", "remove"): _restore_task,
}
