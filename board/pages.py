"""The shell of the browser client; what it shows is the client's business."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie

from board.tickets import socket_address


@ensure_csrf_cookie
def client_page(request: HttpRequest, *, status: int = 200) -> HttpResponse:
    """Serve the shell, with the CSRF cookie that signing in needs."""
    response = render(request, "board/client.html", {"version": settings.VERSION}, status=status)
    response["Cache-Control"] = "no-cache"
    if not settings.DJANGO_VITE["default"]["dev_mode"]:
        response["Content-Security-Policy"] = content_security_policy(request)
    return response


def content_security_policy(request: HttpRequest) -> str:
    """Everything from here, nothing inline, and one websocket server."""
    socket = socket_address(request.get_host(), is_secure=request.is_secure())
    sources = {
        "default-src": "'self'",
        "connect-src": f"'self' {socket}",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def not_found_page(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer an unknown path: below the API in JSON, elsewhere by the client's own page."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "Not found."}, status=404)
    return client_page(request, status=404)
