"""Writes of labels, and of which of them a task carries."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext

from board.changes import Actor, change_channels
from board.errors import AlreadyGone, RuleBroken
from board.models import Label, Project, Task, TaskLabel
from board.representations import label_body
from board.services.revisions import check_version, reread_project, save_revision
from board.transactions import retried_transaction
from realtime.names import project_channel

MOST_LABELS = 100


@retried_transaction
def create_label(*, actor: Actor, project: Project, given: Mapping[str, Any]) -> Label:
    """Add a label to a project. Raises ``RuleBroken`` or ``AlreadyGone``. Emits ``label add``."""
    channel = project_channel(project.pk)
    with change_channels(actor, [channel]) as change:
        project = reread_project(project)
        if project.labels.count() >= MOST_LABELS:
            raise RuleBroken(
                gettext("A project has at most %(most)d labels: delete one first.")
                % {"most": MOST_LABELS}
            )
        label = Label(project=project, **given)
        _check_name(label)
        label.save()
        change.record(
            channels=[channel],
            model="label",
            action="add",
            id=label.pk,
            version=label.version,
            body=label_body(label),
        )
    return label


@retried_transaction
def update_label(
    *,
    actor: Actor,
    label: Label,
    given: Mapping[str, Any],
    if_match: Collection[int] | None = None,
) -> Label:
    """Change a label's name or colour. Raises ``RuleBroken``, ``VersionMismatch``, ``AlreadyGone``.

    Emits ``label update``, or nothing when nothing changes. Tasks that carry it stay as they are.
    """
    channel = project_channel(label.project_id)
    with change_channels(actor, [channel]) as change:
        label = _reread(label)
        check_version(label, if_match)
        before = label_body(label)
        for name, value in given.items():
            setattr(label, name, value)
        _check_name(label)
        save_revision(
            change, label, model="label", before=before, body=label_body, channels=[channel]
        )
    return label


@retried_transaction
def delete_label(*, actor: Actor, label: Label, if_match: Collection[int] | None = None) -> None:
    """Delete a label, and take it off all tasks. Raises ``VersionMismatch`` or ``AlreadyGone``.

    Emits ``label remove`` alone: the tasks keep their versions, and clients do not show a label
    that is gone.
    """
    channel = project_channel(label.project_id)
    with change_channels(actor, [channel]) as change:
        label = _reread(label)
        check_version(label, if_match)
        change.record(
            channels=[channel],
            model="label",
            action="remove",
            id=label.pk,
            version=label.version + 1,
            body=None,
            undo=label_body(label),
        )
        label.delete()


def check_labels(project: Project, ids: Collection[int]) -> None:
    """Raise ``RuleBroken`` unless all are labels of the project; the others need not exist.

    Their rows are locked: none of them can be deleted before a task carries it.
    """
    labels = Label.objects.filter(project=project, pk__in=ids).order_by("pk")
    found = set(labels.select_for_update(no_key=True).values_list("pk", flat=True))
    if missing := sorted(set(ids) - found):
        raise RuleBroken(
            gettext("This project has no label %(id)d.") % {"id": missing[0]}, field="labels"
        )


def carry_labels(task: Task, ids: Collection[int]) -> None:
    """Let a stored ``task`` carry these labels and no others, and have them loaded with it."""
    prefetch_related_objects([task], "task_labels")
    carried = {link.label_id for link in task.task_labels.all()}
    if carried == set(ids):
        return
    task.task_labels.exclude(label__in=ids).delete()
    added = sorted(set(ids) - carried)
    TaskLabel.objects.bulk_create(TaskLabel(task=task, label_id=pk) for pk in added)
    # Forgets what was loaded with the task before.
    task.refresh_from_db(fields=["task_labels"])
    prefetch_related_objects([task], "task_labels")


def _check_name(label: Label) -> None:
    """Compared here, since databases differ in which letters have a small form."""
    others = Label.objects.filter(project=label.project_id).exclude(pk=label.pk)
    names = {name.casefold() for name in others.values_list("name", flat=True)}
    if label.name.casefold() in names:
        raise RuleBroken(gettext("This project has a label of that name already."), field="name")


def _reread(label: Label) -> Label:
    """Read a label again under the project's lock, and lock it against tasks that take it up."""
    current = Label.objects.select_for_update().filter(pk=label.pk).first()
    if current is None:
        raise AlreadyGone(gettext("This label has been deleted."))
    return current
