"""Old events can be forgotten: histories end, and live views still catch up."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from board import ledger, services
from board.models import Event, Sprint, Task
from board.queries import board_positions
from board.services import log


def age(days: int, seqs: range, sprint: Sprint) -> None:
    events = Event.objects.filter(channel=f"sprint.{sprint.pk}", seq__in=seqs)
    events.update(created_at=timezone.now() - timedelta(days=days))


def kept(sprint: Sprint) -> list[int]:
    events = Event.objects.filter(channel=f"sprint.{sprint.pk}")
    return list(events.order_by("seq").values_list("seq", flat=True))


@pytest.fixture
def ten(api: APIClient, task: Task, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    """Ten events on the board, of which three are never too old."""
    monkeypatch.setattr(log, "NEWEST_KEPT", 3)
    for points in range(9):
        api.patch(f"/api/tasks/{task.pk}/", {"points": points})
    return api


@pytest.mark.usefixtures("ten")
def test_old_events_are_forgotten_but_for_the_newest(sprint: Sprint) -> None:
    age(30, range(1, 11), sprint)
    age(10, range(5, 7), sprint)
    out = io.StringIO()
    call_command("prune_events", "--days=20", stdout=out)
    assert kept(sprint) == [5, 6, 8, 9, 10]
    assert out.getvalue().startswith("5 events were over 20 days old")


@pytest.mark.usefixtures("ten")
def test_nothing_of_the_last_year_is_forgotten_unasked(sprint: Sprint) -> None:
    age(365, range(1, 11), sprint)
    call_command("prune_events", stdout=io.StringIO())
    assert kept(sprint) == list(range(1, 11))


def test_a_whole_tail_and_the_event_before_it_are_kept() -> None:
    assert log.NEWEST_KEPT == ledger.LONGEST_TAIL + 1


@pytest.mark.usefixtures("ten")
def test_tail_begins_where_the_log_does(sprint: Sprint) -> None:
    age(30, range(1, 11), sprint)
    log.prune_events(days=20)
    tail = ledger.read_tail(f"sprint.{sprint.pk}")
    assert tail
    assert (tail.base.seq, [event.seq for event in tail.events]) == (8, [9, 10])


def test_history_ends_there(ten: APIClient, task: Task, sprint: Sprint) -> None:
    age(30, range(1, 11), sprint)
    log.prune_events(days=20)
    assert ten.get(f"/api/tasks/{task.pk}/history/").json()["count"] == 3


@pytest.mark.parametrize(("seen", "count"), [(10, 0), (7, 3), (6, None)])
@pytest.mark.usefixtures("ten")
def test_news_that_reach_further_back_cannot_be_told(
    bob: User, member: APIClient, sprint: Sprint, seen: int, count: int | None
) -> None:
    positions = board_positions(sprint)
    positions[f"sprint.{sprint.pk}"]["seq"] = seen
    services.note_visit(user=bob, sprint=sprint, positions=positions)
    age(30, range(1, 11), sprint)
    log.prune_events(days=20)
    assert member.get(f"/api/sprints/{sprint.pk}/news/").json()["count"] == count


@pytest.mark.parametrize("days", ["1", "-3", "x", "1.5"])
def test_less_than_undo_needs_is_refused(db: None, days: str) -> None:
    with pytest.raises(CommandError):
        call_command("prune_events", f"--days={days}")
