"""The API's limits for each person, and for each address where nobody is signed in.

A view names the limits of its actions, or methods, in ``limits``; the others have the usual ones.
"""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework.exceptions import Throttled
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from board import limits


class TooOften(Throttled):
    """429, with Retry-After and in words."""

    default_detail = gettext_lazy("That was more than one may do at once.")
    extra_detail_singular = gettext_lazy("Try again in {wait} second.")  # type: ignore[assignment]
    extra_detail_plural = gettext_lazy("Try again in {wait} seconds.")  # type: ignore[assignment]


class LimitThrottle(BaseThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        person = str(request.user.pk) if request.user.is_authenticated else ""
        who = person or limits.network_of(request.META["REMOTE_ADDR"])
        seconds = limits.consume(_limit_of(request, view, is_known=bool(person)), who)
        if seconds is not None:
            raise TooOften(wait=seconds)
        return True


def _limit_of(request: Request, view: Any, *, is_known: bool) -> limits.Limit:
    action = getattr(view, "action", None) or (request.method or "").lower()
    named: limits.Limit | None = getattr(view, "limits", {}).get(action)
    if named:
        return named
    if not is_known:
        return limits.STRANGERS
    return limits.READS if request.method in SAFE_METHODS else limits.WRITES
