"""Websocket tickets of sprints: who gets one, and the URL that carries it."""

from functools import cache
from urllib.parse import quote

from django.conf import settings
from rest_framework.request import Request

from board.access import Grants, guest_grants_of, requester
from board.models import Installation, SharedLink
from realtime.names import project_channel, sprint_channel
from realtime.signatures import KeyRing
from realtime.tickets import GUEST, issue_ticket


@cache
def key_ring() -> KeyRing:
    return KeyRing.from_text(settings.WATERCOOLER_SECRET, prefix=Installation.current_prefix())


def channel_url(request: Request, grants: Grants, *, sprint_id: int, project_id: int) -> str | None:
    """``ws://HOST/socket/sprint.7?channel=<ticket>`` for the person who asks.

    None if they may not listen.
    """
    role = grants.roles.get(project_id)
    if role is None:
        return None
    user = requester(request)
    channel = sprint_channel(sprint_id)
    ticket = issue_ticket(
        key_ring(),
        username=user.username,
        full_name=user.get_full_name() or user.username,
        role=role,
        channels=(channel, project_channel(project_id)),
        control_epoch=grants.epoch,
        control_seq=grants.seq,
        ends_ms=_token_ends_ms(request),
    )
    return _socket_url(request, channel, ticket)


def shared_channel_url(request: Request, link: SharedLink) -> str | None:
    """As ``channel_url``, for a guest who came by a public link; None if that has ended.

    The ticket names the sprint's channel alone: the project's carries backlog and members.
    """
    grants = guest_grants_of(link)
    if grants is None:
        return None
    channel = sprint_channel(link.sprint_id)
    ticket = issue_ticket(
        key_ring(),
        username=link.guest,
        full_name="Guest",
        role=GUEST,
        channels=(channel,),
        control_epoch=grants.epoch,
        control_seq=grants.seq,
    )
    return _socket_url(request, channel, ticket)


def _socket_url(request: Request, channel: str, ticket: str) -> str:
    address = socket_address(request.get_host(), is_secure=request.is_secure())
    return f"{address}/socket/{channel}?channel={quote(ticket)}"


def socket_address(host: str, *, is_secure: bool) -> str:
    """``ws://HOST`` for who uses the board at ``host`` (with its port), by TLS or not.

    Host and scheme are the configured ones, else ``host`` with watercooler's port, and wss by TLS.
    """
    if settings.IS_SECURE_CONFIGURED:
        is_secure = settings.IS_SECURE
    return f"{'wss' if is_secure else 'ws'}://{_server(host)}"


def _token_ends_ms(request: Request) -> int | None:
    """When the API token expires that the request came with: nothing announces that."""
    expiry = getattr(request.auth, "expiry", None)
    return int(expiry.timestamp() * 1000) if expiry else None


def _server(host: str) -> str:
    if settings.WATERCOOLER_SERVER:
        return str(settings.WATERCOOLER_SERVER)
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return f"{name}:{settings.WATERCOOLER_PORT}"
