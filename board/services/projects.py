"""Writes of projects."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.models import User

from board.changes import Actor, change_channels
from board.errors import RuleBroken
from board.models import Membership, Profile, Project, Role
from board.representations import membership_body, project_body
from board.services.revisions import check_version, save_revision
from board.transactions import retried_transaction
from realtime.names import project_channel


@retried_transaction
def create_project(*, actor: Actor, given: Mapping[str, Any]) -> Project:
    """Make a project that ``actor`` owns.

    Raises ``RuleBroken``. Emits ``project add`` and ``membership add``.
    """
    if Project.objects.filter(key=given["key"]).exists():
        raise RuleBroken("Another project has this key already.", field="key")
    project = Project.objects.create(**given)
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
    return project


@retried_transaction
def update_project(
    *,
    actor: Actor,
    project: Project,
    given: Mapping[str, Any],
    if_match: Collection[int] | None = None,
) -> Project:
    """Change name or time zone. Raises ``VersionMismatch``.

    Emits ``project update``, or nothing when nothing changes.
    """
    channel = project_channel(project.pk)
    with change_channels(actor, [channel]) as change:
        project = Project.objects.get(pk=project.pk)
        check_version(project, if_match)
        before = project_body(project)
        for name, value in given.items():
            setattr(project, name, value)
        save_revision(
            change, project, model="project", before=before, body=project_body, channels=[channel]
        )
    return project


@retried_transaction
def choose_default_project(*, user: User, project: Project) -> None:
    """Remember which project counts where a request names none."""
    Profile.objects.update_or_create(user=user, defaults={"default_project": project})
