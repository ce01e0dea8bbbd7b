"""Writes of projects."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from board import audit, queries
from board.changes import Actor, change_channels, lock_channels
from board.errors import NotConfirmed, RuleBroken
from board.models import Channel, Membership, Mutation, Profile, Project, Role, SharedLink, Task
from board.models.accounts import AuditKind
from board.representations import membership_body, project_body
from board.services.access import record_end_of_link, record_revocation
from board.services.members import channels_of_project
from board.services.revisions import check_version, reread_project, save_revision
from board.transactions import StaleRead, retried_transaction
from realtime.names import CONTROL, project_channel
from realtime.protocol import Close


@retried_transaction
def create_project(*, actor: Actor, given: Mapping[str, Any]) -> Project:
    """Make a project that ``actor`` owns.

    Raises ``RuleBroken``. Emits ``project add`` and ``membership add``.
    """
    if Project.objects.filter(key=given["key"]).exists():
        raise RuleBroken(gettext("Another project has this key already."), field="key")
    project = Project()
    _set_fields(project, given)
    project.save()
    channel = project_channel(project.pk)
    with change_channels(actor, []) as change:
        change.open_channel(channel)
        membership = Membership.objects.create(project=project, user=actor.user, role=Role.OWNER)
        for model, instance, body in (
            ("project", project, project_body(project)),
            ("membership", membership, membership_body(membership)),
        ):
            change.record(
                channels=[channel],
                model=model,
                action="add",
                id=instance.pk,
                version=instance.version,
                body=body,
            )
    audit.record(AuditKind.PROJECT_CREATED, actor=actor.user, project=project.pk, key=project.key)
    return project


@retried_transaction
def update_project(
    *,
    actor: Actor,
    project: Project,
    given: Mapping[str, Any],
    if_match: Collection[int] | None = None,
) -> Project:
    """Change name, time zone or WIP limits. Raises ``VersionMismatch`` or ``AlreadyGone``.

    Emits ``project update``, or nothing when nothing changes.
    """
    channel = project_channel(project.pk)
    with change_channels(actor, [channel]) as change:
        project = reread_project(project)
        check_version(project, if_match)
        before = project_body(project)
        _set_fields(project, given)
        save_revision(
            change, project, model="project", before=before, body=project_body, channels=[channel]
        )
    return project


def _set_fields(project: Project, given: Mapping[str, Any]) -> None:
    """Set what is given; of ``wip_limits`` the columns that it names, with null for no limit."""
    for name, value in given.items():
        if name == "wip_limits":
            limits = {**project.wip_limits, **value}
            value = {status: limits[status] for status in sorted(limits) if limits[status]}
        setattr(project, name, value)


def archive_project(
    *, actor: Actor, project: Project, if_match: Collection[int] | None = None
) -> Project:
    """Make a project read-only and take its open invitations back; nothing when it is so already.

    Raises and emits what ``update_project`` does.
    """
    return _set_archived(actor, project, timezone.now(), if_match)


def restore_project(
    *, actor: Actor, project: Project, if_match: Collection[int] | None = None
) -> Project:
    """Take back that a project was archived; raises and emits what ``update_project`` does."""
    return _set_archived(actor, project, None, if_match)


@retried_transaction
def _set_archived(
    actor: Actor, project: Project, archived_at: datetime | None, if_match: Collection[int] | None
) -> Project:
    lock_channels([project_channel(project.pk)])
    project = reread_project(project)
    if (project.archived_at is None) == (archived_at is None):
        check_version(project, if_match)
        return project
    if archived_at:
        queries.open_invitations().filter(project=project).update(revoked_at=archived_at)
    kind = AuditKind.PROJECT_ARCHIVED if archived_at else AuditKind.PROJECT_RESTORED
    audit.record(kind, actor=actor.user, project=project.pk)
    given = {"archived_at": archived_at}
    return update_project(actor=actor, project=project, given=given, if_match=if_match)


@retried_transaction
def delete_project(
    *,
    actor: Actor,
    project: Project,
    confirmation: str,
    if_match: Collection[int] | None = None,
) -> None:
    """Delete a project for good: its tasks, sprints, members, links and the log of all changes.

    ``confirmation`` must be the project's key, as typed by the owner. Raises ``NotConfirmed``,
    ``VersionMismatch`` or ``AlreadyGone``. Emits ``project remove``, of which only those hear who
    watch, then an ``access revoke`` for each member and each public link: that one counts.
    """
    names = channels_of_project(project.pk)
    lock_channels([CONTROL, *names])
    project = reread_project(project)
    if set(channels_of_project(project.pk)) != set(names):
        raise StaleRead
    check_version(project, if_match)
    if confirmation != project.key:
        raise NotConfirmed(
            gettext(
                "This deletes everything in %(project)s for good: confirm it with ?confirm=%(key)s."
            )
            % {"project": project.name, "key": project.key}
        )
    project_id = project.pk
    _announce_end(actor, project, names)
    audit.record(AuditKind.PROJECT_DELETED, actor=actor.user, project=project.pk, key=project.key)
    # Before their sprints: a task that loses its sprint must be a task of the backlog.
    Task.objects.filter(project=project).delete()
    project.delete()
    _forget_answers(project_id, key=project.key)
    Channel.objects.filter(name__in=names).delete()


def _announce_end(actor: Actor, project: Project, names: Collection[str]) -> None:
    """Two changes, so that the first is published before the second closes the sockets."""
    with change_channels(actor, [project_channel(project.pk)]) as change:
        change.record(
            channels=[project_channel(project.pk)],
            model="project",
            action="remove",
            id=project.pk,
            version=project.version + 1,
            body=None,
        )
    with change_channels(actor, [CONTROL]) as change:
        for membership in project.memberships.select_related("user"):
            record_revocation(change, user=membership.user, code=Close.NOT_A_MEMBER, channels=names)
        for link in SharedLink.objects.filter(sprint__project=project):
            record_end_of_link(change, link)


def _forget_answers(project_id: int, *, key: str) -> None:
    """Delete what is kept for repeated writes (``board.services.mutations``) of a project."""
    Mutation.objects.filter(Q(body__project=project_id) | Q(body__key=key)).delete()


@retried_transaction
def choose_default_project(*, user: User, project: Project) -> None:
    """Remember which project counts where a request names none."""
    Profile.objects.update_or_create(user=user, defaults={"default_project": project})
