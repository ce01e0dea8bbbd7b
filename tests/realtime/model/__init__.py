"""A model of how a change gets from the database to a watcher: no I/O, all steps, in any order.

One channel; its log in the database and its tail in Redis; two processes that publish as
``board.publisher`` does, one question to Redis or the database at a time; announcements that come
late, twice, in another order or never; one watercooler process, in which the real
``realtime.sequence`` judges, with the rules of ``realtime.broadcaster`` around it; and one client.
What can go wrong is a step like any other, as often as a ``Budget`` allows.
"""

from collections.abc import Iterator

from tests.realtime.model.publishing import RELAY, Publishing
from tests.realtime.model.state import FIRST_EPOCH, Budget, State, Step, Task, Watcher
from tests.realtime.model.watching import Watching

__all__ = ["Budget", "Model", "State"]


class Model(Publishing, Watching):
    """The algorithm as it is; its rules are methods, to be overridden by what would be a bug.

    ``longest`` stands for 500: what a tail is filled with, and what is replayed.
    """

    def __init__(self, *, longest: int = 2) -> None:
        self.longest = longest

    def steps(self, state: State) -> Iterator[Step]:
        """Everything that can happen next. Raises ``Violation`` while it is iterated."""
        for number in range(len(state.publishers)):
            yield from self.publisher_steps(state, number)
        yield from self.watcher_steps(state)
        if state.client.at == "loading" and not state.is_locked:
            yield "the client loads", self.load(state)
        yield from _faults(state)

    def quiet_step(self, state: State) -> State | None:
        """What happens next when nothing comes from outside and no announcement arrives.

        None when nothing happens any more.
        """
        return self._quiet_publishing(state) or self.quiet_watching(state)

    def _quiet_publishing(self, state: State) -> State | None:
        for number, task in enumerate(state.publishers):
            moves = self.next_steps(state, number, task) if task else iter(())
            for _, after in moves:
                return after
        for must_refill in self.relay_chances(state):
            return state.with_task(RELAY, Task("look", must_refill=must_refill))
        return None


def _faults(state: State) -> Iterator[Step]:
    budget = state.budget
    if budget.wipes and state.redis:
        yield "Redis is wiped", state._replace(redis=None, budget=budget.less("wipes"))
    if budget.restores and not state.is_locked:
        for length in range(len(state.log)):
            yield f"the database is restored to {length}", _restored(state, length)
    if budget.restarts:
        yield "watercooler is restarted", _restarted(state)


def _restored(state: State, length: int) -> State:
    # It ends all connections to the database, and with them whatever was between two questions.
    alive = tuple(task if task and task.at != "fill" else None for task in state.publishers)
    return state._replace(
        budget=state.budget.less("restores"),
        publishers=alive,
        epoch=FIRST_EPOCH,
        answers=None,
        log=state.log[:length],
        histories=(*state.histories, state.log),
    )


def _restarted(state: State) -> State:
    client = state.client
    if client.at == "live":
        client = client._replace(at="waiting")
    budget = state.budget.less("restarts")
    return state._replace(budget=budget, watcher=Watcher(), client=client)
