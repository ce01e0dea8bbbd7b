"""Scripts at work and watchers looking on, through the whole product."""

import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.e2e.people import Api, Watcher
from tests.servers import wait_until
from tests.stack import Stack


def test_twenty_moves_at_once_end_in_one_order_for_every_watcher(
    stack: Stack, ana: Api, ben: Api, sprint: dict[str, Any]
) -> None:
    people = [ana, ben, Api(stack, "chloe"), Api(stack, "demo")]
    tasks = [ana.new_task(f"Task {number}", sprint)["id"] for number in range(20)]
    watchers = [Watcher(person, sprint) for person in people]
    rng = random.Random(20)
    try:
        with ThreadPoolExecutor(20) as pool:
            for status in (1, 2, 2):
                anchors = rng.sample(tasks, 20)
                moves = [
                    pool.submit(people[n % 4].move, task, status=status, before=anchor)
                    for n, (task, anchor) in enumerate(zip(tasks, anchors, strict=True))
                    if task != anchor
                ]
                assert {move.result().status_code for move in moves} <= {200, 409}
        check_that_all_agree(ana, sprint, tasks, watchers)
    finally:
        for watcher in watchers:
            watcher.close()


def check_that_all_agree(
    api: Api, sprint: dict[str, Any], tasks: list[int], watchers: list[Watcher]
) -> None:
    board = api.get(f"/sprints/{sprint['id']}/board/")
    channel = f"sprint.{sprint['id']}"
    last = board["channels"][channel]["seq"]
    columns = {status: api.column(sprint, status) for status in (1, 2)}
    assert sorted(columns[1] + columns[2]) == sorted(tasks)
    for watcher in watchers:
        wait_until(lambda w=watcher: seqs(w, channel)[-1:] == [last])  # type: ignore[misc]
        first = seqs(watcher, channel)[0]
        assert seqs(watcher, channel) == list(range(first, last + 1))
        seen = {card["id"]: card for card in board["tasks"]} | held_by(watcher, channel)
        for status, column in columns.items():
            cards = [card for card in seen.values() if card["status"] == status]
            cards.sort(key=lambda card: (card["order"], card["id"]))
            assert [card["id"] for card in cards] == column


def seqs(watcher: Watcher, channel: str) -> list[int]:
    return [event["seq"] for event in watcher.events(channel)]


def held_by(watcher: Watcher, channel: str) -> dict[int, Any]:
    """The cards as the watcher knows them from events alone."""
    cards: dict[int, Any] = {}
    for event in watcher.events(channel):
        if event["model"] == "task":
            cards[event["id"]] = event["body"]
        elif event["model"] == "column":
            for pk, order in event["order"].items():
                if int(pk) in cards:
                    cards[int(pk)]["order"] = order
    return cards


def test_change_is_seen_by_a_plain_subscriber(ana: Api, ben: Api, sprint: dict[str, Any]) -> None:
    task = ana.new_task("Watched", sprint)
    watcher = Watcher(ben, sprint)
    delays = []
    for status in (2, 3, 4, 1) * 5:
        started = time.monotonic()
        assert ana.move(task["id"], status=status).status_code == 200
        wait_until(
            lambda status=status: any(  # type: ignore[misc]
                event["body"]["status"] == status
                for _, event in watcher.received[-1:]
                if event["model"] == "task"
            )
        )
        delays.append(watcher.received[-1][0] - started)
    watcher.close()
    _, event = watcher.received[-1]
    assert (event["model"], event["action"], event["id"]) == ("task", "update", task["id"])
    print(f"\nmove to plain subscriber: median {statistics.median(delays) * 1000:.0f} ms")
