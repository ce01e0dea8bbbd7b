"""Writes of memberships, and of what others see of a person."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext

from board import audit, queries
from board.access import ensure_owner
from board.changes import Actor, Change, change_channels
from board.errors import AlreadyGone, LastOwnerStays, RuleBroken
from board.models import Membership, Project, Role, Sprint
from board.models.accounts import AuditKind
from board.representations import Json, membership_body, task_body
from board.services.access import record_revocation
from board.services.placing import task_channel
from board.services.revisions import check_version, reread_project, save_revision
from board.transactions import retried_transaction
from realtime.names import CONTROL, project_channel, sprint_channel
from realtime.protocol import Close


@retried_transaction
def add_member(*, actor: Actor, project: Project, user: User, role: Role) -> Membership:
    """Let a person into a project, or give a member another role. Emits ``membership add``."""
    channel = project_channel(project.pk)
    # ``control`` only because another role takes it, and must not take it after the project's.
    with change_channels(actor, [CONTROL, channel]) as change:
        project = reread_project(project)
        membership, is_new = Membership.objects.get_or_create(
            project=project, user=user, defaults={"role": role}
        )
        if is_new:
            change.record(
                channels=[channel],
                model="membership",
                action="add",
                id=membership.pk,
                version=membership.version,
                body=membership_body(membership),
            )
            audit.record(
                AuditKind.MEMBER_ADDED,
                actor=actor.user,
                person=user,
                project=project.pk,
                role=str(role),
            )
    if membership.role != role:
        return change_role(actor=actor, membership=membership, role=role)
    return membership


@retried_transaction
def change_role(
    *,
    actor: Actor,
    membership: Membership,
    role: Role,
    if_match: Collection[int] | None = None,
) -> Membership:
    """Give a member another role. Raises ``LastOwnerStays`` or ``VersionMismatch``.

    Emits ``membership update`` and ``access revoke``: a ticket holds the role it was made for, so
    the member's windows fetch new ones.
    """
    channel = project_channel(membership.project_id)
    with change_channels(actor, [CONTROL, channel]) as change:
        membership = _reread(membership)
        check_version(membership, if_match)
        if role != Role.OWNER:
            _ensure_another_owner(membership)
        _set_role(change, membership, role)
    return membership


@retried_transaction
def hand_over(
    *, actor: Actor, membership: Membership, if_match: Collection[int] | None = None
) -> Membership:
    """Make another member the owner in ``actor``'s place, who stays as a member.

    Raises ``RoleForbids`` unless ``actor`` is an owner, ``RuleBroken``, ``VersionMismatch`` or
    ``AlreadyGone``. Emits a ``membership update`` and an ``access revoke`` for both.
    """
    channel = project_channel(membership.project_id)
    with change_channels(actor, [CONTROL, channel]) as change:
        ensure_owner(actor.user, membership.project_id)
        membership = _reread(membership)
        check_version(membership, if_match)
        if membership.user_id == actor.user.pk:
            raise RuleBroken(gettext("You are an owner already: hand over to somebody else."))
        if not membership.user.is_active:
            raise RuleBroken(
                gettext("%(username)s cannot sign in any more.")
                % {"username": membership.user.username}
            )
        own = Membership.objects.select_related("user__profile").get(
            project=membership.project_id, user=actor.user
        )
        _set_role(change, membership, Role.OWNER)
        _set_role(change, own, Role.MEMBER)
    return membership


@retried_transaction
def remove_member(
    *, actor: Actor, membership: Membership, if_match: Collection[int] | None = None
) -> None:
    """Take a person out of a project; their tasks there stay, assigned to nobody.

    Holds every channel of the project, so that nobody assigns a task to them meanwhile. Raises
    ``LastOwnerStays`` or ``AlreadyGone``. Emits a ``task update`` for each task, then ``membership
    remove`` and ``access revoke``.
    """
    channels = channels_of_project(membership.project_id)
    with change_channels(actor, [CONTROL, *channels]) as change:
        membership = _reread(membership)
        check_version(membership, if_match)
        _ensure_another_owner(membership)
        _unassign_tasks(change, membership)
        change.record(
            channels=[project_channel(membership.project_id)],
            model="membership",
            action="remove",
            id=membership.pk,
            version=membership.version + 1,
            body=None,
            undo=membership_body(membership),
        )
        record_revocation(change, user=membership.user, code=Close.NOT_A_MEMBER, channels=channels)
        _take_invitations_back(membership)
        membership.delete()
        audit.record(
            AuditKind.MEMBER_REMOVED,
            actor=actor.user,
            person=membership.user,
            project=membership.project_id,
        )


@retried_transaction
def update_person(*, actor: Actor, user: User, given: Mapping[str, Any]) -> User:
    """Change a person's name or whether they may sign in, and tell the projects that they are in.

    Emits ``membership update`` in each of them, and ``access revoke`` for who may not sign in.
    """
    memberships = user.memberships.order_by("project_id")
    names = [project_channel(m.project_id) for m in memberships]
    was_active = user.is_active
    with change_channels(actor, [CONTROL, *names]) as change:
        before = [membership_body(membership) for membership in memberships]
        for name, value in given.items():
            setattr(user, name, value)
        user.save(update_fields=list(given))
        for membership, old in zip(memberships, before, strict=True):
            membership.user = user
            save_membership(change, membership, old)
        if memberships and was_active and not user.is_active:
            record_revocation(change, user=user, code=Close.NEW_TICKET)
            for membership in memberships:
                _take_invitations_back(membership)
    return user


def channels_of_project(project_id: int) -> list[str]:
    sprints = Sprint.objects.filter(project_id=project_id).values_list("pk", flat=True)
    return [project_channel(project_id), *(sprint_channel(pk) for pk in sprints)]


def _set_role(change: Change, membership: Membership, role: Role) -> None:
    before, was_owner = membership_body(membership), membership.role == Role.OWNER
    membership.role = role
    if not save_membership(change, membership, before):
        return
    audit.record(
        AuditKind.ROLE_CHANGED,
        person=membership.user,
        project=membership.project_id,
        roles=[before["role"], str(role)],
    )
    record_revocation(
        change,
        user=membership.user,
        code=Close.NEW_TICKET,
        channels=channels_of_project(membership.project_id),
    )
    if was_owner:
        _take_invitations_back(membership)


def _take_invitations_back(membership: Membership) -> None:
    """Whoever is no owner any more must not come back, or bring others, by a link made before."""
    made = queries.open_invitations().filter(
        project=membership.project_id, created_by=membership.user_id
    )
    made.update(revoked_at=timezone.now())


def save_membership(change: Change, membership: Membership, before: Json) -> bool:
    """Save and announce how a membership differs from ``before``; tell if it does."""
    return save_revision(
        change,
        membership,
        model="membership",
        before=before,
        body=membership_body,
        channels=[project_channel(membership.project_id)],
    )


def _unassign_tasks(change: Change, membership: Membership) -> None:
    tasks = queries.live_tasks().filter(
        project_id=membership.project_id, assigned_id=membership.user_id
    )
    for task in tasks.select_related("project", "assigned").prefetch_related("task_labels"):
        before = task_body(task)
        task.assigned = None
        channel = task_channel(project_id=task.project_id, sprint_id=task.sprint_id)
        save_revision(change, task, model="task", before=before, body=task_body, channels=[channel])


def _reread(membership: Membership) -> Membership:
    current = Membership.objects.select_related("user__profile").filter(pk=membership.pk).first()
    if current is None:
        raise AlreadyGone(gettext("This person is not in the project any more."))
    return current


def _ensure_another_owner(membership: Membership) -> None:
    owners = Membership.objects.filter(
        project_id=membership.project_id, role=Role.OWNER, user__is_active=True
    )
    if membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise LastOwnerStays(gettext("A project needs an owner: make somebody else one first."))
