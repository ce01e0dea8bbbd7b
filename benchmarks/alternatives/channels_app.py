"""Django Channels with its Redis layer, for uvicorn; REDIS_URL is in the environment."""

# Channels is installed only where the benchmark runs.
# mypy: disable-error-code="import-untyped, misc"

import os

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import re_path

LAYER = {
    "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "CONFIG": {"hosts": [os.environ["REDIS_URL"]], "prefix": "bench"},
}
settings.configure(CHANNEL_LAYERS={"default": LAYER})


class Subscriber(AsyncWebsocketConsumer):
    groups = ["board"]

    async def board_event(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


application = ProtocolTypeRouter({"websocket": URLRouter([re_path(r"^$", Subscriber.as_asgi())])})
