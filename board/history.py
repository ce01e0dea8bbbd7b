"""Reads of what has been done: one change, a task's history, a project's days, news of a board."""

import functools
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from board import queries
from board.entries import Entry, entries_of
from board.models import Event, Project, Sprint, Task, Visit
from realtime.names import project_channel, sprint_channel

# How far back days are told of.
DAYS_BACK = 366
# Of how many changes news tells, and how many it counts.
MOST_TOLD = 50
MOST_COUNTED = 500


@dataclass(frozen=True, slots=True)
class News:
    """What others have done on a board since one's last visit.

    ``count`` is the number of their changes, up to ``MOST_COUNTED``; None when it cannot be known,
    and everything may have changed. ``tasks`` are ids.
    """

    seen_at: datetime | None
    count: int | None
    tasks: list[int]
    events: QuerySet[Event]


def own_change(user: User, change: str) -> list[Entry]:
    """What ``user`` did by the change of that ULID; empty when there is none such of theirs."""
    events = Event.objects.filter(change=change, actor=user)
    return entries_of(events.select_related("actor").order_by("pk"))


def changes_in(events: QuerySet[Event]) -> QuerySet[Any, Any]:
    """The changes that ``events`` are of, as ``{"change": ULID}``, newest first."""
    return events.order_by().values("change").annotate(last=Max("pk")).order_by("-last")


def task_events(task: Task) -> QuerySet[Event]:
    """All that was done to a task and to what belongs to it."""
    return Event.objects.filter(task=task.pk)


def day_events(project: Project, day: date, sprint: Sprint | None = None) -> QuerySet[Event]:
    """What was done in a project on a day, by its own midnights; of one board if need be."""
    zone = ZoneInfo(project.time_zone)
    begin, end = (
        datetime.combine(midnight, time.min, zone) for midnight in (day, day + timedelta(days=1))
    )
    channels = [sprint_channel(sprint.pk)] if sprint else _channels_of(project)
    return Event.objects.filter(channel__in=channels, created_at__gte=begin, created_at__lt=end)


def active_days(project: Project) -> list[date]:
    """The days of about a year, newest first, on which something was done in a project."""
    since = timezone.now() - timedelta(days=DAYS_BACK)
    events = Event.objects.filter(channel__in=_channels_of(project), created_at__gte=since)
    day = TruncDate("created_at", tzinfo=ZoneInfo(project.time_zone))
    days = events.order_by().annotate(day=day).values_list("day", flat=True)
    return list(days.distinct().order_by("-day"))


def _channels_of(project: Project) -> list[str]:
    sprints = project.sprints.values_list("pk", flat=True)
    return [project_channel(project.pk), *map(sprint_channel, sprints)]


def news(user: User, sprint: Sprint) -> News:
    """What others have done on a board since ``user`` has last seen it; nothing before that."""
    visit = Visit.objects.filter(user=user, sprint=sprint).first()
    if visit is None:
        return News(None, 0, [], Event.objects.none())
    now = queries.board_positions(sprint)
    if not (_continues(visit.positions, now) and _is_kept(visit.positions, now)):
        return News(visit.seen_at, None, [], Event.objects.none())
    since = Q()
    for channel, position in visit.positions.items():
        since |= Q(channel=channel, seq__gt=position["seq"])
    events = Event.objects.filter(since).exclude(actor=user)
    tasks = events.order_by().values_list("task", flat=True).distinct()[:MOST_COUNTED]
    counted = changes_in(events)[:MOST_COUNTED].count()
    return News(visit.seen_at, counted, sorted(pk for pk in tasks if pk), events)


def _continues(seen: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether the channels have only grown since they were seen."""
    return all(
        name in now and now[name]["epoch"] == at["epoch"] and now[name]["seq"] >= at["seq"]
        for name, at in seen.items()
    )


def _is_kept(seen: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether the log still reaches back to where the channels were seen."""
    following = [
        Q(channel=name, seq=at["seq"] + 1)
        for name, at in seen.items()
        if at["seq"] < now[name]["seq"]
    ]
    found = Event.objects.filter(functools.reduce(operator.or_, following, Q(pk__in=[])))
    return found.count() == len(following)
