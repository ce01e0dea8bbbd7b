"""What django-allauth and Django's own accounts ask us: nobody signs up by themselves, and whoever
signs out or gets another password loses their sockets.

The doors here are those that the two leave open for it; none of them is a signal.
"""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import User
from django.http import HttpRequest

from board import services


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        services.change_password(user=user, password=password)

    def logout(self, request: HttpRequest) -> None:
        sign_out = super().logout
        if isinstance(request.user, User):
            services.end_sign_in(user=request.user, end=lambda: sign_out(request))


class TicketRevocation:
    """Hears of every new password, in ``AUTH_PASSWORD_VALIDATORS``; any will do.

    Django calls this whenever a person is saved after ``set_password``: here, in the admin, in
    ``manage.py changepassword``, in a shell. A hash that is only upgraded at sign-in is none.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        pass

    def get_help_text(self) -> str:
        return "A new password signs you out everywhere else."

    def password_changed(self, password: str, user: User) -> None:
        services.revoke_tickets(user=user)
