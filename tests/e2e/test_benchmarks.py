"""The benchmarks that need a browser run, in small, and see every change."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from benchmarks import paint, vitals
from tests.e2e.people import Api
from tests.stack import Stack


def test_paint_is_measured_in_every_window_and_socket(
    stack: Stack, browser: Browser, ana: Api, sprint: dict[str, Any]
) -> None:
    for status in (2, 2, 3, 3):
        ana.new_task("Task", sprint, status=status)
    few = {"watchers": 5, "moves": 4}
    people = ("ana", "chloe")
    series = paint.measure(stack, browser, sprint["id"], **few, people=people, per_second=50)
    assert {len(taken) for taken in series.values()} == {4}
    assert set(paint.summary(series)) == set(paint.STAGES)


def test_vitals_are_measured_cold_and_warm(
    stack: Stack,
    browser: Browser,
    ana: Api,
    sprint: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vitals, "ROUNDS", 1)
    ana.new_task("Task", sprint)
    board = vitals.Target("board", f"/sprints/{sprint['id']}", "article")
    person = vitals.signed_in(browser, stack)
    for found in vitals.measure(browser, stack, board, person, is_slow=True):
        assert 0 < found.first_paint <= found.largest_paint
        assert 0 <= found.shift < 1
