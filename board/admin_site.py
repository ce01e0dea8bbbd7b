"""Django's admin site, with sign-out and the own password in one transaction with what they end."""

from typing import Any

from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import HttpRequest

from board import services


class BoardAdminSite(AdminSite):
    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        # The person is saved in there, which board.accounts.TicketRevocation hears of.
        with transaction.atomic():
            return super().password_change(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        person = request.user if request.user.is_authenticated else None
        with transaction.atomic():
            answer = super().logout(request, extra_context)
            has_left = not request.user.is_authenticated
            if person and has_left:
                services.revoke_tickets(user=person)
        return answer
