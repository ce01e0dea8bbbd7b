"""Writes of comments."""

from collections.abc import Collection

from django.utils import timezone

from board.changes import Actor
from board.detail_representations import comment_body
from board.mentions import mentions_in
from board.models import Comment, Task
from board.services.details import reread_detail, task_in_hand
from board.services.revisions import check_version
from board.transactions import retried_transaction


@retried_transaction
def create_comment(*, actor: Actor, task: Task, text: str) -> Comment:
    """Write below a task. Raises ``AlreadyGone``. Emits ``comment add`` and ``task update``."""
    with task_in_hand(actor=actor, task=task) as hand:
        mentions = _mentions(hand.task, text)
        comment = Comment(task=hand.task, author=actor.user, text=text, mentions=mentions)
        hand.add(comment)
    return comment


@retried_transaction
def update_comment(
    *, actor: Actor, comment: Comment, text: str, if_match: Collection[int] | None = None
) -> Comment:
    """Say it in other words.

    Raises ``VersionMismatch`` or ``AlreadyGone``. Emits ``comment update``, or nothing when it is
    the same text.
    """
    with task_in_hand(actor=actor, task=comment.task) as hand:
        comment = reread_detail(comment)
        check_version(comment, if_match)
        before = comment_body(comment)
        if text != comment.text:
            comment.text, comment.mentions = text, _mentions(hand.task, text)
            comment.edited_at = timezone.now()
        hand.update(comment, before)
    return comment


@retried_transaction
def delete_comment(
    *, actor: Actor, comment: Comment, if_match: Collection[int] | None = None
) -> None:
    """Take a comment away; its row stays for history and undo.

    Raises ``VersionMismatch`` or ``AlreadyGone``. Emits ``comment remove`` and ``task update``.
    """
    with task_in_hand(actor=actor, task=comment.task) as hand:
        comment = reread_detail(comment)
        check_version(comment, if_match)
        hand.remove(comment)


def _mentions(task: Task, text: str) -> list[str]:
    """The active members of the task's project whom a text calls."""
    members = task.project.memberships.filter(user__is_active=True)
    return mentions_in(text, set(members.values_list("user__username", flat=True)))
