"""Nonsense for a fuzzer: a grammar that turns any bytes into what a websocket server may be sent.

The bytes are a tape of choices. Hypothesis makes and shrinks the tape, which is much faster than
having it make each choice, and 100,000 messages take seconds.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from tests.watercooler.stage import PROJECT, SPRINT
from tests.watercooler.wire import BINARY, CLOSE, PING, PONG, TEXT, close_frame, frame, handshake

Choice = TypeVar("Choice")

ACTIONS = ("dragstart", "dragend", "drop", "editstart", "editend", "lookstart", "lookend")
NUMBERS = (1, 12, 0, -1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**400, 1.5, 1e308, float("nan"))
TEXTS = ("", "e1", "task", "resume", "control", "sprint.8", "\0", "\ud800", "é" * 40, "x" * 3000)
ODDITIES: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": None}, *NUMBERS, *TEXTS)
CHANNELS = (SPRINT, PROJECT, "sprint.8", "control", "", "\0", "sprint.7\0")
POSITIONS = (10**6, 2**63 - 1, 3, 0)
CODES = (1000, 1001, 1011, 3000, 4400, 0, 999, 1005, 1006, 1015, 5000, 65535)


class Tape:
    """A source of choices that ends; after its end, everything is the first choice."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._data)

    def number(self, below: int) -> int:
        """A number from 0; ``below`` is 256 at most."""
        value = 0 if self.is_over else self._data[self._at]
        self._at += 1
        return value % below

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.number(len(choices))]

    def bytes(self, most: int) -> bytes:
        size = self.number(most + 1)
        start, self._at = self._at, self._at + size
        return self._data[start : self._at]


# What is said


def message(tape: Tape, tickets: Mapping[str, str]) -> bytes:
    """A text; most mean something, so that those that do not meet the server in every state."""
    kind = tape.number(64)
    if kind < 48:
        return _dump(_grip(tape))
    if kind < 56:
        return _dump(_resume(tape))
    if kind < 58:
        return _dump({"action": "refresh", "ticket": tickets[tape.pick(sorted(tickets))]})
    if kind < 62:
        return _dump(_spoilt(tape, tape.pick((_grip, _resume, _event))(tape)))
    if kind == 62:
        return tape.pick((b"", b"null", b"[" * 4000, b'{"a":' * 800, b"[1" + b",1" * 2000, b"nan"))
    return tape.bytes(120)


def _grip(tape: Tape) -> dict[str, Any]:
    return {"model": "task", "id": tape.number(40) + 1, "action": tape.pick(ACTIONS)}


def _resume(tape: Tape) -> dict[str, Any]:
    channels = (SPRINT, PROJECT)[: tape.number(3)]
    since = {name: {"epoch": "e1", "seq": tape.pick(POSITIONS)} for name in channels}
    return {"action": "resume", "since": since}


def _event(tape: Tape) -> dict[str, Any]:
    """What only the server may say."""
    return {
        "v": 1,
        "channel": SPRINT,
        "epoch": "e1",
        "seq": tape.number(100),
        "model": "task",
        "action": tape.pick(("update", "remove", "welcome", "here", "beat", "resync", *ACTIONS)),
        "id": 12,
        "body": {"name": "owned"},
    }


def _spoilt(tape: Tape, fields: dict[str, Any]) -> Any:
    name = tape.pick(sorted(fields))
    match tape.number(6):
        case 0:
            del fields[name]
        case 1:
            fields[tape.pick(("", "actor", "conn", "body", "since", "ticket"))] = _odd(tape)
        case 2:
            fields["since"] = {tape.pick(CHANNELS): {"epoch": _odd(tape), "seq": _odd(tape)}}
        case 3:
            return [fields]
        case _:
            fields[name] = _odd(tape)
    return fields


def _odd(tape: Tape) -> Any:
    return tape.pick(ODDITIES)


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


# How it is framed


def sound(tape: Tape, text: bytes) -> bytes:
    """A message as frames that the RFC allows, in several parts at times."""
    mask = tape.bytes(4).ljust(4, b"\0")
    parts = tape.pick((1, 1, 1, 1, 2, 3, 16))
    if parts == 1:
        return frame(text, mask=mask)
    size = len(text) // parts + 1
    cuts = [text[start : start + size] for start in range(0, parts * size, size)]
    between = frame(b"?", opcode=PING) if tape.number(4) == 0 else b""
    return between.join(
        frame(cut, opcode=0 if number else TEXT, is_final=number == parts - 1, mask=mask)
        for number, cut in enumerate(cuts)
    )


def signal(tape: Tape) -> bytes:
    return frame(tape.bytes(125), opcode=tape.pick((PING, PONG)))


def broken(tape: Tape, text: bytes) -> bytes:
    """A frame that no client should send."""
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: frame(text, is_masked=False),
        lambda: frame(text, reserved=1 + tape.number(7)),
        lambda: frame(text, opcode=tape.number(16), is_final=bool(tape.number(2))),
        lambda: frame(text, opcode=BINARY),
        lambda: frame(text, opcode=0),
        lambda: frame(text, is_final=False) * 2,
        lambda: frame(text, is_final=False) + frame(opcode=0, is_final=False) * 40,
        lambda: frame(text, announced=tape.pick((0, 1, 125, 126, 4097, 65536, 2**32, 2**64 - 1))),
        lambda: frame(text[:200], opcode=tape.pick((PING, PONG, CLOSE))),
        lambda: frame(b"\xff" + text),
        lambda: frame(text)[: tape.number(20)],
        lambda: frame(tape.bytes(3), opcode=CLOSE),
        lambda: close_frame(tape.pick(CODES), tape.bytes(20)),
        lambda: tape.bytes(200),
        lambda: frame(opcode=PING) * 100,
    )
    return tape.pick(ways)()


def frames(tape: Tape, tickets: Mapping[str, str], most: int) -> Iterator[bytes]:
    """``most`` messages on their way; of twenty, one breaks the rules of websockets."""
    for _ in range(most):
        kind = tape.number(20)
        if kind == 19:
            yield broken(tape, message(tape, tickets))
        elif kind > 16:
            yield signal(tape)
        else:
            yield sound(tape, message(tape, tickets))


# How it begins


def opening(tape: Tape, target: str) -> bytes:
    """A request for a websocket, not always a good one."""
    headers = {
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
        "Sec-WebSocket-Protocol": tape.pick(("a, b, watercooler.v1", "watercooler.v2", ",", "")),
        "Sec-WebSocket-Version": tape.pick(("13", "13", "13", "8", "x")),
        "Sec-WebSocket-Key": tape.pick(("x", "=", "é", "x" * 300)),
    }
    request = handshake(target, headers)
    match tape.number(6):
        case 0:
            return tape.bytes(200)
        case 1:
            return request.replace(b"\r\n", tape.pick((b"\n", b"\r", b"\r\n ", b"\r\n\r\n")), 3)
        case 2:
            return request.replace(b"GET ", tape.pick((b"POST ", b"", b"\0 ", b"GET  ")), 1)
        case 3:
            return request[: -2 - tape.number(40)]
    return request
