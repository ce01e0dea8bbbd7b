"""Mail leaves beside the request, and what cannot be sent is said without its text."""

import socket
import threading
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.core.mail import send_mail

from board.mail import _postman

BODY = "open https://testserver/password/reset/key#secret"


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Takes connections, and says nothing until it is told to hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def wait_for_the_postman() -> None:
    """Return when all that was handed over has been dealt with."""
    _postman().submit(int).result()


def test_a_request_does_not_wait_for_the_mail_server(
    silent_server: socket.socket, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "board.mail.MailInBackground"
    settings.EMAIL_HOST, settings.EMAIL_PORT = silent_server.getsockname()
    settings.EMAIL_TIMEOUT = 60
    # Comes back although nobody has answered, since the answer is given only after it.
    assert send_mail("Subject", BODY, None, ["alice@example.com"]) == 1
    connection, _ = silent_server.accept()
    connection.close()
    wait_for_the_postman()
    assert "1 mail(s) could not be sent" in caplog.text
    assert "secret" not in caplog.text


def test_mail_is_sent(silent_server: socket.socket, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "board.mail.MailInBackground"
    settings.EMAIL_HOST, settings.EMAIL_PORT = silent_server.getsockname()
    heard: list[bytes] = []

    def receive() -> None:
        connection, _ = silent_server.accept()
        with connection, connection.makefile("rwb") as lines:
            lines.write(b"220 hello\r\n")
            lines.flush()
            for line in lines:
                heard.append(line)
                lines.write(b"354 go on\r\n" if line == b"data\r\n" else b"250 fine\r\n")
                lines.flush()
                if line == b"data\r\n":
                    while (text := lines.readline()) != b".\r\n":
                        heard.append(text)
                    lines.write(b"250 fine\r\n")
                    lines.flush()

    server = threading.Thread(target=receive)
    server.start()
    send_mail("Subject", BODY, "board@example.com", ["alice@example.com"])
    wait_for_the_postman()
    server.join()
    assert BODY.encode() in b"".join(heard)
