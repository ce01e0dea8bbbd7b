"""What one writes first: Tornado and redis.asyncio, ``write_message`` for every subscriber.

python plain_tornado.py PORT REDIS_URL CHANNEL
"""

import asyncio
import sys

import redis.asyncio
from tornado.web import Application
from tornado.websocket import WebSocketHandler

subscribers: set[WebSocketHandler] = set()


class Subscriber(WebSocketHandler):
    def open(self, *args: str) -> None:
        subscribers.add(self)

    def on_close(self) -> None:
        subscribers.discard(self)


async def serve(port: int, redis_url: str, channel: str) -> None:
    Application([(r"/", Subscriber)]).listen(port, "127.0.0.1")
    listener = redis.asyncio.from_url(redis_url).pubsub()
    await listener.subscribe(channel)
    async for message in listener.listen():
        if message["type"] == "message":
            text = message["data"].decode()
            for subscriber in list(subscribers):
                subscriber.write_message(text)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
