"""Who is at a board, over all connections and all processes. Pure: times are given, in seconds.

Each process vouches for the people on its own sockets and tells the others now and then; what a
process said counts until it falls silent.
"""

from dataclasses import dataclass, field

People = dict[str, str]
"""Usernames and full names."""


@dataclass(slots=True)
class _Local:
    full_name: str
    conns: set[str] = field(default_factory=set)
    leaves_at: float | None = None


@dataclass(slots=True)
class _Remote:
    people: People
    expires_at: float


class Roster:
    """The people at one board.

    ``linger_seconds``: how long somebody stays after their last socket went (a reload is no
    departure). ``silence_seconds``: after how long a process that says nothing counts as dead.
    """

    def __init__(self, *, linger_seconds: float, silence_seconds: float) -> None:
        self._linger_seconds = linger_seconds
        self._silence_seconds = silence_seconds
        self._local: dict[str, _Local] = {}
        self._remote: dict[str, _Remote] = {}
        self.announced: People = {}

    def arrive(self, conn: str, username: str, full_name: str) -> None:
        entry = self._local.setdefault(username, _Local(full_name))
        entry.full_name = full_name
        entry.conns.add(conn)
        entry.leaves_at = None

    def depart(self, conn: str, username: str, now: float) -> None:
        """Take a connection away; its person leaves a while after the last one."""
        entry = self._local.get(username)
        if entry is None:
            return
        entry.conns.discard(conn)
        if not entry.conns:
            entry.leaves_at = now + self._linger_seconds

    def hear(self, process: str, people: People, now: float) -> None:
        """Take over whom another process vouches for."""
        self._remote[process] = _Remote(people, now + self._silence_seconds)

    def farewell(self, process: str, now: float) -> None:
        """Another process ends; its people get as long to come back as after a lost socket."""
        if process in self._remote:
            self._remote[process].expires_at = now + self._linger_seconds

    def local(self, now: float) -> People:
        """Whom this process vouches for."""
        self._local = {
            name: entry
            for name, entry in self._local.items()
            if entry.leaves_at is None or entry.leaves_at > now
        }
        return {name: entry.full_name for name, entry in self._local.items()}

    def everyone(self, now: float) -> People:
        self._remote = {
            process: entry for process, entry in self._remote.items() if entry.expires_at > now
        }
        people: People = {}
        for entry in self._remote.values():
            people.update(entry.people)
        return people | self.local(now)

    def changes(self, now: float) -> tuple[People, People]:
        """Return who joined and who left since the last call; now they count as announced."""
        people = self.everyone(now)
        joined = _without(people, self.announced)
        left = _without(self.announced, people)
        self.announced = people
        return joined, left


def _without(people: People, others: People) -> People:
    return {name: full_name for name, full_name in people.items() if name not in others}
