"""Looks at every state that a model can get into, and at how each of them ends."""

from collections import deque
from dataclasses import dataclass

from tests.realtime.model import Model, State
from tests.realtime.model.state import Violation

Ways = dict[State, tuple[State, str] | None]


@dataclass(frozen=True)
class Finding:
    """``reason`` None: the promise holds. ``trace``: a shortest way to where it does not."""

    states: int
    reason: str | None = None
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.reason}; {self.states} states were seen", *self.trace])


def explore(model: Model, start: State) -> Finding:
    """Go through all states, nearest first, until the promise is broken or none is left."""
    ways: Ways = {start: None}
    waiting = deque([start])
    good: set[State] = set()
    while waiting:
        state = waiting.popleft()
        try:
            for name, after in model.steps(state):
                if after not in ways:
                    ways[after] = (state, name)
                    waiting.append(after)
            check_ending(model, state, good)
        except Violation as violation:
            return Finding(len(ways), str(violation), trace(ways, state))
    return Finding(len(ways))


def check_ending(model: Model, state: State, good: set[State]) -> None:
    """Let nothing more happen from outside: everything must arrive. Raises ``Violation``.

    ``good`` are states known to end well.
    """
    path: dict[State, None] = {}
    here: State | None = state
    while here is not None and here not in good:
        if here in path:
            raise Violation("left alone, it goes round in circles")
        path[here] = None
        last, here = here, model.quiet_step(here)
        if here is None and not last.is_settled:
            raise Violation(f"left alone, it ends with {last.client}; the database: {last.end}")
    good.update(path)


def trace(ways: Ways, state: State) -> tuple[str, ...]:
    """The steps that lead to ``state``."""
    names = []
    step = ways[state]
    while step:
        state, name = step
        names.append(name)
        step = ways[state]
    return tuple(reversed(names))
