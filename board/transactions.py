"""The outermost transaction of a write, with its retries, and the consistent read."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext

from board.errors import DatabaseBusy

ATTEMPTS = 3

# https://www.postgresql.org/docs/current/errcodes-appendix.html: serialization_failure,
# deadlock_detected, lock_not_available.
TRANSIENT_SQLSTATES = ("40001", "40P01", "55P03")

P = ParamSpec("P")
R = TypeVar("R")


class StaleRead(Exception):
    """What was read before the locks were taken has changed; the transaction must start over."""


def retried_transaction(write: Callable[P, R]) -> Callable[P, R]:
    """Run ``write`` in a transaction, again when it was the loser of a race, at most 3 times.

    Within a transaction that is already open it only calls ``write``: locks taken before would
    stay, so the outermost transaction is the one to start over. Raises ``DatabaseBusy``.
    """

    @functools.wraps(write)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return write(*args, **kwargs)
        for _ in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    return write(*args, **kwargs)
            except StaleRead as error:
                reason: Exception = error
            except OperationalError as error:
                if not is_transient(error):
                    raise
                reason = error
        raise DatabaseBusy(
            gettext("The board is very busy; please try again in a moment.")
        ) from reason

    return attempt


def is_transient(error: OperationalError) -> bool:
    """Tell a lost race (deadlock, serialization failure, SQLite busy) from a broken database."""
    if getattr(error.__cause__, "pgcode", None) in TRANSIENT_SQLSTATES:
        return True
    return "database is locked" in str(error) or "database table is locked" in str(error)


@contextmanager
def consistent_read() -> Iterator[None]:
    """Give all reads inside one view of the database, without holding up any writer.

    SQLite's atomic() would take the write lock here (transaction_mode IMMEDIATE), hence the plain
    BEGIN. Inside a transaction that is already open, that one's view counts.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
