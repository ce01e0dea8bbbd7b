"""What the database says, read past the product: channels, their events, who wrote what."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import psycopg2

from tests.faults.replica import Place
from tests.faults.writers import Answered


@dataclass(frozen=True, slots=True)
class Truth:
    """``events``: per channel (seq, change) in order; ``changes``: per mutation id its changes.

    ``answered``: the mutation ids whose first answer is kept; some of these changed nothing.
    """

    places: dict[str, Place]
    events: dict[str, list[tuple[int, str]]]
    changes: dict[str, set[str]]
    answered: set[str]

    def change_at(self, channel: str, seq: int) -> str | None:
        events = self.events[channel]
        return events[seq - 1][1] if 1 <= seq <= len(events) else None


def read_truth(url: str) -> Truth:
    channels = _rows(url, "SELECT name, epoch, seq, change FROM board_channel")
    rows = _rows(
        url, "SELECT channel_id, seq, change, payload FROM board_event ORDER BY channel_id, seq"
    )
    events: dict[str, list[tuple[int, str]]] = {name: [] for name, *_ in channels}
    changes: dict[str, set[str]] = {}
    for channel, seq, change, payload in rows:
        events[channel].append((seq, change))
        origin = orjson.loads(payload)["origin"]
        if origin:
            changes.setdefault(origin, set()).add(change)
    answered = {str(UUID(str(row[0]))) for row in _rows(url, "SELECT mutation FROM board_mutation")}
    return Truth({name: Place(*rest) for name, *rest in channels}, events, changes, answered)


def read_places(url: str) -> dict[str, Place]:
    """Where each channel ends."""
    rows = _rows(url, "SELECT name, epoch, seq, change FROM board_channel")
    return {name: Place(*rest) for name, *rest in rows}


def flaws(truth: Truth, done: list[Answered]) -> list[str]:
    """What the database must never show: holes, lost answers, changes made twice."""
    found = []
    for channel, events in truth.events.items():
        if [seq for seq, _ in events] != list(range(1, len(events) + 1)):
            found.append(f"{channel} has a hole")
        place = truth.places[channel]
        if events and events[-1] != (place.seq, place.change):
            found.append(f"{channel} ends at {place}, its events at {events[-1]}")
    found += [
        f"{mutation} was done {len(changes)} times"
        for mutation, changes in truth.changes.items()
        if len(changes) > 1
    ]
    return found + [
        f"{answer.request} ({answer.mutation}) was answered and is not there"
        for answer in done
        if answer.mutation not in truth.answered
    ]


def _rows(url: str, query: str) -> list[Any]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as file:
            return file.execute(query).fetchall()
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
