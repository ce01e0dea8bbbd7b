"""Every read that is more than fetching one row."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db.models import Count, Max, Q, QuerySet, Sum

from board import access
from board.models import Channel, Membership, Profile, Project, Sprint, Status, Task
from board.transactions import consistent_read
from realtime.names import project_channel, sprint_channel


@dataclass(frozen=True, slots=True)
class Board:
    """All that a board page shows, as of the ``channels``' positions (epoch and seq by name)."""

    sprint: Sprint
    tasks: list[Task]
    backlog: list[Task]
    members: list[Membership]
    channels: dict[str, dict[str, str | int]]
    today: date
    role: str


def default_project(user: User) -> Project | None:
    """The project that counts where none is named: the chosen one, else the first one joined."""
    visible = access.visible_projects(user)
    chosen = Profile.objects.filter(user=user, default_project__in=visible).first()
    if chosen:
        return chosen.default_project
    return visible.order_by("memberships__id").first()


def live_tasks() -> QuerySet[Task]:
    return Task.objects.filter(deleted_at__isnull=True)


def cards() -> QuerySet[Task]:
    """Tasks as boards show them: not their descriptions, but whether they have one."""
    return (
        live_tasks()
        .select_related("project", "assigned")
        .defer("description")
        .annotate(is_described=~Q(description=""))
    )


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


def board_positions(sprint: Sprint) -> dict[str, dict[str, str | int]]:
    """Where the channels that a board listens to end: ``{"sprint.7": {"epoch", "seq"}, ...}``."""
    names = (sprint_channel(sprint.pk), project_channel(sprint.project_id))
    rows = Channel.objects.filter(name__in=names)
    return {row.name: {"epoch": row.epoch, "seq": row.seq} for row in rows}


def board(*, sprint_id: int, user: User) -> Board:
    """Read a board in one view of the database, positions first.

    Raises ``Sprint.DoesNotExist`` when the person cannot see the sprint in that view.
    """
    with consistent_read():
        sprint = access.visible_sprints(user).select_related("project").get(pk=sprint_id)
        channels = board_positions(sprint)
        members = list(sprint.project.memberships.select_related("user").order_by("id"))
        role = next(member.role for member in members if member.user_id == user.pk)
        return Board(
            sprint=sprint,
            tasks=list(cards().filter(sprint=sprint).order_by("order", "id")),
            backlog=list(
                cards().filter(project=sprint.project, sprint__isnull=True).order_by("order", "id")
            ),
            members=members,
            channels=channels,
            today=sprint.project.today(),
            role=role,
        )
