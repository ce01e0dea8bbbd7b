"""A small OpenID Connect provider on this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit


class Provider(ThreadingHTTPServer):
    """An identity provider at which everybody is who ``claims`` says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ProviderHandler)
        self.url = f"http://localhost:{self.server_port}"
        self.claims: dict[str, Any] = {"sub": "42", "preferred_username": "eve"}

    @property
    def app(self) -> dict[str, str]:
        """What ``OIDC_PROVIDERS`` says of it."""
        return {
            "id": "team",
            "name": "Team",
            "server_url": self.url,
            "client_id": "sprintwall",
            "secret": "s3cret",
        }


class _ProviderHandler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        url = self.server.url
        if self.path == "/userinfo":
            return self._answer(self.server.claims)
        if self.path.startswith("/authorize?"):
            return self._send_back()
        return self._answer(
            {
                "issuer": url,
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "userinfo_endpoint": f"{url}/userinfo",
                "jwks_uri": f"{url}/keys",
            }
        )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"access_token": "given", "token_type": "Bearer"})

    def _send_back(self) -> None:
        """Ask the person nothing."""
        asked = parse_qs(urlsplit(self.path).query)
        answer = urlencode({"code": "good", "state": asked["state"][0]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri'][0]}?{answer}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
