"""Writes of checklist items."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext

from board import ordering
from board.changes import Actor
from board.detail_representations import checklist_item_body
from board.errors import RuleBroken
from board.models import ChecklistItem, Task
from board.services.details import TaskInHand, reread_detail, task_in_hand
from board.services.revisions import check_version
from board.transactions import retried_transaction

MOST_ITEMS = 100


@retried_transaction
def create_checklist_item(*, actor: Actor, task: Task, given: Mapping[str, Any]) -> ChecklistItem:
    """Add a step with the fields of ``given`` (``text``, ``is_done``), by an anchor or last.

    The anchor, ``before`` or ``after``, is the id of an item of the same task. Raises
    ``RuleBroken`` or ``AlreadyGone``. Emits ``checklist_item add`` and ``task update``.
    """
    with task_in_hand(actor=actor, task=task) as hand:
        if hand.task.checklist_count >= MOST_ITEMS:
            raise RuleBroken(
                gettext("A checklist has at most %(most)d items: remove one, or split the task.")
                % {"most": MOST_ITEMS},
                field="text",
            )
        item = ChecklistItem(task=hand.task)
        _apply(hand, item, given)
        hand.add(item)
    return item


@retried_transaction
def update_checklist_item(
    *,
    actor: Actor,
    item: ChecklistItem,
    given: Mapping[str, Any],
    if_match: Collection[int] | None = None,
) -> ChecklistItem:
    """Change, tick or move a step; ``given`` as for a new one, without an anchor it stays.

    Raises ``RuleBroken``, ``VersionMismatch`` or ``AlreadyGone``. Emits ``checklist_item update``,
    also for each item that had to be numbered anew, and ``task update`` when it was ticked.
    """
    with task_in_hand(actor=actor, task=item.task) as hand:
        item = reread_detail(item)
        check_version(item, if_match)
        before = checklist_item_body(item)
        _apply(hand, item, given)
        hand.update(item, before)
    return item


@retried_transaction
def delete_checklist_item(
    *, actor: Actor, item: ChecklistItem, if_match: Collection[int] | None = None
) -> None:
    """Take a step away; its row stays for history and undo.

    Raises ``VersionMismatch`` or ``AlreadyGone``. Emits ``checklist_item remove`` and
    ``task update``.
    """
    with task_in_hand(actor=actor, task=item.task) as hand:
        item = reread_detail(item)
        check_version(item, if_match)
        hand.remove(item)


def _others(item: ChecklistItem) -> list[ChecklistItem]:
    """The other items of the checklist, in order."""
    live = ChecklistItem.objects.filter(task=item.task_id, deleted_at__isnull=True)
    return list(live.exclude(pk=item.pk))


def _apply(hand: TaskInHand, item: ChecklistItem, given: Mapping[str, Any]) -> None:
    item.text = given.get("text", item.text)
    item.is_done = given.get("is_done", item.is_done)
    before, after = given.get("before"), given.get("after")
    if item.pk is None or before is not None or after is not None:
        others = _others(item)
        _place(hand, item, others, _place_in(others, before, after))


def _place_in(others: list[ChecklistItem], before: int | None, after: int | None) -> int:
    """Where among the others the anchor says; raises ``RuleBroken``."""
    anchor = before if before is not None else after
    if anchor is None:
        return len(others)
    ids = [other.pk for other in others]
    if anchor not in ids:
        field = "before" if before is not None else "after"
        raise RuleBroken(
            gettext("The item to place it next to is not in this checklist."), field=field
        )
    return ids.index(anchor) + (before is None)


def _place(hand: TaskInHand, item: ChecklistItem, others: list[ChecklistItem], place: int) -> None:
    """Give ``item`` the order of that place, and the others new ones when there is no room."""
    above = others[place - 1].order if place else None
    below = others[place].order if place < len(others) else None
    order = ordering.order_between(above, below)
    if order is not None:
        item.order = order
        return
    for number, one in enumerate([*others[:place], item, *others[place:]], start=1):
        before = checklist_item_body(one)
        one.order = number * ordering.STRIDE
        if one is not item:
            hand.update(one, before)
