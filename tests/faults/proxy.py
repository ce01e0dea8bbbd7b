"""TCP proxies that can be told to misbehave, in a process of their own.

``python -m tests.faults.proxy NAME=ADDRESS ...`` listens on a free port of the loopback for each
name, prints ``{name: port}`` as one line of JSON, and then obeys lines of ``NAME VERB [SECONDS]``
on its standard input until that ends. ADDRESS is ``host:port`` or the path of a Unix socket.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

CHUNK_BYTES = 64 * 1024
VERBS = ("cut", "stall", "half_open", "refuse", "delay", "heal")


@dataclass(eq=False)
class Link:
    """One connection through a proxy; a dead one swallows everything and tells nobody."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    is_dead: bool = False

    def abort(self) -> None:
        for writer in (self.near, self.far):
            writer.transport.abort()


@dataclass(eq=False)
class Proxy:
    """Forwards bytes to ``address``."""

    address: str
    links: set[Link] = field(default_factory=set)
    delay_seconds: float = 0.0
    is_refusing: bool = False
    flows: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> int:
        """Start, and return the port."""
        self.flows.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096)
        return int(server.sockets[0].getsockname()[1])

    def obey(self, verb: str, seconds: float) -> None:
        """Cut all connections, or let everything stall, take ``seconds`` longer, or be refused.

        ``half_open`` makes the connections of now look alive and carry nothing any more.
        """
        if verb in ("cut", "refuse"):
            self._abort(self.links)
        self.is_refusing = verb == "refuse"
        self.delay_seconds = seconds if verb == "delay" else 0.0
        for link in self.links if verb == "half_open" else ():
            link.is_dead = True
        if verb == "stall":
            self.flows.clear()
        else:
            self.flows.set()
        if verb == "heal":
            self._abort({link for link in self.links if link.is_dead})

    def _abort(self, links: set[Link]) -> None:
        for link in list(links):
            link.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, far_writer)
        self.links.add(link)
        ways = [self._pump(link, reader, far_writer), self._pump(link, far_reader, writer)]
        await asyncio.gather(*ways, return_exceptions=True)
        self.links.discard(link)
        link.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.startswith("/"):
            return await asyncio.open_unix_connection(self.address)
        host, _, port = self.address.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    async def _pump(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await self.flows.wait()
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                if not link.is_dead:
                    writer.write(data)
                    await writer.drain()
        if not link.is_dead:
            # What was written before is still delivered.
            writer.close()


class Proxies:
    """The proxies' process, as a test holds it."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        words = [f"{name}={address}" for name, address in addresses.items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.proxy", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        self.ports: dict[str, int] = json.loads(self._process.stdout.readline())

    def tell(self, name: str, verb: str, seconds: float = 0.0) -> None:
        """See ``Proxy.obey``; what an earlier order began ends."""
        assert verb in VERBS
        assert self._process.stdin
        self._process.stdin.write(f"{name} {verb} {seconds}\n".encode())
        self._process.stdin.flush()

    def heal(self) -> None:
        for name in self.ports:
            self.tell(name, "heal")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


async def serve(words: list[str]) -> None:
    proxies = {}
    for word in words:
        name, _, address = word.partition("=")
        proxies[name] = Proxy(address)
    ports = {name: await proxy.listen() for name, proxy in proxies.items()}
    print(json.dumps(ports), flush=True)
    orders = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while order := await orders.readline():
        name, verb, seconds = order.decode().split()
        proxies[name].obey(verb, float(seconds))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
