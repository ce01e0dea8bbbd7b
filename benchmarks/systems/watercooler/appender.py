"""Stands for web and relay in a fan-out benchmark; run with the project's own interpreter.

    python appender.py prepare CHANNEL EPOCH    empty logs for the channels; prints a ticket
    python appender.py append CHANNEL EPOCH     appends the events that come in, one JSON a line

What waits on standard input is appended in one call, as a transaction of several changes would be.
While it runs it also is the relay: it beats, and refills nothing, since nothing gets lost.
"""

import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import orjson

from realtime.envelope import Event, Position, compose_event
from realtime.log import EventLog, connect
from realtime.names import CONTROL
from realtime.signatures import KeyRing
from realtime.tickets import issue_ticket

PROJECT = "project.1"
HEARTBEAT_SECONDS = 2.0
READ_BYTES = 1 << 20


def main(task: str, channel: str, epoch: str) -> None:
    prefix = os.environ["REDIS_PREFIX"]
    keys = KeyRing.from_text(os.environ["WATERCOOLER_SECRET"], prefix=prefix)
    if task == "prepare":
        prepare(open_log(keys, prefix), channel, epoch)
        print(
            issue_ticket(
                keys,
                username="bench",
                full_name="Bench",
                role="member",
                channels=(channel, PROJECT),
            )
        )
    else:
        threading.Thread(target=beat, args=[open_log(keys, prefix)], daemon=True).start()
        append_all(open_log(keys, prefix), channel, epoch)


def open_log(keys: KeyRing, prefix: str) -> EventLog:
    """A log that is as patient as a relay: the load client may keep Redis from its processor."""
    servers = connect(
        os.environ["REDIS_URL"], connect_timeout_seconds=5.0, answer_timeout_seconds=60.0
    )
    return EventLog(servers, prefix=prefix, keys=keys)


def prepare(log: EventLog, channel: str, epoch: str) -> None:
    for name in (channel, PROJECT, CONTROL):
        log.refill(name, base=Position(epoch, 0, ""), events=[], seen=log.top(name))


def append_all(log: EventLog, channel: str, epoch: str) -> None:
    end = Position(epoch, 0, "")
    for lines in read_lines(sys.stdin.fileno()):
        events: list[Event] = []
        for line in lines:
            events.append(compose(channel, end, orjson.loads(line)))
            end = Position(epoch, events[-1].seq, events[-1].change)
        log.append(channel, events)


def compose(channel: str, end: Position, event: dict[str, Any]) -> Event:
    """Return the harness' event as a change of a task; ``ts`` stays as it was stamped."""
    task, seq = event["task"], end.seq + 1
    payload = {
        "ts": event["ts"],
        "actor": event["actor"]["name"],
        "origin": None,
        "model": "task",
        "action": "update",
        "id": task["id"],
        "version": seq,
        "body": task,
        "changed": {one["field"]: [one["from"], one["to"]] for one in event["changes"]},
    }
    return compose_event(
        channel=channel,
        epoch=end.epoch,
        seq=seq,
        prev=end.change,
        change=f"01BENCH{seq:019d}",
        payload=orjson.dumps(payload).decode(),
    )


def read_lines(descriptor: int) -> Iterator[list[bytes]]:
    """Yield the lines that have come, at least one at a time, until the other side closes."""
    rest = b""
    while chunk := os.read(descriptor, READ_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield lines


def beat(log: EventLog) -> None:
    pause = threading.Event()
    while True:
        log.publish_heartbeat(behind=0, oldest_ms=0)
        pause.wait(HEARTBEAT_SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
