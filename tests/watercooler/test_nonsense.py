"""A Redis that answers errors or garbage: watercooler says that it is not live, and survives."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import pytest

from tests.servers import OwnRedis
from tests.watercooler.stage import SPRINT, Stage, eventually
from watercooler import Process

Item = TypeVar("Item")

NONSENSE = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"+OK\r\n",
    b":5\r\n",
    b"$-1\r\n",
    b"*-1\r\n",
    b"*0\r\n",
    b"-ERR unknown command\r\n",
    b"-NOAUTH Authentication required.\r\n",
    b"-LOADING Redis is loading the dataset in memory\r\n",
    b"-\xff\xfe\r\n",
    b"\xff\xfe\x00",
    b"$99999999999999999999\r\n",
    b"*1\r\n" * 5000,
    b"*3\r\n$7\r\nmessage\r\n:5\r\n*0\r\n",
    b"*3\r\n$9\r\nsubscribe\r\n$-1\r\n$-1\r\n",
    b"*2\r\n*3\r\n:1\r\n:2\r\n:3\r\n*1\r\n*2\r\n:7\r\n$1\r\nx\r\n",
    b"*2\r\n*3\r\n$1\r\ne\r\n$2\r\n-1\r\n$0\r\n\r\n*0\r\n",
]


class Liar:
    """Answers all that is sent to it with ``answer``; honest, it passes everything to Redis."""

    def __init__(self, answer: bytes, redis: OwnRedis) -> None:
        self.is_honest = False
        self.questions = 0
        self._answer = answer
        self._redis_path = redis.url.removeprefix("unix://")
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        with suppress(OSError):
            await (self._pass_on if self.is_honest else self._lie)(reader, writer)
        writer.close()

    async def _lie(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536) and not self.is_honest:
            self.questions += 1
            writer.write(self._answer)
            await writer.drain()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._redis_path)
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest.fixture
async def liars(redis_server: OwnRedis) -> AsyncIterator[list[Liar]]:
    liars = [Liar(answer, redis_server) for answer in NONSENSE]
    for liar in liars:
        await liar.start()
    yield liars
    for liar in liars:
        await liar.close()


async def test_nonsense_is_survived_and_nothing_is_lost(
    bare_stage: Stage, liars: list[Liar], caplog: pytest.LogCaptureFixture
) -> None:
    """A watercooler for each, all at once, since most of the time they wait."""
    processes, clients = [], []
    for liar in liars:
        process = Process(bare_stage.options(redis_url=liar.url), bare_stage.timing)
        process.start()
        bare_stage.processes.append(process)
        client = await bare_stage.connect(process=process)
        await client.resume(sprint=("e1", 1))
        processes.append(process)
        clients.append(client)
    await all_of(lambda liar: liar.questions > 3, liars)
    assert not any(process.hub.readiness().is_live for process in processes)
    assert [client.events() for client in clients] == [[]] * len(clients)
    assert sum("Redis" in record.message for record in caplog.records) <= len(processes)

    for liar in liars:
        liar.is_honest = True
    bare_stage.writer.start_beating()
    bare_stage.writer.append(SPRINT)
    await all_of(lambda client: client.events() == [2, 3, 4], clients)
    assert not any(client.actions("resync") for client in clients)
    await all_of(lambda process: process.hub.readiness().is_live, processes)


async def all_of(condition: Callable[[Item], object], items: Sequence[Item]) -> None:
    """Wait until ``condition`` holds for each; the place in ``NONSENSE`` of those left is told."""
    with suppress(AssertionError):
        await eventually(lambda: all(condition(item) for item in items), seconds=30)
    assert [place for place, item in enumerate(items) if not condition(item)] == []
