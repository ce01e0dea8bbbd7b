"""Comments, checklists and files of one task, by several people at once: the counts stay right."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from board import services
from board.changes import Actor
from board.errors import AlreadyGone, RuleBroken
from board.models import Attachment, ChecklistItem, Comment, Sprint, Task
from tests.board.test_concurrency import assert_log_is_whole, at_once
from tests.contract.test_attachments import attach, upload

pytestmark = pytest.mark.django_db(transaction=True)


def assert_counts_are_right(task: Task) -> None:
    task.refresh_from_db()
    items = ChecklistItem.objects.filter(task=task, deleted_at=None)
    assert task.comment_count == Comment.objects.filter(task=task, deleted_at=None).count()
    assert task.attachment_count == Attachment.objects.filter(task=task, deleted_at=None).count()
    assert task.checklist_count == items.count()
    assert task.checklist_done_count == items.filter(is_done=True).count()
    assert_log_is_whole(f"sprint.{task.sprint_id}")


def comment(person: User, task: Task, text: str = "At once") -> Callable[[], Comment]:
    return lambda: services.create_comment(actor=Actor(person), task=task, text=text)


def test_all_that_is_added_at_once_is_counted(alice: User, bob: User, task: Task) -> None:
    def item() -> ChecklistItem:
        given = {"text": "Step", "is_done": True}
        return services.create_checklist_item(actor=Actor(alice), task=task, given=given)

    answers = at_once(
        [*[comment(alice, task)] * 2, comment(bob, task), item, item, lambda: attach(bob, task)]
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert_counts_are_right(task)
    assert (task.comment_count, task.checklist_done_count, task.attachment_count) == (3, 2, 1)
    orders = ChecklistItem.objects.values_list("order", flat=True)
    assert len(set(orders)) == 2
    assert task.version == 7


def test_what_is_deleted_twice_at_once_is_counted_once(alice: User, task: Task) -> None:
    one, _ = comment(alice, task)(), comment(alice, task)()
    delete = [lambda: services.delete_comment(actor=Actor(alice), comment=one)] * 3
    answers = at_once(delete)
    assert sum(isinstance(answer, AlreadyGone) for answer in answers) == 2, answers
    assert_counts_are_right(task)
    assert task.comment_count == 1


def test_comment_on_a_task_that_moves_meanwhile_is_told_where_it_went(
    alice: User, bob: User, task: Task, sprint: Sprint
) -> None:
    stale = Task.objects.select_related("project").get(pk=task.pk)
    services.move_task(actor=Actor(alice), task=task, given={"sprint": None, "status": 1})
    made = comment(bob, stale)()
    assert made.task.sprint_id is None
    assert made.task.comment_count == 1
    assert_log_is_whole(f"project.{task.project_id}")


def test_comment_on_a_task_that_is_deleted_meanwhile_is_refused(
    alice: User, bob: User, task: Task
) -> None:
    services.delete_task(actor=Actor(alice), task=task)
    with pytest.raises(AlreadyGone):
        comment(bob, task)()
    assert not Comment.objects.exists()


def test_last_place_is_given_to_one(alice: User, task: Task) -> None:
    Attachment.objects.bulk_create(
        Attachment(task=task, name="n", file=f"n{n}", size=1, uploaded_by=alice) for n in range(49)
    )
    Task.objects.filter(pk=task.pk).update(attachment_count=49)
    answers: list[Any] = at_once([lambda: attach(alice, task, upload())] * 3)
    assert sum(isinstance(answer, RuleBroken) for answer in answers) == 2, answers
    assert_counts_are_right(task)
