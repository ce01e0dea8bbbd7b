"""What all updates share: preconditions, and saving with a new version and what changed."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext

from board.changes import LONG_TEXTS, Change
from board.errors import AlreadyGone, VersionMismatch
from board.models import (
    Attachment,
    ChecklistItem,
    Comment,
    Label,
    Membership,
    Project,
    Sprint,
    Task,
)
from board.representations import Json

Versioned = TypeVar(
    "Versioned", Project, Membership, Label, Sprint, Task, Comment, ChecklistItem, Attachment
)

# These follow from other fields, so that telling their change would tell it twice.
DERIVED = ("version", "updated_at", "title", "status_display", "has_description", "links")


def reread_project(project: Project, *, must_lock: bool = False) -> Project:
    """Read a project again under the lock of its channel; raises ``AlreadyGone``.

    ``must_lock`` locks its row besides, for those who hold another channel only.
    """
    found = Project.objects.filter(pk=project.pk)
    current = (found.select_for_update() if must_lock else found).first()
    if current is None:
        raise AlreadyGone(gettext("This project has been deleted."))
    return current


def check_version(current: Versioned, if_match: Collection[int] | None) -> None:
    """Raise ``VersionMismatch`` unless the version is one of ``if_match`` (None: any will do)."""
    if if_match is not None and current.version not in if_match:
        raise VersionMismatch(current)


def changed_fields(before: Json, after: Json) -> dict[str, list[Any]]:
    """Return ``{"status": [1, 2]}``; long texts are named without their values."""
    return {
        name: [] if name in LONG_TEXTS else [before[name], after[name]]
        for name in before
        if name not in DERIVED and before[name] != after[name]
    }


def save_revision(
    change: Change,
    instance: Versioned,
    *,
    model: str,
    before: Json,
    body: Callable[[Versioned], Json],
    channels: Collection[str],
    undo: Json | None = None,
) -> bool:
    """Save what differs from ``before`` as the next version and record it; tell if anything did."""
    changed: dict[str, list[Any]] = changed_fields(before, body(instance))
    if not changed:
        return False
    instance.version += 1
    if isinstance(instance, Sprint | Task):
        instance.updated_at = timezone.now()
    columns = {field.name for field in instance._meta.concrete_fields}
    instance.save(update_fields=columns & {*changed, "version", "updated_at"})
    change.record(
        channels=channels,
        task=_task_of(instance),
        model=model,
        action="update",
        id=instance.pk,
        version=instance.version,
        body=body(instance),
        changed=changed,
        undo={**{name: before[name] for name in changed}, **(undo or {})},
    )
    return True


def _task_of(instance: Model) -> int | None:
    """The id of the task in whose history a change of ``instance`` belongs, if any."""
    pk: int | None = instance.pk if isinstance(instance, Task) else vars(instance).get("task_id")
    return pk
