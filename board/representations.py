"""Objects as the API shows them: the same shape in answers, on boards and in events.

``base`` is the scheme and host that links begin with; events carry plain paths and leave it empty.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import PurePath
from typing import Any, NamedTuple
from zlib import crc32

from django.contrib.auth.models import User

from board.models import (
    Invitation,
    Label,
    Membership,
    Profile,
    Project,
    SharedLink,
    Sprint,
    Status,
    Task,
)

Json = dict[str, Any]

STATUS_NAMES = {int(status): str(status.label) for status in Status}


def iso(value: Any) -> str | None:
    return value.isoformat() if value else None


def project_body(project: Project, base: str = "") -> Json:
    """``{id, key, name, time_zone, wip_limits, archived_at, version, links}``."""
    return {
        "id": project.pk,
        "key": project.key,
        "name": project.name,
        "time_zone": project.time_zone,
        "wip_limits": project.wip_limits,
        "archived_at": iso(project.archived_at),
        "version": project.version,
        "links": {
            "self": f"{base}/api/projects/{project.pk}/",
            "sprints": f"{base}/api/sprints/?project={project.pk}",
            "tasks": f"{base}/api/tasks/?project={project.pk}",
            "memberships": f"{base}/api/memberships/?project={project.pk}",
            "progress": f"{base}/api/projects/{project.pk}/progress/",
            "labels": f"{base}/api/labels/?project={project.pk}",
        },
    }


def label_body(label: Label, base: str = "") -> Json:
    """``{id, project, name, colour, version, links}``."""
    return {
        "id": label.pk,
        "project": label.project_id,
        "name": label.name,
        "colour": label.colour,
        "version": label.version,
        "links": {
            "self": f"{base}/api/labels/{label.pk}/",
            "project": f"{base}/api/projects/{label.project_id}/",
            "tasks": f"{base}/api/tasks/?label={label.pk}",
        },
    }


def membership_body(membership: Membership, base: str = "") -> Json:
    """One person in one project, with what others need to show that person."""
    user = membership.user
    return {
        "id": membership.pk,
        "project": membership.project_id,
        "user": user.username,
        "full_name": user.get_full_name() or user.username,
        "is_active": user.is_active,
        "role": membership.role,
        "picture": picture_of(user),
        "version": membership.version,
        "links": {
            "self": f"{base}/api/memberships/{membership.pk}/",
            "project": f"{base}/api/projects/{membership.project_id}/",
            "user": f"{base}/api/users/{user.username}/",
            "avatar": avatar_link(user, base),
        },
    }


def picture_of(user: User) -> str | None:
    """A name for the person's picture, another one for each; null without. Needs ``profile``."""
    profile: Profile | None = getattr(user, "profile", None)
    name = profile.picture.name if profile else None
    return PurePath(name).stem[:8] if name else None


def avatar_link(user: User, base: str = "") -> str:
    """Where a person's avatar is; another address when it has changed, so that it may be kept."""
    known_by = picture_of(user) or f"{crc32(user.get_full_name().encode()):08x}"
    return f"{base}/api/users/{user.username}/avatar/?v={known_by}"


def user_body(user: User, base: str = "") -> Json:
    """``{id, username, full_name, is_active, picture, links}``; needs ``profile``."""
    return {
        "id": user.pk,
        "username": user.username,
        "full_name": user.get_full_name() or user.username,
        "is_active": user.is_active,
        "picture": picture_of(user),
        "links": {
            "self": f"{base}/api/users/{user.username}/",
            "tasks": f"{base}/api/tasks/?assigned={user.username}",
            "avatar": avatar_link(user, base),
        },
    }


def invitation_body(invitation: Invitation, base: str = "") -> Json:
    """An invitation without its link, which is told once; needs both people loaded."""
    accepted_by = invitation.accepted_by
    return {
        "id": invitation.pk,
        "project": invitation.project_id,
        "role": invitation.role,
        "email": invitation.email,
        "status": str(invitation.status),
        "created_by": invitation.created_by.username,
        "created_at": invitation.created_at.isoformat(),
        "expires_at": invitation.expires_at.isoformat(),
        "accepted_by": accepted_by.username if accepted_by else None,
        "accepted_at": iso(invitation.accepted_at),
        "revoked_at": iso(invitation.revoked_at),
        "links": {
            "self": f"{base}/api/invitations/{invitation.pk}/",
            "project": f"{base}/api/projects/{invitation.project_id}/",
        },
    }


def shared_link_body(link: SharedLink | None) -> Json:
    """Who shared a sprint and when, without the link itself; nulls while it is not shared."""
    return {
        "created_by": link.created_by.username if link else None,
        "created_at": link.created_at.isoformat() if link else None,
    }


def sprint_body(sprint: Sprint, base: str = "") -> Json:
    """A sprint without ``links.channel``, which holds a ticket and so belongs to one person."""
    return {
        "id": sprint.pk,
        "project": sprint.project_id,
        "name": sprint.name,
        "title": sprint.title,
        "description": sprint.description,
        "goal": sprint.goal,
        "start": iso(sprint.start),
        "end": iso(sprint.end),
        "closed_at": iso(sprint.closed_at),
        "version": sprint.version,
        "created_at": sprint.created_at.isoformat(),
        "updated_at": sprint.updated_at.isoformat(),
        "links": {
            "self": f"{base}/api/sprints/{sprint.pk}/",
            "tasks": f"{base}/api/tasks/?sprint={sprint.pk}",
            "board": f"{base}/api/sprints/{sprint.pk}/board/",
            "ticket": f"{base}/api/sprints/{sprint.pk}/ticket/",
        },
    }


class Card(NamedTuple):
    """The columns of a task that a board shows; ``board.cards`` reads them in this order.

    Days and moments are what orjson writes in ISO 8601: dates and datetimes, or their text.
    """

    id: int
    number: int
    name: str
    has_description: bool | int
    sprint: int | None
    status: int
    order: int
    assigned: str | None
    points: int | None
    started: date | str | None
    due: date | str | None
    completed: date | str | None
    is_blocked: bool | int
    comment_count: int
    checklist_count: int
    checklist_done_count: int
    attachment_count: int
    version: int
    created_at: datetime | str
    updated_at: datetime | str


def task_body(task: Task, base: str = "") -> Json:
    """A whole task; needs ``assigned``, ``project`` and ``task_labels`` loaded."""
    card = Card(
        id=task.pk,
        number=task.number,
        name=task.name,
        has_description=bool(task.description),
        sprint=task.sprint_id,
        status=task.status,
        order=task.order,
        assigned=task.assigned.username if task.assigned else None,
        points=task.points,
        started=iso(task.started),
        due=iso(task.due),
        completed=iso(task.completed),
        is_blocked=task.is_blocked,
        comment_count=task.comment_count,
        checklist_count=task.checklist_count,
        checklist_done_count=task.checklist_done_count,
        attachment_count=task.attachment_count,
        version=task.version,
        created_at=task.created_at.isoformat(),
        updated_at=task.updated_at.isoformat(),
    )
    labels = sorted(link.label_id for link in task.task_labels.all())
    body = card_body(card, labels, project=task.project_id, project_key=task.project.key, base=base)
    return {**body, "description": task.description}


def card_body(
    card: Card, labels: Sequence[int], *, project: int, project_key: str, base: str = ""
) -> Json:
    """A task as a board shows it, without its description; ``labels`` are ids."""
    # Unpacked: boards make thousands of these, and each look into a tuple takes its time.
    (
        pk,
        number,
        name,
        has_description,
        sprint,
        status,
        order,
        assigned,
        points,
        started,
        due,
        completed,
        is_blocked,
        comment_count,
        checklist_count,
        checklist_done_count,
        attachment_count,
        version,
        created_at,
        updated_at,
    ) = card
    return {
        "id": pk,
        "project": project,
        "number": number,
        "key": f"{project_key}-{number}",
        "name": name,
        "has_description": bool(has_description),
        "sprint": sprint,
        "status": status,
        "status_display": STATUS_NAMES[status],
        "order": order,
        "assigned": assigned,
        "points": points,
        "started": started,
        "due": due,
        "completed": completed,
        "labels": labels,
        "is_blocked": bool(is_blocked),
        "comment_count": comment_count,
        "checklist_count": checklist_count,
        "checklist_done_count": checklist_done_count,
        "attachment_count": attachment_count,
        "version": version,
        "created_at": created_at,
        "updated_at": updated_at,
        "links": {
            "self": f"{base}/api/tasks/{pk}/",
            "sprint": f"{base}/api/sprints/{sprint}/" if sprint else None,
            "assigned": f"{base}/api/users/{assigned}/" if assigned else None,
        },
    }


def card_bodies(
    cards: Iterable[Card],
    labels: Mapping[int, Sequence[int]],
    project: Project,
    base: str = "",
) -> list[Json]:
    """The cards of a board; ``labels`` are ids by the card's id, for those that carry any."""
    pk, key = project.pk, project.key
    return [
        card_body(card, labels.get(card[0], ()), project=pk, project_key=key, base=base)
        for card in cards
    ]
