"""Every read that is more than fetching one row."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db.models import (
    Count,
    Max,
    Q,
    QuerySet,
    Sum,
)
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from board import access
from board.cards import backlog_cards, card_labels, sprint_cards
from board.errors import LinkEnded
from board.links import Purpose, hash_of, secret_of
from board.models import (
    Channel,
    Invitation,
    InvitationStatus,
    Label,
    Membership,
    Profile,
    Project,
    Role,
    SharedLink,
    Sprint,
    Status,
    Task,
    private_files,
)
from board.representations import Card, picture_of
from board.transactions import consistent_read
from realtime.names import project_channel, sprint_channel

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Board:
    """All that a board page shows, as of the ``channels``' positions (epoch and seq by name)."""

    sprint: Sprint
    tasks: list[Card]
    backlog: list[Card]
    card_labels: dict[int, list[int]]
    labels: list[Label]
    members: list[Membership]
    channels: dict[str, dict[str, str | int]]
    today: date
    role: str


WHY_NOT_OPEN: dict[str, "StrPromise"] = {
    InvitationStatus.ACCEPTED: gettext_lazy(
        "This invitation has been used. If it was you who used it, sign in; "
        "otherwise ask for a new one."
    ),
    InvitationStatus.EXPIRED: gettext_lazy(
        "This invitation has expired. Ask whoever sent it for a new one."
    ),
    InvitationStatus.REVOKED: gettext_lazy(
        "This invitation was taken back. Ask whoever sent it for a new one."
    ),
}


def default_project(user: User) -> Project | None:
    """The project that counts where none is named: the chosen one, else the first one joined.

    An archived one never is.
    """
    visible = access.visible_projects(user).filter(archived_at__isnull=True)
    chosen = Profile.objects.filter(user=user, default_project__in=visible).first()
    if chosen:
        return chosen.default_project
    return visible.order_by("memberships__id").first()


def open_invitations() -> QuerySet[Invitation]:
    """Those that can still be accepted, as ``Invitation.status`` says of one."""
    return Invitation.objects.filter(
        accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now()
    )


def invitation_of(token: str) -> Invitation:
    """Return the open invitation that a link's token is of, with its project and people.

    Raises ``LinkUnknown``, or ``LinkEnded`` with words for whoever holds the link.
    """
    secret_hash = hash_of(secret_of(Purpose.INVITATION, token))
    found = Invitation.objects.filter(secret_hash=secret_hash)
    invitation = found.select_related("project", "created_by", "accepted_by").first()
    if invitation is None:
        raise LinkEnded(gettext("The project of this invitation has been deleted."))
    if invitation.status != InvitationStatus.OPEN:
        raise LinkEnded(str(WHY_NOT_OPEN[invitation.status]))
    return invitation


def shared_link_of(token: str) -> SharedLink:
    """Return the public link that a token is of, with its sprint and project.

    Raises ``LinkUnknown`` or ``LinkEnded``.
    """
    found = SharedLink.objects.filter(secret=secret_of(Purpose.SHARED_BOARD, token))
    link = found.select_related("sprint__project").first()
    if link is None:
        raise LinkEnded(
            gettext("This board is not shared any more. Ask whoever sent you the link.")
        )
    return link


def live_tasks() -> QuerySet[Task]:
    return Task.objects.filter(deleted_at__isnull=True)


def column_tasks(*, project_id: int, sprint_id: int | None, status: int) -> QuerySet[Task]:
    """The tasks of one column of a sprint, or of the backlog (``sprint_id`` None), in order."""
    place = Q(sprint=sprint_id) if sprint_id else Q(sprint__isnull=True)
    return live_tasks().filter(place, project=project_id, status=status).order_by("order", "id")


def last_order(*, project_id: int, sprint_id: int | None, status: int) -> int | None:
    """The highest order in a column; None when it is empty."""
    column = column_tasks(project_id=project_id, sprint_id=sprint_id, status=status)
    last: int | None = column.order_by().aggregate(last=Max("order"))["last"]
    return last


def sprint_progress(project: Project) -> dict[str, dict[str, int]]:
    """Tasks and story points, in all and done, of each sprint that has tasks (by its id)."""
    done = Q(status=Status.DONE)
    rows = (
        live_tasks()
        .filter(project=project, sprint__isnull=False)
        .values("sprint")
        .annotate(
            tasks=Count("id"),
            tasks_done=Count("id", filter=done),
            all_points=Sum("points", default=0),
            points_done=Sum("points", filter=done, default=0),
        )
    )
    return {
        str(row["sprint"]): {
            "tasks": row["tasks"],
            "tasks_done": row["tasks_done"],
            "points": row["all_points"],
            "points_done": row["points_done"],
        }
        for row in rows
    }


def positions(*names: str) -> dict[str, dict[str, str | int]]:
    """Where channels end, ``{"sprint.7": {epoch, seq, change}, ...}``.

    After the database was restored from a copy, only ``change`` tells one history from the other.
    """
    rows = Channel.objects.filter(name__in=names)
    return {row.name: {"epoch": row.epoch, "seq": row.seq, "change": row.change} for row in rows}


def board_positions(sprint: Sprint) -> dict[str, dict[str, str | int]]:
    """Where the channels end that carry what a board shows."""
    return positions(sprint_channel(sprint.pk), project_channel(sprint.project_id))


def board(*, sprint: Sprint, channels: dict[str, dict[str, str | int]]) -> Board:
    """Read what is on a board, in the ``consistent_read`` that its sprint and positions are of."""
    return Board(
        sprint=sprint,
        tasks=sprint_cards(sprint),
        backlog=backlog_cards(sprint.project),
        card_labels=card_labels(sprint.project),
        labels=list(sprint.project.labels.all()),
        members=list(sprint.project.memberships.select_related("user__profile").order_by("id")),
        channels=channels,
        today=sprint.project.today(),
        role=access.own_role(sprint),
    )


def shared_board(token: str) -> Board:
    """Read a board as guests see it who come by a public link, as ``board`` does for members.

    There is no backlog, and of the members only those who stand on cards. Raises ``LinkUnknown``
    or ``LinkEnded``.
    """
    with consistent_read():
        sprint = shared_link_of(token).sprint
        channels = positions(sprint_channel(sprint.pk))
        shown = Q(user__tasks__sprint=sprint, user__tasks__deleted_at__isnull=True)
        members = sprint.project.memberships.filter(shown).select_related("user__profile")
        return Board(
            sprint=sprint,
            tasks=sprint_cards(sprint),
            backlog=[],
            card_labels=card_labels(sprint.project),
            labels=list(sprint.project.labels.all()),
            members=list(members.order_by("id").distinct()),
            channels=channels,
            today=sprint.project.today(),
            role=Role.VIEWER,
        )


def stored_picture(user: User) -> bytes | None:
    """The bytes of a person's picture; None without, also where the storage has lost it."""
    path = picture_of(user) and user.profile.picture.name
    try:
        return private_files().open(path).read() if path else None
    except FileNotFoundError:
        return None
