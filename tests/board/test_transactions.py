"""The outermost transaction of a write: what is tried again, and what is not."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction

from board.errors import DatabaseBusy
from board.transactions import ATTEMPTS, StaleRead, consistent_read, retried_transaction

pytestmark = pytest.mark.django_db(transaction=True)


class Flaky:
    """Writes a row, then fails with ``error`` for the first ``failures`` times."""

    def __init__(self, error: Exception, failures: int) -> None:
        self.error, self.failures, self.calls = error, failures, 0

    def __call__(self) -> str:
        self.calls += 1
        User.objects.create(username=f"try-{self.calls}")
        if self.calls <= self.failures:
            raise self.error
        return "written"


@pytest.mark.parametrize("error", [StaleRead(), OperationalError("database is locked")])
def test_lost_race_is_run_again_from_the_start(error: Exception) -> None:
    write = Flaky(error, failures=ATTEMPTS - 1)
    assert retried_transaction(write)() == "written"
    assert [user.username for user in User.objects.all()] == [f"try-{ATTEMPTS}"]


@pytest.mark.parametrize("error", [StaleRead(), OperationalError("database is locked")])
def test_race_lost_three_times_is_told(error: Exception) -> None:
    write = Flaky(error, failures=99)
    with pytest.raises(DatabaseBusy):
        retried_transaction(write)()
    assert (write.calls, User.objects.count()) == (ATTEMPTS, 0)


def test_broken_database_is_not_tried_again() -> None:
    write = Flaky(OperationalError("database or disk is full"), failures=99)
    with pytest.raises(OperationalError, match="full"):
        retried_transaction(write)()
    assert write.calls == 1


def test_only_the_outermost_transaction_starts_over() -> None:
    inner = Flaky(StaleRead(), failures=1)
    outer_calls: list[Any] = []

    @retried_transaction
    def outer() -> str:
        outer_calls.append(1)
        return retried_transaction(inner)()

    assert outer() == "written"
    assert (len(outer_calls), User.objects.count()) == (2, 1)


def test_consistent_read_sees_no_later_commit() -> None:
    writer = connection.copy()
    User.objects.create(username="before")
    try:
        with consistent_read():
            assert User.objects.count() == 1
            with writer.cursor() as cursor:
                cursor.execute("UPDATE auth_user SET first_name = 'Later'")
            assert User.objects.get().first_name == ""
    finally:
        writer.close()
    assert User.objects.get().first_name == "Later"


def test_consistent_read_within_a_transaction_uses_that_one() -> None:
    with transaction.atomic(), consistent_read():
        User.objects.create(username="inside")
    assert User.objects.count() == 1
