"""What every request and answer goes through, whatever it is for."""

import logging
import struct
from collections.abc import Callable
from ipaddress import IPv4Address

from allauth.core.internal.httpkit import add_query_params
from allauth.headless.socialaccount.forms import RedirectToProviderForm
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext, gettext_lazy
from requests import RequestException

from board import audit
from board.files import LARGEST_FILE, TOO_LARGE
from board.pages import STRICT_POLICY
from board.throttles import TooOften
from realtime.callers import find_caller, read_address

logger = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponseBase]
LOOPBACK = IPv4Address("127.0.0.1")

# A description of 100,000 letters, in any alphabet; deploy/nginx has the same figure.
MOST_BODY_BYTES = 1024 * 1024
BODY_TOO_LARGE = gettext_lazy("A request's body may have %(most)d bytes.")
# A file, and the form around it.
MOST_UPLOAD_BYTES = LARGEST_FILE + 64 * 1024
UPLOADS = ("/api/attachments", "/api/me/picture")

# Nothing that the pages need, so that nothing that gets into them can have it either.
PERMISSIONS = ", ".join(
    [
        *(
            f"{feature}=()"
            for feature in (
                "accelerometer",
                "browsing-topics",
                "camera",
                "display-capture",
                "geolocation",
                "gyroscope",
                "magnetometer",
                "microphone",
                "midi",
                "payment",
                "usb",
            )
        ),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)


def client_address(answer: Handler) -> Handler:
    """Make ``REMOTE_ADDR`` the address that a request comes from, seen through trusted proxies.

    Everything that counts or records addresses reads it there.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        # Whoever comes by a Unix socket has no address, and is on this machine.
        peer = read_address(request.META.get("REMOTE_ADDR", "")) or LOOPBACK
        forwarded = request.headers.get("X-Forwarded-For")
        caller = find_caller(peer, forwarded, settings.TRUSTED_PROXIES) or peer
        request.META["REMOTE_ADDR"] = str(caller)
        return answer(request)

    return handle


def recorded(answer: Handler) -> Handler:
    """Let ``board.audit`` know from where, and by whom, what it records was asked."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        with audit.request_under_way(request):
            return answer(request)

    return handle


def body_limit(answer: Handler) -> Handler:
    """Refuse bodies that no honest client sends, before a byte of them is read.

    Django's own limit does not count where REST framework reads the stream itself. A body without
    a length reads as empty in WSGI.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_upload = request.path_info.rstrip("/") in UPLOADS
        most = MOST_UPLOAD_BYTES if is_upload else MOST_BODY_BYTES
        if not length.isdigit() or int(length) > most:
            detail = TOO_LARGE if is_upload else BODY_TOO_LARGE % {"most": most}
            return JsonResponse({"detail": detail}, status=413)
        return answer(request)

    return handle


def too_often(seconds: int) -> JsonResponse:
    """429 in the shape of django-allauth's answers, in words, and with when to come back."""
    detail = TooOften(wait=seconds).detail
    return JsonResponse(
        {"status": 429, "detail": detail}, status=429, headers={"Retry-After": str(seconds)}
    )


def explained_limits(answer: Handler) -> Handler:
    """Put words and a time to what django-allauth's own limits refuse; most count a minute."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        if response.status_code == 429 and "Retry-After" not in response.headers:
            return too_often(60)
        return response

    return handle


class MalformedCredentials:
    """Answers 400 to passkeys' answers of another shape than browsers send.

    django-allauth hands them to fido2 as they came, and fido2 takes their shape for granted.
    """

    ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error)

    def __init__(self, answer: Handler) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> JsonResponse | None:
        """Called by Django with what a view raised; None leaves it as it is."""
        if "/webauthn" not in request.path or not isinstance(error, self.ERRORS):
            return None
        message = gettext("This is not what a passkey answers.")
        problem = {"param": "credential", "code": "invalid", "message": message}
        return JsonResponse({"status": 400, "errors": [problem]}, status=400)


class ProviderAway:
    """Leads people back to their page where an identity provider cannot be reached.

    django-allauth asks it for its addresses first, and handles errors only after that.
    """

    def __init__(self, answer: Handler) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._answer(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponseRedirect | None:
        """Called by Django with what a view raised; None leaves it as it is."""
        if not isinstance(error, RequestException):
            return None
        form = RedirectToProviderForm(request.POST)
        if not form.is_valid():
            return None
        logger.warning("An identity provider could not be reached: %s", error)
        back = form.cleaned_data["callback_url"]
        return HttpResponseRedirect(add_query_params(back, {"error": "unknown"}))


def security_headers(answer: Handler) -> Handler:
    """Add what Django's own middleware does not know, unless the view has said otherwise."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        # Django's own page about an error, shown while developing, has inline styles.
        if not (settings.DEBUG and response.status_code == 500):
            response.headers.setdefault("Content-Security-Policy", STRICT_POLICY)
        return response

    return handle
