"""Writes of sprints.

They hold the project's and the sprint's channel, so that no task comes or goes meanwhile.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from board import queries
from board.changes import Actor, Change, change_channels
from board.errors import AlreadyGone, RuleBroken, SprintHasTasks
from board.models import Project, Sprint, Status, Task
from board.ordering import STRIDE
from board.representations import sprint_body, task_body
from board.services.revisions import check_version, reread_project, save_revision
from board.services.sharing import end_link
from board.services.tasks import remove_task
from board.transactions import retried_transaction
from realtime.names import CONTROL, project_channel, sprint_channel


@retried_transaction
def create_sprint(
    *, actor: Actor, project: Project, given: Mapping[str, Any], today: date | None = None
) -> Sprint:
    """Add a sprint; ``today`` as in ``create_task``.

    Raises ``RuleBroken``. Emits ``sprint add``.
    """
    channel = project_channel(project.pk)
    with change_channels(actor, [channel]) as change:
        project = reread_project(project)
        sprint = Sprint(project=project, **given)
        _check_end(sprint, today or project.today())
        _check_start(sprint)
        sprint.save()
        change.open_channel(sprint_channel(sprint.pk))
        change.record(
            channels=[channel],
            model="sprint",
            action="add",
            id=sprint.pk,
            version=sprint.version,
            body=sprint_body(sprint),
        )
    return sprint


@retried_transaction
def update_sprint(
    *,
    actor: Actor,
    sprint: Sprint,
    given: Mapping[str, Any],
    if_match: Collection[int] | None = None,
) -> Sprint:
    """Change the fields of ``given``.

    Raises ``RuleBroken``, ``VersionMismatch`` or ``AlreadyGone``. Emits ``sprint update``, or
    nothing when nothing changes.
    """
    with change_channels(actor, _channels_of(sprint)) as change:
        sprint = _reread(sprint)
        check_version(sprint, if_match)
        before, old_end = sprint_body(sprint), sprint.end
        for name, value in given.items():
            setattr(sprint, name, value)
        if sprint.end != old_end:
            _check_end(sprint, sprint.project.today())
        _check_start(sprint)
        save_revision(
            change,
            sprint,
            model="sprint",
            before=before,
            body=sprint_body,
            channels=[project_channel(sprint.project_id)],
        )
    return sprint


@retried_transaction
def delete_sprint(
    *,
    actor: Actor,
    sprint: Sprint,
    tasks_to_backlog: bool = False,
    if_match: Collection[int] | None = None,
) -> None:
    """Delete a sprint; with ``tasks_to_backlog`` open tasks go back, done ones leave the boards.

    Raises ``SprintHasTasks``, ``VersionMismatch`` or ``AlreadyGone``. Emits ``sprint remove``,
    after a ``task update`` or ``task remove`` for each of its tasks, and ``access revoke`` for
    those who came by its public link.
    """
    with change_channels(actor, [CONTROL, *_channels_of(sprint)]) as change:
        sprint = _reread(sprint)
        check_version(sprint, if_match)
        tasks = list(
            queries.live_tasks()
            .filter(sprint=sprint)
            .select_related("project", "assigned")
            .prefetch_related("task_labels")
        )
        if tasks and not tasks_to_backlog:
            raise SprintHasTasks(
                gettext(
                    "This sprint has %(count)d tasks; delete it with ?tasks=backlog to put the "
                    "open ones back to the backlog."
                )
                % {"count": len(tasks)}
            )
        _clear_out(change, sprint, tasks)
        end_link(change, sprint)
        change.record(
            channels=[project_channel(sprint.project_id)],
            model="sprint",
            action="remove",
            id=sprint.pk,
            version=sprint.version + 1,
            body=None,
            undo=sprint_body(sprint),
        )
        sprint.delete()


def _clear_out(change: Change, sprint: Sprint, tasks: list[Task]) -> None:
    channels = _channels_of(sprint)
    last = queries.last_order(
        project_id=sprint.project_id, sprint_id=None, status=Status.NOT_STARTED
    )
    order = last or 0
    for task in tasks:
        if task.status == Status.DONE:
            remove_task(change, task, channels=channels)
            continue
        before = task_body(task)
        order = order + STRIDE
        task.sprint, task.status, task.started, task.order = None, Status.NOT_STARTED, None, order
        save_revision(change, task, model="task", before=before, body=task_body, channels=channels)


def _channels_of(sprint: Sprint) -> list[str]:
    return [project_channel(sprint.project_id), sprint_channel(sprint.pk)]


def _reread(sprint: Sprint) -> Sprint:
    current = Sprint.objects.select_related("project").filter(pk=sprint.pk).first()
    if current is None:
        raise AlreadyGone(gettext("This sprint has been deleted."))
    return current


def _check_end(sprint: Sprint, today: date) -> None:
    if sprint.end < today:
        raise RuleBroken(gettext("End date cannot be in the past."), field="end")
    rivals = Sprint.objects.filter(project_id=sprint.project_id, end=sprint.end)
    if rivals.exclude(pk=sprint.pk).exists():
        raise RuleBroken(
            gettext("This project already has a sprint that ends on that day."), field="end"
        )


def _check_start(sprint: Sprint) -> None:
    if sprint.start and sprint.start > sprint.end:
        raise RuleBroken(gettext("A sprint cannot start after its end."), field="start")
