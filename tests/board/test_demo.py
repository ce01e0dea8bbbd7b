"""The demo team: complete, made once, and never in production."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from board.demo import BLOCKED, LABELS
from board.models import Channel, Event, Installation, Project, Status, Task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def debug(settings: Settings) -> None:
    settings.DEBUG = True


def test_team_sprints_and_backlog_are_there() -> None:
    call_command("seed_demo", stdout=StringIO())
    project = Project.objects.get()
    today = project.today()
    people = {m.user.username for m in project.memberships.select_related("user")}
    assert (project.key, people) == ("WEB", {"demo", "ana", "ben", "chloe"})
    assert User.objects.get(username="demo").is_staff
    assert all(user.check_password("test") for user in User.objects.all())
    past, current, future = project.sprints.order_by("end")
    assert past.has_ended(today)
    assert current.start is not None
    assert current.start <= today <= current.end
    assert future.start is not None
    assert future.start > today
    assert current.tasks.count() == 20
    assert set(current.tasks.values_list("status", flat=True)) == set(Status.values)
    assert Task.objects.filter(sprint=None).count() == 15
    talked_about = current.tasks.get(name__startswith="Search")
    assert (talked_about.comment_count, talked_about.checklist_count) == (2, 3)
    assert talked_about.comments.earliest("pk").mentions == ["ben"]


def test_labels_limits_and_a_blocked_task_show_at_a_first_look() -> None:
    call_command("seed_demo", stdout=StringIO())
    project = Project.objects.get()
    current = project.sprints.get(name="Sprint 12")
    assert current.tasks.filter(is_blocked=True).count() == 1
    assert current.tasks.filter(status=2).count() > project.wip_limits["2"]
    named = {task for _, _, tasks in LABELS for task in tasks} | set(BLOCKED)
    assert Task.objects.filter(name__in=named).count() == len(named)
    for label in project.labels.all():
        assert label.task_labels.exists(), label


def test_demo_team_is_made_only_once() -> None:
    for _ in range(2):
        call_command("seed_demo", stdout=StringIO())
    assert (Project.objects.count(), User.objects.count()) == (1, 4)


def test_every_task_has_its_event() -> None:
    call_command("seed_demo", "--tasks", "10", stdout=StringIO())
    added = Event.objects.filter(payload__contains='"model":"task","action":"add"')
    assert added.count() == Task.objects.count()
    for channel in Channel.objects.all():
        assert channel.events.count() == channel.seq


def test_more_tasks_fill_the_current_sprint() -> None:
    call_command("seed_demo", "--tasks", "10", stdout=StringIO())
    current = Project.objects.get().sprints.get(name="Sprint 12")
    assert current.tasks.count() == 30


def test_production_gets_no_demo_team(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=on"):
        call_command("seed_demo")
    assert User.objects.count() == 0


def test_negative_number_of_tasks_is_refused() -> None:
    with pytest.raises(CommandError, match="from 0 up"):
        call_command("seed_demo", "--tasks", "-1")


def test_redis_prefix_is_the_environments_or_one_made_once(settings: Settings) -> None:
    def printed() -> str:
        out = StringIO()
        call_command("redis_prefix", stdout=out)
        return out.getvalue().strip()

    settings.REDIS_PREFIX = "chosen"
    assert printed() == "chosen"
    settings.REDIS_PREFIX = None
    assert printed() == printed() == Installation.objects.get().prefix
