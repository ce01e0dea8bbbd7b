"""Who may see or change what: one rule, used by the API and for websocket tickets.

Who is not in a project sees nothing of it: the querysets here are what every view begins with, so
that a hidden object is as unknown as one that does not exist. Within a project, the role decides.
"""

from dataclasses import dataclass
from typing import TypeVar, cast

from django.contrib.auth.models import User
from django.db.models import F, Model, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext
from rest_framework.request import Request

from board.errors import RoleForbids
from board.models import (
    Attachment,
    Channel,
    ChecklistItem,
    Comment,
    Invitation,
    InvitationStatus,
    Label,
    Membership,
    Project,
    Role,
    SharedLink,
    Sprint,
    Task,
)
from realtime.names import CONTROL

WRITERS = (Role.OWNER, Role.MEMBER)
# Reads the membership by which the row was found, without another query.
OWN_ROLE = F("project__memberships__role")
# Where the session keeps which invitation its browser was shown.
INVITATION_KEY = "invitation"

Detail = TypeVar("Detail", Comment, ChecklistItem, Attachment)


def requester(request: Request) -> User:
    """The person who asks; the API's default permission has refused everybody unknown before."""
    return cast(User, request.user)


def visible_projects(user: User) -> QuerySet[Project]:
    return Project.objects.filter(memberships__user=user)


def visible_memberships(user: User) -> QuerySet[Membership]:
    visible = Membership.objects.filter(project__memberships__user=user)
    return visible.select_related("user__profile", "project")


def visible_invitations(user: User) -> QuerySet[Invitation]:
    """Invitations to the projects that the person is in; only owners are shown them."""
    return Invitation.objects.filter(project__memberships__user=user).select_related(
        "created_by", "accepted_by"
    )


def owned_invitations(user: User) -> QuerySet[Invitation]:
    """Invitations to the projects that the person owns."""
    owned = Membership.objects.filter(user=user, role=Role.OWNER).values("project")
    return visible_invitations(user).filter(project__in=owned)


def visible_labels(user: User) -> QuerySet[Label]:
    """Labels that the person may see, each with their ``own_role``."""
    mine = Label.objects.filter(project__memberships__user=user)
    return mine.select_related("project").annotate(own_role=OWN_ROLE)


def visible_sprints(user: User) -> QuerySet[Sprint]:
    """Sprints that the person may see, each with their ``own_role``."""
    return Sprint.objects.filter(project__memberships__user=user).annotate(own_role=OWN_ROLE)


def visible_tasks(user: User) -> QuerySet[Task]:
    """Tasks that the person may see, each with their ``own_role``."""
    mine = Task.objects.filter(project__memberships__user=user, deleted_at__isnull=True)
    shown = mine.select_related("project", "assigned").prefetch_related("task_labels")
    return shown.annotate(own_role=OWN_ROLE)


def visible_details(user: User, kind: type[Detail]) -> QuerySet[Detail]:
    """Comments, checklist items or files of the tasks that the person may see, each as those."""
    shown = kind._default_manager.filter(
        task__project__memberships__user=user,
        task__deleted_at__isnull=True,
        deleted_at__isnull=True,
    )
    own_role = F("task__project__memberships__role")
    return shown.select_related("task__project").annotate(own_role=own_role)


def visible_users(user: User) -> QuerySet[User]:
    """The person and everybody with whom they share a project."""
    shared = Membership.objects.filter(project__memberships__user=user).values("user")
    return User.objects.filter(Q(pk=user.pk) | Q(pk__in=shared))


def role_in(user: User, project_id: int) -> Role | None:
    role = (
        Membership.objects.filter(user=user, project_id=project_id)
        .values_list("role", flat=True)
        .first()
    )
    return Role(role) if role else None


def own_role(visible: Model) -> str:
    """The role of the person for whom this row was read by one of the querysets above."""
    role: str = vars(visible)["own_role"]
    return role


def may_write(role: str | None, project: Project) -> bool:
    """Tell whether this role may change what is in the project now."""
    return role in WRITERS and not project.archived_at


def ensure_writer(role: str | None, project: Project) -> None:
    """Let owners and members pass; raises ``RoleForbids`` for the rest of those who can see it."""
    if role not in WRITERS:
        raise RoleForbids(gettext("Viewers can look at this project but not change it."))
    ensure_not_archived(project)


def ensure_author(user: User, author: User) -> None:
    """Let only whoever wrote it pass; raises ``RoleForbids``."""
    if user != author:
        raise RoleForbids(gettext("Only who wrote this can change it."))


def ensure_author_or_owner(user: User, author: User, role: str) -> None:
    """Let pass whoever put it there, and owners of the project; raises ``RoleForbids``."""
    if user != author and role != Role.OWNER:
        raise RoleForbids(
            gettext("Only who put this here, or an owner of the project, can remove it.")
        )


def ensure_owner(user: User, project_id: int) -> None:
    """Let owners pass, also of an archived project.

    Raises ``RoleForbids`` for the rest of those who can see it.
    """
    if role_in(user, project_id) != Role.OWNER:
        raise RoleForbids(gettext("Only an owner of this project can do that."))


def ensure_managed(user: User, project: Project) -> None:
    """Let owners pass while the project is in use; raises ``RoleForbids``.

    For all that changes a project or lets somebody in. What takes access away goes by
    ``ensure_owner``: an archive must not keep anybody in.
    """
    ensure_owner(user, project.pk)
    ensure_not_archived(project)


def ensure_not_archived(project: Project) -> None:
    """Raises ``RoleForbids`` when the project is archived, which nobody's role overrules."""
    if project.archived_at:
        raise RoleForbids(
            gettext("This project is archived: an owner can restore it to change it.")
        )


@dataclass(frozen=True, slots=True)
class Grants:
    """A person's role by project id; ``control`` stood at ``epoch`` and ``seq`` when they held."""

    roles: dict[int, str]
    epoch: str
    seq: int


def grants_of(user: User) -> Grants:
    """Read what a person may listen to, anew, whatever the request began with.

    One query, because one view of the database must show both the rights and how far ``control``
    is: a revocation that this does not know of then stands behind it, and ends the tickets.
    """
    rows = list(
        Membership.objects.filter(user=user, user__is_active=True, user__password=user.password)
        .annotate(epoch=_of_control("epoch"), seq=_of_control("seq"))
        .values_list("project_id", "role", "epoch", "seq")
    )
    epoch, seq = rows[0][2:] if rows else (None, None)
    return Grants({project: role for project, role, *_ in rows}, epoch or "", seq or 0)


def guest_grants_of(link: SharedLink) -> Grants | None:
    """What a guest may listen to who came by this link, read as in ``grants_of``.

    ``roles`` is empty, for a guest is in no project. None when the link has ended.
    """
    rows = SharedLink.objects.filter(pk=link.pk)
    rows = rows.annotate(epoch=_of_control("epoch"), seq=_of_control("seq"))
    found = rows.values_list("epoch", "seq").first()
    return Grants({}, found[0] or "", found[1] or 0) if found else None


def _of_control(column: str) -> Subquery:
    return Subquery(Channel.objects.filter(pk=CONTROL).values(column))


def remember_invitation(request: Request, invitation: Invitation) -> None:
    """Let this browser sign up, as long as the invitation that it was shown is open."""
    request.session[INVITATION_KEY] = invitation.pk


def is_invited(request: HttpRequest) -> bool:
    """Tell whether this browser has looked at an invitation that is open still."""
    pk = request.session.get(INVITATION_KEY)
    invitation = Invitation.objects.filter(pk=pk).first() if pk else None
    return invitation is not None and invitation.status == InvitationStatus.OPEN
