"""Watchers: clients of ``watercooler.v1`` that check every message against the promise.

On each connection every channel's events must follow one another without a gap, a repetition or a
break in the chain of changes, from the position that was resumed, until a resync. What contradicts
that is noted as a ``Breach``; a watcher goes on after it like after a resync.
"""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from realtime.protocol import SUBPROTOCOL, Close
from tests.faults.replica import Json, Place, Replica

# As in the browser's client.
SILENCE_SECONDS = 40.0
STABLE_SECONDS = 30.0
FIRST_RETRY_SECONDS = 0.5
# The browser's are 20 s and 5 s: a test wants to see more reconnects and agreement sooner.
LONGEST_RETRY_SECONDS = 4.0
RESYNC_SPREAD_SECONDS = 2.0
TICKET_HALF_LIFE_SECONDS = 180.0
HTTP_SECONDS = 15.0
REMEMBERED = 30

FORBIDDEN_CODES = {int(Close.BAD_MESSAGE), int(Close.NOT_A_MEMBER), int(Close.TOO_BIG)}
TROUBLE = (OSError, WebSocketException, TimeoutError, requests.RequestException)


@dataclass(frozen=True, slots=True)
class Breach:
    """The promise was not kept; ``kind`` is duplicate, disorder, loss or refusal."""

    kind: str
    watcher: str
    text: str


class Wire:
    """Judges the events of one connection."""

    def __init__(self) -> None:
        self._ends: dict[str, Place] = {}

    def begin(self, places: dict[str, Place]) -> None:
        """The server has taken up a resume from these positions."""
        self._ends.update(places)

    def end(self, channel: str) -> None:
        """The server has given the channel up: nothing may come before the next resume."""
        self._ends.pop(channel, None)

    def judge(self, event: Json) -> tuple[str, str] | None:
        """Return kind and text of what is wrong with an event, None when nothing is."""
        channel, seq = event["channel"], event["seq"]
        end = self._ends.get(channel)
        if end is None:
            return "disorder", f"{channel} {seq} came before a resume was answered"
        self._ends[channel] = Place(event["epoch"], seq, event["change"])
        if event["epoch"] != end.epoch:
            return "disorder", f"{channel} {seq} has epoch {event['epoch']}, not {end.epoch}"
        if seq <= end.seq:
            return "duplicate", f"{channel} {seq} came after {end.seq}"
        if seq > end.seq + 1:
            return "loss", f"{channel} {seq} came after {end.seq}"
        if end.change is not None and event["prev"] != end.change:
            return "disorder", f"{channel} {seq} follows {event['prev']}, not {end.change}"
        return None


def as_since(place: Place) -> Json:
    known = {} if place.change is None else {"change": place.change}
    return {"epoch": place.epoch, "seq": place.seq} | known


class Site:
    """Where a watcher finds the product: an API session, and ways to the websocket processes."""

    def __init__(self, url: str, session: requests.Session, ports: Callable[[], list[int]]) -> None:
        self._url = url
        self._session = session
        self._ports = ports

    async def board(self, sprint: int) -> Json:
        return await self._asked("GET", f"/api/sprints/{sprint}/board/")

    async def ticket(self, sprint: int) -> str:
        answer = await self._asked("POST", f"/api/sprints/{sprint}/ticket/")
        return str(parse_qs(urlsplit(answer["channel"]).query)["channel"][0])

    def address(self, sprint: int, ticket: str, rng: random.Random) -> str:
        port = rng.choice(self._ports())
        return f"ws://127.0.0.1:{port}/socket/sprint.{sprint}?channel={ticket}"

    async def _asked(self, method: str, path: str) -> Json:
        answer = await asyncio.to_thread(
            self._session.request, method, self._url + path, timeout=HTTP_SECONDS
        )
        answer.raise_for_status()
        body: Json = answer.json()
        return body


class Watcher:
    """One person's open board. ``run`` keeps it connected until it is cancelled."""

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        sprint: int,
        rng: random.Random,
        longest_retry_seconds: float = LONGEST_RETRY_SECONDS,
    ) -> None:
        self.name = name
        self.sprint = sprint
        self.replica: Replica | None = None
        self.ticket: str | None = None
        self.breaches: list[Breach] = []
        self.counts: Counter[str] = Counter()
        self.trace: deque[str] = deque(maxlen=REMEMBERED)
        # Cleared, it stops taking anything off its socket.
        self.reads = asyncio.Event()
        self.reads.set()
        self._site = site
        self._rng = rng
        self._longest_retry_seconds = longest_retry_seconds
        self._socket: ClientConnection | None = None
        self._wire = Wire()
        # The positions of a resume that is not answered yet.
        self._asked: dict[str, Place] | None = None
        self._must_ask_again = False
        self._is_reloading = False
        self._attempt = 0
        self._restart_seconds: float | None = None
        self._ticket_at = time.monotonic()
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def places(self) -> dict[str, Place]:
        return self.replica.places if self.replica else {}

    def cut(self) -> None:
        """Lose the connection, without a word to anybody."""
        if self._socket:
            self._socket.transport.abort()

    async def run(self) -> None:
        try:
            while True:
                await self._connect_once()
                await asyncio.sleep(self._pause_seconds())
        finally:
            for errand in self._errands:
                errand.cancel()

    def _pause_seconds(self) -> float:
        seconds = self._restart_seconds
        self._restart_seconds = None
        if seconds is not None:
            return seconds
        most = min(self._longest_retry_seconds, FIRST_RETRY_SECONDS * 2**self._attempt)
        self._attempt += 1
        return self._rng.uniform(0, most)

    async def _connect_once(self) -> None:
        try:
            await self._prepare()
            assert self.ticket
            address = self._site.address(self.sprint, self.ticket, self._rng)
            async with connect(
                address,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                ping_interval=None,
                max_queue=4,
                close_timeout=1,
                proxy=None,
            ) as socket:
                await self._converse(socket)
        except TROUBLE as error:
            self._note(f"away: {type(error).__name__} {error}")
        finally:
            self._hang_up()

    async def _prepare(self) -> None:
        if self.replica is None:
            self._take_snapshot(await self._site.board(self.sprint))
        if self.ticket is None:
            self.ticket = await self._site.ticket(self.sprint)
            self._ticket_at = time.monotonic()

    def _hang_up(self) -> None:
        socket, self._socket = self._socket, None
        self._asked, self._must_ask_again = None, False
        if socket is None:
            return
        code = socket.close_code
        self.counts[f"closed {code}"] += 1
        self._note(f"closed {code} {socket.close_reason}")
        if code == Close.NEW_TICKET:
            self.ticket = None
        if code in FORBIDDEN_CODES:
            self._breach("refusal", f"closed with {code} {socket.close_reason}")

    async def _converse(self, socket: ClientConnection) -> None:
        self.counts["connections"] += 1
        opened_at = time.monotonic()
        self._socket, self._wire = socket, Wire()
        self._resume()
        while True:
            await self.reads.wait()
            # Not wait_for: before Python 3.12 it may swallow a cancellation.
            async with asyncio.timeout(SILENCE_SECONDS):
                frame = await socket.recv(decode=False)
            for line in frame.split(b"\n"):
                self._hear(orjson.loads(line))
            if time.monotonic() - opened_at > STABLE_SECONDS:
                self._attempt = 0
            if time.monotonic() - self._ticket_at > TICKET_HALF_LIFE_SECONDS:
                self._ticket_at = time.monotonic()
                self._go(self._refresh())

    def _resume(self) -> None:
        """Ask for everything after what is held; once an earlier resume has been answered."""
        if self._socket is None:
            return
        if self._asked is not None:
            self._must_ask_again = True
            return
        self._asked = dict(self.places)
        since = {name: as_since(place) for name, place in self._asked.items()}
        self._go(self._say(action="resume", since=since))

    async def _refresh(self) -> None:
        ticket = self.ticket = await self._site.ticket(self.sprint)
        await self._say(action="refresh", ticket=ticket)

    async def _say(self, **message: Any) -> None:
        if self._socket:
            await self._socket.send(orjson.dumps(message).decode())

    # What the server says

    def _hear(self, message: Json) -> None:
        if "seq" in message:
            self._take(message)
            return
        match message["action"]:
            case "welcome":
                self._note(f"welcome {message['channels']}")
                self.counts["welcomes"] += 1
                self._welcomed()
            case "resync":
                self._note(f"resync {message['channel']}: {message['reason']}")
                self._wire.end(message["channel"])
                self.counts["resyncs"] += 1
                self.counts[f"resync: {message['reason']}"] += 1
                self._reload_soon()
            case "beat":
                self._compare(message["tops"])
            case "restart":
                self._restart_seconds = message["in_ms"] / 1000
            case "state":
                self._note(f"state {message}")

    def _welcomed(self) -> None:
        if self._asked is not None:
            self._wire.begin(self._asked)
        self._asked = None
        if self._must_ask_again:
            self._must_ask_again = False
            self._resume()

    def _take(self, event: Json) -> None:
        self.counts["events"] += 1
        fault = self._wire.judge(event)
        self.trace.append(f"{event['channel']} {event['seq']} {event['model']} {event['action']}")
        if fault:
            self._breach(*fault)
        if self._asked is not None or self.replica is None:
            return
        if not self.replica.apply(event) and not self._is_reloading:
            place = self.places[event["channel"]]
            if event["seq"] > place.seq and not fault:
                self._breach("loss", f"{event['channel']} {event['seq']} does not follow {place}")

    def _compare(self, tops: dict[str, Json]) -> None:
        """A beat tells what was written to this connection: less must not have arrived."""
        if self._asked is not None or self._is_reloading:
            return
        for channel, top in tops.items():
            place = self.places[channel]
            if place.epoch != top["epoch"] or place.seq < top["seq"]:
                self._breach("loss", f"beat of {channel} says {top}, held is {place}")

    # Loading anew

    def _reload_soon(self) -> None:
        if not self._is_reloading:
            self._is_reloading = True
            self._go(self._reload())

    async def _reload(self) -> None:
        await asyncio.sleep(self._rng.uniform(0, RESYNC_SPREAD_SECONDS))
        while True:
            try:
                board = await self._site.board(self.sprint)
                break
            except TROUBLE as error:
                self._note(f"not loaded: {error}")
                await asyncio.sleep(self._rng.uniform(0, RESYNC_SPREAD_SECONDS))
        self._take_snapshot(board)
        self._is_reloading = False
        self._resume()

    def _take_snapshot(self, board: Json) -> None:
        self.counts["snapshots"] += 1
        self.replica = Replica.from_snapshot(board)
        self._note(f"snapshot {self.places}")

    def _go(self, errand: Any) -> None:
        task = asyncio.create_task(self._run(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _run(self, errand: Any) -> None:
        try:
            await errand
        except TROUBLE as error:
            self._note(f"failed: {error}")

    def _breach(self, kind: str, text: str) -> None:
        self._note(f"BREACH {kind}: {text}")
        self.breaches.append(Breach(kind, self.name, text))
        self._reload_soon()

    def _note(self, text: str) -> None:
        self.trace.append(f"{time.strftime('%H:%M:%S')} {text}")
