"""The shell of the browser client; what it shows is the client's business."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import ensure_csrf_cookie

from board.tickets import socket_address
from scrum.sign_in import sign_in_origins


@ensure_csrf_cookie
def client_page(request: HttpRequest, *, status: int = 200) -> HttpResponse:
    """Serve the shell, with the CSRF cookie that signing in needs."""
    shown = {"version": settings.VERSION, "build": _build()}
    response = render(request, "board/client.html", shown, status=status)
    response["Cache-Control"] = "no-cache"
    response["Content-Security-Policy"] = content_security_policy(request)
    return response


def _build() -> str:
    """The name in DJANGO_VITE of the client that speaks the request's language."""
    language = get_language()
    return language if language in settings.DJANGO_VITE else "default"


def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the worker that keeps the client for offline use; while developing there is none.

    A worker is in charge of what lies beside or below it, so it cannot stay under ``/static/``.
    """
    vite: dict[str, Any] = settings.DJANGO_VITE[_build()]
    script: Path = vite["manifest_path"].with_name(f"service-worker.{get_language()}.js")
    if vite["dev_mode"] or not script.exists():
        return client_page(request, status=404)
    return HttpResponse(
        script.read_bytes(), content_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


def content_security_policy(request: HttpRequest) -> str:
    """What the client needs: everything from here, one websocket server, identity providers."""
    socket = socket_address(request.get_host(), is_secure=request.is_secure())
    vite = settings.DJANGO_VITE["default"]
    if vite["dev_mode"]:
        return _while_developing(f"localhost:{vite['dev_server_port']}", socket)
    return policy(
        {
            **INSTALLABLE,
            "connect-src": f"'self' {socket}",
            "form-action": " ".join(["'self'", *sign_in_origins(settings.OIDC_PROVIDERS)]),
        }
    )


INSTALLABLE = {"manifest-src": "'self'", "worker-src": "'self'"}


def policy(changes: dict[str, str]) -> str:
    """Nothing but what is listed, nothing inline, and in no frame."""
    sources = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        **changes,
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


# For the admin, the API and its pages, and everything else.
STRICT_POLICY = policy({})


def _while_developing(vite: str, socket: str) -> str:
    """Vite's server sends scripts and styles, and puts both into the page."""
    inline = f"'self' 'unsafe-inline' http://{vite}"
    return policy(
        {
            **INSTALLABLE,
            "script-src": inline,
            "style-src": inline,
            "img-src": f"'self' data: http://{vite}",
            "font-src": f"'self' http://{vite}",
            "connect-src": f"'self' {socket} http://{vite} ws://{vite}",
        }
    )


def not_found_page(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer an unknown path: below the API in JSON, elsewhere by the client's own page."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": gettext("Not found.")}, status=404)
    return client_page(request, status=404)
