"""What a new person tells about themselves, besides address and password."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

# No look-alikes from other alphabets, and nothing that reads like an address: people sign in by
# either.
USERNAME_VALIDATORS = [
    RegexValidator(
        r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z",
        gettext_lazy(
            "Use letters, digits, dots, dashes and underscores; begin with a letter or a digit."
        ),
    ),
]

NAMES = ("first_name", "last_name")


class SignUpForm(forms.Form):
    """Adds the name that others see; django-allauth makes its own forms from this one."""

    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)

    def clean(self) -> dict[str, Any]:
        """Compare the password with the rest; django-allauth does so only for a known person."""
        given = {**(super().clean() or {})}
        known = {name: given.get(name, "") for name in ("username", "email", *NAMES)}
        try:
            UserAttributeSimilarityValidator().validate(given.get("password") or "", User(**known))
        except ValidationError as error:
            self.add_error("password", error)
        return given

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Both are saved already: django-allauth knows fields of these names."""
