"""The record of a change: locks its channels, numbers its events, and has them published on commit.

The channels' rows are locked in order of their names and held until commit, so commit order is the
order of ``seq``, and a rollback leaves no hole.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.contrib.auth.models import User
from django.utils import timezone
from ulid import ULID

from board import publisher
from board.models import Channel, Event
from realtime.envelope import Event as WireEvent
from realtime.envelope import compose_event

# An event is over this many bytes only because of long texts: they are left out, and named.
LARGEST_EVENT = 16 * 1024
LONG_TEXTS = ("description", "goal", "text")


@dataclass(slots=True)
class Actor:
    """Who makes a change, and the mutation id that their client gave it.

    ``change`` is the ULID of the last change made, "" when it has changed nothing.
    """

    user: User
    mutation: UUID | None = None
    change: str = ""


class Change:
    """One change under way, with the channels that it holds locked.

    ``undoes`` is the change that it takes back.
    """

    def __init__(
        self, actor: Actor, channels: dict[str, Channel], undoes: str | None = None
    ) -> None:
        self._actor = actor
        self._undoes = undoes
        self._channels = channels
        self._ulid = str(ULID())
        self._events: list[Event] = []
        self._announced: defaultdict[str, list[WireEvent]] = defaultdict(list)

    def open_channel(self, name: str) -> None:
        """Add the channel of an object that this transaction has just created."""
        self._channels[name] = Channel.objects.create(name=name)

    def record(
        self,
        *,
        channels: Iterable[str],
        model: str,
        action: str,
        undo: dict[str, Any] | None = None,
        task: int | None = None,
        **fields: Any,
    ) -> None:
        """Append one event to each of ``channels``; ``fields`` become members of the event.

        ``task`` is the id of the task in whose history it belongs.
        """
        payload = self._payload({"model": model, "action": action, **fields})
        for name in sorted(set(channels)):
            channel = self._channels[name]
            prev, channel.seq = channel.change, channel.seq + 1
            channel.change = self._ulid
            self._events.append(
                Event(
                    channel=channel,
                    seq=channel.seq,
                    change=self._ulid,
                    task=task,
                    actor=self._actor.user,
                    payload=payload,
                    undo=undo,
                )
            )
            self._announced[name].append(
                compose_event(
                    channel=name,
                    epoch=channel.epoch,
                    seq=channel.seq,
                    prev=prev,
                    change=self._ulid,
                    payload=payload,
                )
            )

    def _payload(self, members: dict[str, Any]) -> str:
        mutation = self._actor.mutation
        payload = {
            "ts": time.time_ns() // 1_000_000,
            "actor": self._actor.user.username,
            "origin": str(mutation) if mutation else None,
            **members,
        }
        if self._undoes:
            payload["undoes"] = self._undoes
        text = orjson.dumps(payload)
        body = members.get("body")
        if len(text) > LARGEST_EVENT and body:
            payload["omitted"] = [name for name in LONG_TEXTS if name in body]
            payload["body"] = {k: v for k, v in body.items() if k not in LONG_TEXTS}
            text = orjson.dumps(payload)
        return text.decode()

    def flush(self) -> None:
        """Write the events and the channels' new ends, and have them published after the commit."""
        self._actor.change = self._ulid if self._events else ""
        Event.objects.bulk_create(self._events)
        for name in sorted(self._announced):
            channel = self._channels[name]
            Channel.objects.filter(pk=name).update(
                seq=channel.seq, change=channel.change, updated_at=timezone.now()
            )
            publisher.publish_on_commit(name, self._announced[name])


@contextmanager
def change_channels(
    actor: Actor, names: Iterable[str], *, undoes: str | None = None
) -> Iterator[Change]:
    """Lock the channels ``names`` and yield the change to record events in; needs a transaction."""
    change = Change(actor, lock_channels(names), undoes)
    yield change
    change.flush()


def lock_channels(names: Iterable[str]) -> dict[str, Channel]:
    """Return the channels by name, locked in order of their names; missing ones are created."""
    wanted = set(names)
    found = _select_for_update(wanted)
    if missing := wanted - found.keys():
        Channel.objects.bulk_create([Channel(name=n) for n in missing], ignore_conflicts=True)
        found = _select_for_update(wanted)
    return found


def _select_for_update(names: set[str]) -> dict[str, Channel]:
    rows = Channel.objects.select_for_update().filter(name__in=names).order_by("name")
    return {channel.name: channel for channel in rows}
