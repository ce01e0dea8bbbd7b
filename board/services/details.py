"""What writes of a task's comments, checklist and files share: its channel, counts and version.

Each of them is two events of one change on the task's channel: that of the comment, item or file,
then ``task update`` where that made the counts on the card others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.utils import timezone
from django.utils.translation import gettext_lazy

from board.changes import Actor, Change, change_channels
from board.detail_representations import DETAIL_BODIES, MODEL_NAMES
from board.errors import AlreadyGone
from board.models import Attachment, ChecklistItem, Comment, Task
from board.representations import Json, task_body
from board.services.placing import task_channel
from board.services.revisions import save_revision
from board.services.tasks import reread_task

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Detail = TypeVar("Detail", Comment, ChecklistItem, Attachment)

GONE: dict[type, "StrPromise"] = {
    Comment: gettext_lazy("This comment has been deleted."),
    ChecklistItem: gettext_lazy("This checklist item has been deleted."),
    Attachment: gettext_lazy("This attachment has been deleted."),
}


@dataclass(frozen=True, slots=True)
class TaskInHand:
    """A task read again under the lock of its channel, within the change of one of its details."""

    task: Task
    change: Change
    channel: str

    def add(self, detail: Detail) -> None:
        """Save a new detail and record ``add``."""
        detail.save()
        self._record(detail, "add", DETAIL_BODIES[type(detail)](detail))

    def update(self, detail: Detail, before: Json) -> bool:
        """Save what differs from ``before`` and record ``update``; tell if anything did."""
        return save_revision(
            self.change,
            detail,
            model=MODEL_NAMES[type(detail)],
            before=before,
            body=DETAIL_BODIES[type(detail)],
            channels=[self.channel],
        )

    def remove(self, detail: Detail) -> None:
        """Mark a detail as deleted and record ``remove``."""
        detail.version += 1
        detail.deleted_at = timezone.now()
        detail.save(update_fields=["version", "deleted_at"])
        self._record(detail, "remove", None, undo={"deleted_at": None})

    def restore(self, detail: Detail) -> None:
        """Bring back a deleted detail and record ``add``."""
        detail.version += 1
        detail.deleted_at = None
        detail.save(update_fields=["version", "deleted_at"])
        self._record(detail, "add", DETAIL_BODIES[type(detail)](detail))

    def _record(
        self, detail: Detail, action: str, body: Json | None, undo: Json | None = None
    ) -> None:
        self.change.record(
            channels=[self.channel],
            task=self.task.pk,
            model=MODEL_NAMES[type(detail)],
            action=action,
            id=detail.pk,
            version=detail.version,
            body=body,
            undo=undo,
        )


@contextmanager
def task_in_hand(*, actor: Actor, task: Task) -> Iterator[TaskInHand]:
    """Lock a task's channel for a change of its details, and keep its counts true to them.

    Needs a ``retried_transaction``. Raises ``AlreadyGone``. Emits ``task update`` after what was
    recorded inside, when the counts have changed.
    """
    channel = task_channel(project_id=task.project_id, sprint_id=task.sprint_id)
    with change_channels(actor, [channel]) as change:
        task = reread_task(task, {channel})
        with counted(TaskInHand(task, change, channel)) as hand:
            yield hand


@contextmanager
def counted(hand: TaskInHand) -> Iterator[TaskInHand]:
    """Make the task's counts true to what was recorded inside; emits ``task update`` after it."""
    before = task_body(hand.task)
    yield hand
    _count_details(hand.task)
    save_revision(
        hand.change,
        hand.task,
        model="task",
        before=before,
        body=task_body,
        channels=[hand.channel],
    )


def reread_detail(detail: Detail, *, is_deleted: bool = False) -> Detail:
    """Read a detail again under the lock of its task's channel; raises ``AlreadyGone``.

    ``is_deleted`` asks for one that was deleted before.
    """
    kind = type(detail)
    current = kind._default_manager.filter(pk=detail.pk, deleted_at__isnull=not is_deleted).first()
    if current is None:
        raise AlreadyGone(str(GONE[kind]))
    return current


def _count_details(task: Task) -> None:
    """Set the counts by what is there, so that no change can make them wrong for good."""
    live = {"deleted_at__isnull": True}
    task.comment_count = task.comments.filter(**live).count()
    task.attachment_count = task.attachments.filter(**live).count()
    is_done = task.checklist.filter(**live).order_by().values_list("is_done", flat=True)
    task.checklist_count, task.checklist_done_count = len(is_done), sum(is_done)
