"""Websocket tickets of sprints: who gets one, and the URL that carries it."""

from functools import cache
from urllib.parse import quote

from django.conf import settings
from rest_framework.request import Request

from board.access import requester
from board.models import Installation
from realtime.names import project_channel, sprint_channel
from realtime.signatures import KeyRing
from realtime.tickets import issue_ticket


@cache
def key_ring() -> KeyRing:
    return KeyRing.from_text(settings.WATERCOOLER_SECRET, prefix=Installation.current_prefix())


def channel_url(request: Request, *, sprint_id: int, project_id: int, role: str) -> str:
    """``ws://HOST/socket/sprint.7?channel=<ticket>`` for the person who asks.

    Host and scheme are the configured ones, else those of the request with watercooler's port.
    """
    user = requester(request)
    channel = sprint_channel(sprint_id)
    ticket = issue_ticket(
        key_ring(),
        username=user.username,
        full_name=user.get_full_name() or user.username,
        role=role,
        channels=(channel, project_channel(project_id)),
    )
    return f"{_scheme(request)}://{_server(request)}/socket/{channel}?channel={quote(ticket)}"


def _scheme(request: Request) -> str:
    is_secure = settings.IS_SECURE if settings.IS_SECURE_CONFIGURED else request.is_secure()
    return "wss" if is_secure else "ws"


def _server(request: Request) -> str:
    if settings.WATERCOOLER_SERVER:
        return str(settings.WATERCOOLER_SERVER)
    host = request.get_host()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return f"{name}:{settings.WATERCOOLER_PORT}"
