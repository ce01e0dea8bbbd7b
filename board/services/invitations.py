"""Writes of invitations.

They hold the project's channel, so that of two who come by one link only the first gets in, and so
that nobody is invited to a project that is being archived. They are no events: only owners may know
of them.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from board import audit, queries
from board.access import ensure_not_archived
from board.changes import Actor, lock_channels
from board.errors import AlreadyGone, InvitationUsed, TooManyInvitations
from board.links import Purpose, hash_of, link_of
from board.models import (
    USUAL_DAYS,
    Invitation,
    InvitationStatus,
    Membership,
    Project,
    Role,
    new_secret,
)
from board.models.accounts import AuditKind
from board.services.members import add_member
from board.services.revisions import reread_project
from board.transactions import retried_transaction
from realtime.names import CONTROL, project_channel

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# Far more than a team invites at once, and few enough to look through.
MOST_OPEN = 50
# As the mail says it.
ROLE_WORDS: dict[str, "StrPromise"] = {
    Role.OWNER: gettext_lazy("owner"),
    Role.MEMBER: gettext_lazy("member"),
    Role.VIEWER: gettext_lazy("viewer"),
}
# From the least that a role allows to the most.
RANKS = (Role.VIEWER, Role.MEMBER, Role.OWNER)


@retried_transaction
def create_invitation(
    *,
    actor: Actor,
    project: Project,
    role: Role,
    origin: str,
    email: str = "",
    days: int = USUAL_DAYS,
) -> tuple[Invitation, str]:
    """Invite whoever comes first by the link that is returned; it is also mailed to ``email``.

    ``origin`` is the scheme and host of the link, ``days`` how long it can be accepted. The link
    cannot be told again. Raises ``TooManyInvitations``, ``RoleForbids`` or ``AlreadyGone``.
    """
    lock_channels([project_channel(project.pk)])
    project = reread_project(project)
    ensure_not_archived(project)
    if queries.open_invitations().filter(project=project).count() >= MOST_OPEN:
        raise TooManyInvitations(
            gettext("This project has %(most)d open invitations: take some back to make new ones.")
            % {"most": MOST_OPEN}
        )
    secret = new_secret()
    invitation = Invitation.objects.create(
        project=project,
        role=role,
        email=email,
        secret_hash=hash_of(secret),
        created_by=actor.user,
        expires_at=timezone.now() + timedelta(days=days),
    )
    audit.record(
        AuditKind.INVITATION_MADE, actor=actor.user, project=project.pk, role=str(role), email=email
    )
    link = link_of(Purpose.INVITATION, secret, origin=origin)
    if email:
        transaction.on_commit(lambda: _send(invitation, link), robust=True)
    return invitation, link


@retried_transaction
def accept_invitation(*, actor: Actor, token: str) -> Membership:
    """Let ``actor`` into the project, in the role of the invitation, which is used up by that.

    Whoever is in the project already keeps the higher of the two roles; where that changes nothing,
    the invitation stays open for the one whom it was meant for. Raises ``LinkUnknown`` or
    ``LinkEnded``. Emits ``membership add``, or ``membership update`` and ``access revoke``.
    """
    project = queries.invitation_of(token).project
    lock_channels([CONTROL, project_channel(project.pk)])
    invitation = queries.invitation_of(token)
    own = (
        Membership.objects.filter(project=project, user=actor.user)
        .select_related("user__profile")
        .first()
    )
    if own and RANKS.index(Role(own.role)) >= RANKS.index(Role(invitation.role)):
        return own
    membership = add_member(
        actor=actor, project=project, user=actor.user, role=Role(invitation.role)
    )
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = actor.user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(
        AuditKind.INVITATION_ACCEPTED,
        actor=actor.user,
        person=actor.user,
        project=project.pk,
        role=invitation.role,
    )
    return membership


@retried_transaction
def revoke_invitation(*, invitation: Invitation) -> None:
    """Take an invitation back; nothing happens when it is not open any more.

    Raises ``InvitationUsed`` when somebody came in by it, or ``AlreadyGone``.
    """
    lock_channels([project_channel(invitation.project_id)])
    current = Invitation.objects.filter(pk=invitation.pk).first()
    if current is None:
        raise AlreadyGone(gettext("This invitation is gone, with its project."))
    if current.status == InvitationStatus.ACCEPTED:
        raise InvitationUsed(gettext("This invitation has been used: remove the member instead."))
    if queries.open_invitations().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        audit.record(AuditKind.INVITATION_REVOKED, project=invitation.project_id)


def _send(invitation: Invitation, link: str) -> None:
    inviter = invitation.created_by
    text = render_to_string(
        "board/invitation.txt",
        {
            "inviter": inviter.get_full_name() or inviter.username,
            "project": invitation.project,
            "role": ROLE_WORDS[invitation.role],
            "link": link,
            "expires_at": invitation.expires_at,
        },
    )
    subject = gettext("Join %(project)s on Sprintwall") % {"project": invitation.project.name}
    send_mail(" ".join(subject.split()), text, None, [invitation.email])
