"""The names of channels, and of the keys and pub/sub channels that hold them in Redis.

A channel is ``sprint.7`` (a sprint's board), ``project.1`` (backlog, sprints, members, settings) or
``control`` (server to server). The inner braces of a key are a literal Redis Cluster hash tag, so
that everything about one channel lives on one slot.
"""

import re

CONTROL = "control"
HEARTBEAT = "relay"

_CHANNEL = re.compile(r"(?:sprint|project)\.[1-9][0-9]{0,18}|control", re.ASCII)


def sprint_channel(sprint_id: int) -> str:
    return f"sprint.{sprint_id}"


def project_channel(project_id: int) -> str:
    return f"project.{project_id}"


def is_channel(name: str) -> bool:
    """Tell whether ``name`` could be a channel, without asking whether it exists."""
    return _CHANNEL.fullmatch(name) is not None


class KeySpace:
    """Spells every Redis name of one installation; ``prefix`` sets it apart from others."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def stream(self, channel: str) -> str:
        """The recent tail: a stream of signed events with ids ``<seq>-0``."""
        return f"{self.prefix}:st:{{{channel}}}"

    def top(self, channel: str) -> str:
        """A hash of ``epoch``, ``seq`` and ``change`` of the newest event in the stream."""
        return f"{self.prefix}:top:{{{channel}}}"

    def events(self, channel: str) -> str:
        """The pub/sub channel on which signed events are announced."""
        return f"{self.prefix}:ev:{{{channel}}}"

    def peers(self, channel: str) -> str:
        """The pub/sub channel on which watercooler processes tell each other about people."""
        return f"{self.prefix}:peer:{{{channel}}}"

    def heartbeat(self) -> str:
        """The pub/sub channel of the relay's heartbeat."""
        return self.events(HEARTBEAT)

    def cold(self) -> str:
        """A set of channels whose tail watercooler misses and the relay should refill."""
        return f"{self.prefix}:cold"
