"""Writes of the public links of sprints. They are no events: only owners may know of a link."""

from django.utils.translation import gettext

from board import audit
from board.changes import Actor, Change, change_channels
from board.errors import AlreadyGone
from board.models import SharedLink, Sprint
from board.models.accounts import AuditKind
from board.services.access import record_end_of_link
from board.transactions import retried_transaction
from realtime.names import CONTROL, project_channel


@retried_transaction
def share_sprint(*, actor: Actor, sprint: Sprint) -> SharedLink:
    """Give a sprint a public link; one that it has ends.

    Raises ``AlreadyGone``. Emits ``access revoke`` for those who came by the old link.
    """
    with change_channels(actor, [CONTROL, project_channel(sprint.project_id)]) as change:
        if not Sprint.objects.filter(pk=sprint.pk).exists():
            raise AlreadyGone(gettext("This sprint has been deleted."))
        end_link(change, sprint)
        audit.record(AuditKind.LINK_MADE, actor=actor.user, sprint=sprint.pk)
        return SharedLink.objects.create(sprint=sprint, created_by=actor.user)


@retried_transaction
def stop_sharing(*, actor: Actor, sprint: Sprint) -> None:
    """End a sprint's public link, if it has one. Emits ``access revoke`` for who came by it."""
    with change_channels(actor, [CONTROL, project_channel(sprint.project_id)]) as change:
        end_link(change, sprint)


def end_link(change: Change, sprint: Sprint) -> None:
    """End the link within a change that holds ``control`` and the project's channel."""
    for link in SharedLink.objects.filter(sprint=sprint):
        record_end_of_link(change, link)
        link.delete()
        audit.record(AuditKind.LINK_ENDED, sprint=sprint.pk)
