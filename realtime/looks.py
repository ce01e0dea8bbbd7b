"""Who has which task open, on this process's connections. Pure.

No locks: any number of people may look at the same task. When a look was last renewed is the
clients' to remember; here it is only known so that a closing socket can end it.
"""


class Looks:
    """``most``: how many tasks one connection may look at, so that nobody fills the memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tasks: dict[str, set[int]] = {}

    def start(self, conn: str, task_id: int) -> bool:
        """Begin or renew a look; return False when the connection looks at too much already."""
        tasks = self._tasks.setdefault(conn, set())
        if task_id not in tasks and len(tasks) >= self._most:
            return False
        tasks.add(task_id)
        return True

    def end(self, conn: str, task_id: int) -> bool:
        """End a look; return False when there was none."""
        tasks = self._tasks.get(conn, set())
        if task_id not in tasks:
            return False
        tasks.remove(task_id)
        if not tasks:
            del self._tasks[conn]
        return True

    def end_all(self, conn: str) -> list[int]:
        """End the looks of a connection that went, and return their tasks."""
        return sorted(self._tasks.pop(conn, set()))
