"""Objects as the API shows them: the same shape in answers, on boards and in events.

``base`` is the scheme and host that links begin with; events carry plain paths and leave it empty.
"""

from typing import Any

from django.contrib.auth.models import User

from board.models import Membership, Project, Sprint, Status, Task

Json = dict[str, Any]

STATUS_NAMES = {int(status): str(status.label) for status in Status}


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None


def project_body(project: Project, base: str = "") -> Json:
    """``{id, key, name, time_zone, version, links}``."""
    return {
        "id": project.pk,
        "key": project.key,
        "name": project.name,
        "time_zone": project.time_zone,
        "version": project.version,
        "links": {
            "self": f"{base}/api/projects/{project.pk}/",
            "sprints": f"{base}/api/sprints/?project={project.pk}",
            "tasks": f"{base}/api/tasks/?project={project.pk}",
            "memberships": f"{base}/api/memberships/?project={project.pk}",
            "progress": f"{base}/api/projects/{project.pk}/progress/",
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
        "version": membership.version,
        "links": {
            "self": f"{base}/api/memberships/{membership.pk}/",
            "project": f"{base}/api/projects/{membership.project_id}/",
            "user": f"{base}/api/users/{user.username}/",
        },
    }


def user_body(user: User, base: str = "") -> Json:
    """``{id, username, full_name, is_active, links}``."""
    return {
        "id": user.pk,
        "username": user.username,
        "full_name": user.get_full_name() or user.username,
        "is_active": user.is_active,
        "links": {
            "self": f"{base}/api/users/{user.username}/",
            "tasks": f"{base}/api/tasks/?assigned={user.username}",
        },
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
        "start": _day(sprint.start),
        "end": _day(sprint.end),
        "closed_at": _day(sprint.closed_at),
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


def task_body(task: Task, base: str = "") -> Json:
    """A whole task; needs ``assigned`` and ``project`` loaded."""
    has_description = bool(task.description)
    return {
        **_card_body(task, base, has_description=has_description),
        "description": task.description,
    }


def card_body(task: Any, base: str = "") -> Json:
    """A task as a board shows it, without its description; a row of ``queries.cards``."""
    return _card_body(task, base, has_description=bool(task.is_described))


def _card_body(task: Task, base: str, *, has_description: bool) -> Json:
    username = task.assigned.username if task.assigned else None
    sprint = f"{base}/api/sprints/{task.sprint_id}/" if task.sprint_id else None
    return {
        "id": task.pk,
        "project": task.project_id,
        "number": task.number,
        "key": f"{task.project.key}-{task.number}",
        "name": task.name,
        "has_description": has_description,
        "sprint": task.sprint_id,
        "status": task.status,
        "status_display": STATUS_NAMES[task.status],
        "order": task.order,
        "assigned": username,
        "points": task.points,
        "started": _day(task.started),
        "due": _day(task.due),
        "completed": _day(task.completed),
        "version": task.version,
        "created_at": task.created_at.isoformat(),
        "updated_at": task.updated_at.isoformat(),
        "links": {
            "self": f"{base}/api/tasks/{task.pk}/",
            "sprint": sprint,
            "assigned": f"{base}/api/users/{username}/" if username else None,
        },
    }
