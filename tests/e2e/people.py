"""People without a browser: scripts on ``requests``, and watchers on plain websockets."""

import itertools
import threading
import time
from datetime import timedelta
from typing import Any

import orjson
import requests
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.stack import Stack

# Every sprint of a project ends on a day of its own.
_days = itertools.count(100)


class Api:
    """One person's script: follows links, knows the paths of the contract."""

    def __init__(self, stack: Stack, username: str) -> None:
        self.root = f"{stack.url}/api"
        self.username = username
        self.session = stack.session(username)

    def get(self, path: str) -> Any:
        return self._sent("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        return self._sent("POST", path, json=body)

    def patch(self, path: str, **body: Any) -> Any:
        return self._sent("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        self._sent("DELETE", path)

    def _sent(self, method: str, path: str, **options: Any) -> Any:
        answer = self.session.request(method, self.url(path), timeout=30, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def move(self, task: int, **place: Any) -> requests.Response:
        """Answers 200 or a refusal; the caller looks."""
        return self.session.post(self.url(f"/tasks/{task}/move/"), json=place, timeout=30)

    def url(self, path: str) -> str:
        return path if path.startswith("http") else self.root + path

    def new_sprint(self, name: str = "Sprint of a test") -> dict[str, Any]:
        end = timezone.now().date() + timedelta(days=next(_days))
        return dict(self.post("/sprints/", name=name, end=end.isoformat()))

    def new_task(self, name: str, sprint: dict[str, Any] | None = None, **fields: Any) -> Any:
        return self.post("/tasks/", name=name, sprint=sprint and sprint["id"], **fields)

    def column(self, sprint: dict[str, Any], status: int) -> list[int]:
        """Ids of a column's tasks in the order of the database."""
        path = f"/tasks/?sprint={sprint['id']}&status={status}&page_size=100"
        return [task["id"] for task in self.get(path)["results"]]


class Watcher:
    """A plain subscriber of a sprint, collecting all that it is sent."""

    def __init__(self, api: Api, sprint: dict[str, Any]) -> None:
        channel = api.post(sprint["links"]["ticket"])["channel"]
        self._socket = connect(channel).__enter__()
        self.received: list[Any] = []
        self._thread = threading.Thread(target=self._collect)
        self._thread.start()

    def _collect(self) -> None:
        try:
            for text in self._socket:
                self.received.append((time.monotonic(), orjson.loads(text)))
        except ConnectionClosed:
            pass

    def events(self, channel: str) -> list[Any]:
        return [event for _, event in list(self.received) if event.get("channel") == channel]

    def send(self, **message: Any) -> None:
        self._socket.send(orjson.dumps(message).decode())

    def close(self) -> None:
        self._socket.close()
        self._thread.join(10)
