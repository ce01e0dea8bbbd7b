"""A Redis that answers errors or garbage: watercooler says that it is not live, and survives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.servers import OwnRedis
from tests.watercooler.stage import SPRINT, Stage, eventually
from watercooler import Process

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


@pytest.fixture(params=NONSENSE, ids=range(len(NONSENSE)))
async def liar(request: pytest.FixtureRequest, redis_server: OwnRedis) -> AsyncIterator[Liar]:
    liar = Liar(request.param, redis_server)
    await liar.start()
    yield liar
    await liar.close()


async def test_nonsense_is_survived_and_nothing_is_lost(
    bare_stage: Stage, liar: Liar, caplog: pytest.LogCaptureFixture
) -> None:
    process = Process(bare_stage.options(redis_url=liar.url), bare_stage.timing)
    process.start()
    bare_stage.processes.append(process)
    client = await bare_stage.connect(process=process)
    await client.resume(sprint=("e1", 1))
    await eventually(lambda: liar.questions > 3)
    assert not process.hub.readiness().is_live
    assert client.events() == []
    assert sum("Redis" in record.message for record in caplog.records) <= 1

    liar.is_honest = True
    bare_stage.writer.start_beating()
    bare_stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [2, 3, 4])
    assert not client.actions("resync")
    await eventually(lambda: process.hub.readiness().is_live)
