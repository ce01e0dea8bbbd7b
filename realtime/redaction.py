"""What guests are told of an event, who came by a public link: the card, and nobody's name for it.

Pure. The rest of what is said about people (presence, hands) never reaches them.
"""

from typing import Any

import orjson

# What the board that guests load does not show of a card either.
HIDDEN = ("description",)
# These belong to open tasks, and guests open none.
OUT_OF_SIGHT = ("comment", "checklist_item", "attachment")


def for_guests(line: bytes) -> bytes:
    """Return the event without who made it, its links, and the texts that no card shows.

    Those are named in ``omitted``, as in an event that was too big for them.
    """
    event: dict[str, Any] = orjson.loads(line)
    event |= {"actor": None, "origin": None}
    if event.get("model") in OUT_OF_SIGHT:
        event |= {"body": None, "changed": {}}
    if body := event.get("body"):
        hidden = [name for name in HIDDEN if name in body]
        event["body"] = {name: body[name] for name in body if name not in HIDDEN} | {"links": {}}
        if hidden:
            event["omitted"] = sorted({*event.get("omitted", []), *hidden})
    return orjson.dumps(event)
