"""What a watcher holds of a board, and what an event does to it. Pure.

A client of the protocol in its simplest form: cards by id with their versions, tombstones of what
was removed or left, and orders that count only for the versions that they were made for.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a channel; ``change`` is None where it is not known."""

    epoch: str
    seq: int
    change: str | None = None


@dataclass
class Replica:
    """The cards of one sprint and of its project's backlog, and the sprint itself."""

    sprint: Json
    project_id: int
    cards: dict[int, Json]
    places: dict[str, Place]
    # Per channel, the changes applied since the snapshot: (seq, change).
    applied: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    _graves: dict[int, int] = field(default_factory=dict)

    @classmethod
    def from_snapshot(cls, board: Json) -> "Replica":
        """Build it from ``GET /api/sprints/<id>/board/``."""
        cards = {card["id"]: as_card(card) for card in board["tasks"] + board["backlog"]}
        places = {
            name: Place(at["epoch"], at["seq"], at.get("change"))
            for name, at in board["channels"].items()
        }
        return cls(as_sprint(board["sprint"]), board["project"]["id"], cards, places)

    def apply(self, event: Json) -> bool:
        """Take in an event if it is the next of its channel, and tell whether it was."""
        place = self.places[event["channel"]]
        if (event["epoch"], event["seq"]) != (place.epoch, place.seq + 1):
            return False
        self.places[event["channel"]] = Place(event["epoch"], event["seq"], event["change"])
        self.applied.setdefault(event["channel"], []).append((event["seq"], event["change"]))
        match event["model"]:
            case "task":
                self._apply_task(event)
            case "column":
                self._apply_order(event)
            case "sprint" if event["id"] == self.sprint["id"]:
                self._apply_sprint(event)
        return True

    def canonical(self) -> Json:
        return {"sprint": self.sprint, "cards": dict(sorted(self.cards.items()))}

    def _apply_task(self, event: Json) -> None:
        task, version, body = event["id"], event["version"], event["body"]
        held = self.cards.get(task)
        if version <= (held["version"] if held else self._graves.get(task, 0)):
            return
        if body is not None and self._belongs_here(body):
            self.cards[task] = as_card(body, is_described="description" in event.get("omitted", []))
        else:
            self.cards.pop(task, None)
            self._graves[task] = version

    def _apply_order(self, event: Json) -> None:
        for text, order in event["order"].items():
            card = self.cards.get(int(text))
            if card and card["version"] == event["versions"][text]:
                card["order"] = order

    def _apply_sprint(self, event: Json) -> None:
        if event["version"] > self.sprint["version"]:
            self.sprint = as_sprint(event["body"])

    def _belongs_here(self, body: Json) -> bool:
        if body["sprint"] is None:
            return bool(body["project"] == self.project_id)
        return bool(body["sprint"] == self.sprint["id"])


def as_card(body: Json, *, is_described: bool = False) -> Json:
    """A task as boards show it: without its description and its links."""
    card = {name: value for name, value in body.items() if name not in ("description", "links")}
    card["has_description"] = is_described or bool(
        body.get("description") or body.get("has_description")
    )
    return card


def as_sprint(body: Json) -> Json:
    return {name: value for name, value in body.items() if name not in ("description", "links")}


def differences(held: Json, stored: Json) -> list[str]:
    """Where two canonical forms differ, a few of them, as text."""
    found = []
    if held["sprint"] != stored["sprint"]:
        found.append(f"sprint: {held['sprint']} instead of {stored['sprint']}")
    for task in sorted(held["cards"].keys() | stored["cards"].keys()):
        mine, theirs = held["cards"].get(task), stored["cards"].get(task)
        if mine != theirs:
            found.append(f"task {task}: {mine} instead of {theirs}")
    return found[:3]
