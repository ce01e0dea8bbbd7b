"""Tells a taken port apart before a server trips over it."""

import errno
import socket

from scrum.environment import EnvironmentRefused


def require_free_port(address: str, port: int, *, variable: str) -> None:
    """Refuse when nothing can listen on ``port``; ``variable`` is what chooses another one.

    Raises ``EnvironmentRefused``. The port may still be taken by the time the server binds it.
    """
    try:
        with socket.socket() as probe:
            # As servers do: connections that are closing do not make a port taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            probe.listen()
    except OSError as error:
        raise EnvironmentRefused(_refusal(error, port, variable)) from error


def _refusal(error: OSError, port: int, variable: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken: stop what listens there, or name another one in {variable}."
    return f"Port {port} cannot be used ({error.strerror}): name another one in {variable}."
