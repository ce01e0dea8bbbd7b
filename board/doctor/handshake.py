"""Opens a websocket as a browser does, through whatever stands in front of watercooler."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import orjson
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import (
    WebSocketClientConnection,
    WebSocketClosedError,
    WebSocketError,
    websocket_connect,
)

from board.doctor.finding import Finding, ill, well
from board.doctor.process import ask
from board.tickets import socket_address
from realtime.protocol import SUBPROTOCOL, Close
from realtime.signatures import KeyRing
from realtime.tickets import issue_ticket

CHECK = "websocket"
TIMEOUT_SECONDS = 5.0

# No person and no sprint can have these, so that the visit is seen by nobody.
NOBODY = "(doctor)"
NOWHERE = f"sprint.{10**19 - 1}"

NGINX = "(deploy/nginx/sprintwall.conf shows how)"
STRIPPED = (
    "a proxy on the way does not pass on the headers Upgrade and Connection: let it do so for "
    f"/socket/ {NGINX}."
)
ELSEWHERE = f"/socket/ does not lead to watercooler: let the proxy send it there {NGINX}."
REDIRECTED = "browsers follow no redirects here: set WATERCOOLER_SECURE=on, so that they use wss."
UNREACHED = "the proxy does not reach watercooler: compare its upstream with WATERCOOLER_PORT."
REFUSALS = {
    200: ELSEWHERE,
    **dict.fromkeys((301, 302, 307, 308), REDIRECTED),
    400: STRIPPED,
    404: ELSEWHERE,
    426: STRIPPED,
    **dict.fromkeys((502, 503, 504), UNREACHED),
}
SECRETS_DIFFER = (
    "Watercooler does not accept our tickets: give it the WATERCOOLER_SECRET and REDIS_PREFIX of "
    "web (see `manage.py redis_prefix`), and restart it."
)


class _Closed(Exception):
    """The server ended the conversation; ``code`` is None when the connection was cut."""

    def __init__(self, code: int | None) -> None:
        super().__init__(str(code))
        self.code = code


def examine_board(board_url: str) -> Finding:
    """Whether the web process answers at ``board_url``, where people use it."""
    try:
        answer = ask(f"{board_url}/api/")
    except OSError as error:
        return ill(
            "board",
            f"Nothing answers at {board_url} ({_reason(error)}): start web, or name the board's "
            "address in --server.",
        )
    if answer.status == 400:
        host = urlsplit(board_url).hostname
        return ill("board", f"Web refuses requests for {host}: add it to ALLOWED_HOSTS.")
    if answer.status != 200 or '"sprints"' not in answer.text:
        return ill(
            "board",
            f"{board_url}/api/ is not our web process (it answers {answer.status}): name the "
            "board's address in --server, or correct the proxy.",
        )
    return well("board", f"The board answers at {board_url}.")


def examine(board_url: str, keys: KeyRing) -> Finding:
    """Open a websocket as a page of ``board_url`` (scheme, host, port) would, and say goodbye."""
    board = urlsplit(board_url)
    address = socket_address(board.netloc, is_secure=board.scheme == "https")
    if board.scheme == "https" and address.startswith("ws:"):
        return ill(
            CHECK,
            f"Pages of {board_url} are sent to {address}, and browsers refuse what is not "
            "encrypted there: set WATERCOOLER_SECURE=on.",
        )
    try:
        asyncio.run(_converse(address, board_url, keys))
    except HTTPClientError as error:
        return ill(CHECK, _refusal(error.code, address, board_url))
    except WebSocketError:
        return ill(CHECK, _refusal(200, address, board_url))
    except _Closed as closed:
        return ill(CHECK, _farewell(closed.code, address))
    except (OSError, TimeoutError) as error:
        return ill(CHECK, _unreachable(address, error))
    return well(CHECK, f"A websocket opens at {address}, as from a page of {board_url}.")


async def _converse(address: str, origin: str, keys: KeyRing) -> None:
    """Get as far as being welcomed; raises what ``examine`` catches."""
    ticket = issue_ticket(
        keys, username=NOBODY, full_name=NOBODY, role="viewer", channels=(NOWHERE,)
    )
    request = HTTPRequest(
        f"{address}/socket/{NOWHERE}?channel={ticket}",
        headers={"Origin": origin},
        connect_timeout=TIMEOUT_SECONDS,
        request_timeout=TIMEOUT_SECONDS,
    )
    connection = await websocket_connect(request, subprotocols=[SUBPROTOCOL])
    try:
        await asyncio.wait_for(_be_welcomed(connection), TIMEOUT_SECONDS)
    finally:
        connection.close()


async def _be_welcomed(connection: WebSocketClientConnection) -> None:
    # A bad ticket may have closed it already; the code is read below.
    with suppress(WebSocketClosedError):
        await connection.write_message(orjson.dumps({"action": "resume", "since": {}}).decode())
    while (message := await connection.read_message()) is not None:
        if '"welcome"' in str(message):
            return
    raise _Closed(connection.close_code)


def _refusal(status: int, address: str, origin: str) -> str:
    if status == 403:
        return (
            f"Watercooler refuses pages of {origin}: add {origin} to WATERCOOLER_ORIGINS in its "
            "environment, exactly so, and restart it."
        )
    if status == 599:
        return _unreachable(address, TimeoutError())
    remedy = REFUSALS.get(status, "the log of the proxy, or of watercooler, says more.")
    return f"No websocket opens at {address}; the answer is {status} instead of 101: {remedy}"


def _farewell(code: int | None, address: str) -> str:
    if code == Close.NEW_TICKET:
        return SECRETS_DIFFER
    if code == Close.BAD_MESSAGE:
        return (
            "A proxy on the way does not pass on the header Sec-WebSocket-Protocol: let it do so."
        )
    if code == Close.RESTART:
        return "Watercooler is being restarted; try again."
    return (
        f"The websocket at {address} opens and is closed at once ({code or 'cut'}): the log of the "
        "proxy, or of watercooler, says more."
    )


def _unreachable(address: str, error: Exception) -> str:
    return (
        f"Nothing answers at {address}, where pages are sent ({_reason(error)}): start "
        "watercooler, or correct WATERCOOLER_SERVER and WATERCOOLER_PORT of web."
    )


def _reason(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error) or "cut off"
