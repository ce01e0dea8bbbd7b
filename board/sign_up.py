"""What a new person tells about themselves, besides address and password."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest

# No look-alikes from other alphabets, and nothing that reads like an address: people sign in by
# either.
USERNAME_VALIDATORS = [
    RegexValidator(
        r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z",
        "Use letters, digits, dots, dashes and underscores; begin with a letter or a digit.",
    ),
]


class SignUpForm(forms.Form):
    """Adds the name that others see; django-allauth makes its own forms from this one."""

    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Both are saved already: django-allauth knows fields of these names."""
