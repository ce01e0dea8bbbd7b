"""Django's admin site: signing in is the client's business, so that a second factor counts here,
too; sign-out and the own password are in one transaction with what they end.
"""

from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from board import audit, services
from board.models.accounts import AuditKind


class BoardAdminSite(AdminSite):
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if self.has_permission(request):
            return super().login(request, extra_context)
        if request.user.is_authenticated:
            raise PermissionDenied
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
            wanted = reverse("admin:index")
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': wanted})}")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        # The person is saved in there, which board.accounts.TicketRevocation hears of.
        with transaction.atomic():
            answer = super().password_change(request, extra_context)
            if request.method == "POST" and answer.status_code == 302:
                audit.record(AuditKind.PASSWORD_CHANGED, person=cast(User, request.user))
            return answer

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        person = request.user if request.user.is_authenticated else None
        with transaction.atomic():
            answer = super().logout(request, extra_context)
            has_left = not request.user.is_authenticated
            if person and has_left:
                services.revoke_tickets(user=person)
        return answer
