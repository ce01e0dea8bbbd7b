"""How mail leaves: beside the request, so that nobody waits for it or learns from how long it took.

What a mail says is not decided here.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

logger = logging.getLogger(__name__)


@cache
def _postman() -> ThreadPoolExecutor:
    """One thread a process, made after gunicorn has forked."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


class MailInBackground(EmailBackend):
    """Sends by SMTP in a thread; what could not be sent is logged, without its text."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        _postman().submit(self._send_now, [*email_messages])
        return len(email_messages)

    def _send_now(self, messages: list[EmailMessage]) -> None:
        try:
            super().send_messages(messages)
        except OSError as error:
            logger.error("%d mail(s) could not be sent: %s", len(messages), error)


class NoMail(BaseEmailBackend):
    """Stands where no server for mail is configured: says so, and sends nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            logger.warning("Not sent, since EMAIL_URL is not set: %s", message.subject)
        return 0
