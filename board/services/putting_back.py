"""The opposite of what one change did to one object, within the change that takes it back.

Each holds the channels ``names``, and finds out under them whether its task has moved or gone.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from board import columns, rules
from board.changes import Change
from board.detail_representations import DETAIL_BODIES, MODEL_NAMES
from board.entries import Entry
from board.errors import ChangedSince, RuleBroken
from board.models import Membership, Sprint, Status, Task
from board.representations import task_body
from board.services.attachments import MOST_ATTACHMENTS
from board.services.checklist import MOST_ITEMS
from board.services.details import TaskInHand, counted, reread_detail
from board.services.placing import stand_again, task_channel
from board.services.revisions import save_revision
from board.services.tasks import PLACE, apply_given, remove_task, reread_task

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
        "labels",
    }
)
# Comments, items and files by the names of their models in events.
DETAILS = {name: kind for kind, name in MODEL_NAMES.items()}
LIMITS = {
    "checklist_item": ("checklist_count", MOST_ITEMS),
    "attachment": ("attachment_count", MOST_ATTACHMENTS),
}

PutBack = Callable[[Change, Entry, Collection[str]], None]


def put_back(change: Change, entry: Entry, names: Collection[str]) -> None:
    """Do the opposite of ``entry``; of an update, for the fields that it put back.

    Raises ``RuleBroken``, ``ChangedSince`` or ``AlreadyGone``. Emits the opposite event.
    """
    if entry.action == "update" and not fields_put_back(entry):
        return
    opposites = TASK_OPPOSITES if entry.model == "task" else DETAIL_OPPOSITES
    opposites[entry.action](change, entry, names)


def fields_put_back(entry: Entry) -> set[str]:
    """The fields that are put back; what put a task elsewhere goes together."""
    names = set(entry.undo)
    if entry.model != "task":
        return names
    return names & TASK_FIELDS | (PLACE if names & PLACE else set())


def _delete_task(change: Change, entry: Entry, names: Collection[str]) -> None:
    remove_task(change, reread_task(Task(pk=entry.task), names), channels=names)


def _put_back_task(change: Change, entry: Entry, names: Collection[str]) -> None:
    task = reread_task(Task(pk=entry.task), names)
    before, undo = task_body(task), {"after": columns.id_above(task)}
    given = _given(entry, task)
    # What this change made Done was not done before it: the rules are to see that.
    task.status = given.get("status", task.status)
    apply_given(task, given)
    if fields_put_back(entry) & PLACE:
        stand_again(change, task, entry.undo)
    save_revision(
        change, task, model="task", before=before, body=task_body, channels=names, undo=undo
    )


def _given(entry: Entry, task: Task) -> dict[str, Any]:
    """The fields as they were, as a writer would give them; of its labels those still there."""
    given = {name: entry.undo[name] for name in entry.undo.keys() & TASK_FIELDS}
    for name in given.keys() & {"started", "due", "completed"}:
        given[name] = given[name] and date.fromisoformat(given[name])
    if sprint := given.get("sprint"):
        given["sprint"] = Sprint(pk=sprint)
    if "labels" in given:
        labels = task.project.labels.filter(pk__in=given["labels"])
        given["labels"] = list(labels.values_list("pk", flat=True))
    return given


def _restore_task(change: Change, entry: Entry, names: Collection[str]) -> None:
    task = reread_task(Task(pk=entry.task), names, is_deleted=True)
    if task.sprint is None and task.status == Status.DONE:
        raise ChangedSince(gettext("The sprint of this task has been deleted since."), task=None)
    if task.sprint is None:
        rules.apply_to_task(task, {"status": Status.NOT_STARTED}, today=task.project.today())
    if not Membership.objects.filter(project=task.project_id, user=task.assigned_id).exists():
        task.assigned = None
    stand_again(change, task, entry.undo)
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


@contextmanager
def _in_hand(change: Change, entry: Entry, names: Collection[str]) -> Iterator[TaskInHand]:
    task = reread_task(Task(pk=entry.task), names)
    channel = task_channel(project_id=task.project_id, sprint_id=task.sprint_id)
    with counted(TaskInHand(task, change, channel)) as hand:
        yield hand


def _detail(entry: Entry, *, is_deleted: bool = False) -> Any:
    kind, pk = entry.object
    return reread_detail(DETAILS[kind](pk=pk), is_deleted=is_deleted)


def _remove_detail(change: Change, entry: Entry, names: Collection[str]) -> None:
    with _in_hand(change, entry, names) as hand:
        hand.remove(_detail(entry))


def _put_back_detail(change: Change, entry: Entry, names: Collection[str]) -> None:
    with _in_hand(change, entry, names) as hand:
        detail = _detail(entry)
        before = DETAIL_BODIES[type(detail)](detail)
        for name, value in entry.undo.items():
            setattr(detail, name, detail._meta.get_field(name).to_python(value))
        hand.update(detail, before)


def _ensure_room(task: Task, model: str) -> None:
    """Raise ``RuleBroken`` when the task has as many of these as it may."""
    count, most = LIMITS.get(model, (None, 0))
    if count and getattr(task, count) >= most:
        raise RuleBroken(
            gettext("This task has %(most)d of these already: remove one first.") % {"most": most}
        )


def _restore_detail(change: Change, entry: Entry, names: Collection[str]) -> None:
    with _in_hand(change, entry, names) as hand:
        _ensure_room(hand.task, entry.model)
        hand.restore(_detail(entry, is_deleted=True))


TASK_OPPOSITES: dict[str, PutBack] = {
    "add": _delete_task,
    "update": _put_back_task,
    "remove": _restore_task,
}
DETAIL_OPPOSITES: dict[str, PutBack] = {
    "add": _remove_detail,
    "update": _put_back_detail,
    "remove": _restore_detail,
}
