"""The family of errors of the real-time side; everything here is caught as ``RealtimeError``."""


class RealtimeError(Exception):
    """Base of all errors that this package raises on purpose."""


class BadConfiguration(RealtimeError):
    """A setting is missing or malformed; the text says which, and what it should look like."""


class BadSignature(RealtimeError):
    """A message or ticket was not signed by a key we know, or not for this place."""


class BadMessage(RealtimeError):
    """A message has the right signature or sender, but not the shape that the protocol asks for."""


class TicketRefused(RealtimeError):
    """A ticket is malformed, forged, for another channel, or has expired."""


class TicketExpired(TicketRefused):
    """A ticket is genuine, and its time is over."""


class LogUnavailable(RealtimeError):
    """Redis cannot be reached, or answered too late, with an error or with nonsense."""


class LogRefused(LogUnavailable):
    """Redis answered with an error, or one of its servers is away; other commands may work."""
