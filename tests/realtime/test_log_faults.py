"""A Redis that is away, silent, full, read-only, or answers nonsense; and the circuit breaker."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from realtime.breaker import CircuitBreaker
from realtime.errors import LogRefused, LogUnavailable
from realtime.log import COLD_TOP, EventLog, Outcome, connect
from tests.realtime.conftest import KEYS, PREFIX, events
from tests.realtime.test_log import CHANNEL, at, fill, stored_seqs
from tests.servers import OwnRedis


@pytest.fixture
def own() -> Iterator[OwnRedis]:
    """A server that the test may stop."""
    server = OwnRedis()
    server.start()
    yield server
    server.close()


def open_log(url: str, breaker: CircuitBreaker | None = None) -> EventLog:
    servers = connect(url, make_breaker=lambda: breaker or CircuitBreaker())
    return EventLog(servers, prefix=PREFIX, keys=KEYS)


Question = Callable[[EventLog], object]


def elapsed(action: Callable[[], object]) -> float:
    """Seconds until ``action`` has raised ``LogUnavailable``."""
    started_at = time.monotonic()
    with pytest.raises(LogUnavailable):
        action()
    return time.monotonic() - started_at


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


# The breaker


def test_breaker_lets_everybody_through_while_all_is_well() -> None:
    breaker = CircuitBreaker(clock=Clock())
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.admit()
    assert not breaker.is_resting


def test_breaker_refuses_after_a_failure_until_the_rest_is_over() -> None:
    clock = Clock()
    breaker = CircuitBreaker(rest_seconds=1, clock=clock)
    breaker.failed()

    clock.now = 0.99
    assert (breaker.is_resting, breaker.admit()) == (True, False)
    clock.now = 1.0
    assert (breaker.is_resting, breaker.admit()) == (False, True)


def test_breaker_lets_one_try_through_per_rest() -> None:
    clock = Clock()
    breaker = CircuitBreaker(rest_seconds=1, clock=clock)
    breaker.failed()
    clock.now = 1.0

    assert [breaker.admit() for _ in range(3)] == [True, False, False]
    clock.now = 2.0
    assert [breaker.admit() for _ in range(3)] == [True, False, False]


def test_breaker_rests_again_after_a_failed_try_and_closes_after_a_good_one() -> None:
    clock = Clock()
    breaker = CircuitBreaker(rest_seconds=1, clock=clock)
    breaker.failed()
    clock.now = 1.0
    assert breaker.admit()
    breaker.failed()
    assert breaker.is_resting
    clock.now = 2.0
    assert breaker.admit()
    breaker.succeeded()
    assert [breaker.admit() for _ in range(3)] == [True, True, True]


# Away


def test_every_question_says_that_redis_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"unix://{tmp_path_factory.mktemp('none')}/redis.sock"
    questions: list[Question] = [
        lambda log: log.append(CHANNEL, events(1, 1)),
        lambda log: log.refill(CHANNEL, base=at(0), events=[], seen=COLD_TOP),
        lambda log: log.tops([CHANNEL]),
        lambda log: log.take_cold(),
        lambda log: log.publish_heartbeat(behind=0, oldest_ms=0),
    ]
    for ask in questions:
        with pytest.raises(LogUnavailable):
            ask(open_log(url))


def test_silent_redis_is_given_up_within_200_ms(own: OwnRedis) -> None:
    log = open_log(own.url)
    fill(log, 1)
    own.freeze()
    try:
        assert elapsed(lambda: log.append(CHANNEL, events(2, 2))) < 0.2
        assert elapsed(lambda: open_log(own.url).append(CHANNEL, events(2, 2))) < 0.2
    finally:
        own.thaw()


def test_address_that_swallows_packets_is_given_up_within_200_ms() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        with contextlib.ExitStack() as stack:
            # A full backlog: further connections are neither accepted nor refused.
            for _ in range(4):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            log = open_log(f"redis://127.0.0.1:{port}")
            assert elapsed(lambda: log.top(CHANNEL)) < 0.2


def test_second_question_to_a_silent_redis_costs_nothing(own: OwnRedis) -> None:
    log = open_log(own.url)
    own.freeze()
    try:
        elapsed(lambda: log.top(CHANNEL))
        assert log.is_resting
        assert elapsed(lambda: log.top(CHANNEL)) < 0.01
    finally:
        own.thaw()


def test_log_works_again_after_the_rest(own: OwnRedis) -> None:
    clock = Clock()
    log = open_log(own.url, CircuitBreaker(clock=clock))
    fill(log, 1)
    own.stop()
    elapsed(lambda: log.top(CHANNEL))
    own.start()

    elapsed(lambda: log.top(CHANNEL))
    clock.now += 1
    assert log.top(CHANNEL) == COLD_TOP


def test_connection_of_a_restarted_redis_is_replaced_at_once(own: OwnRedis) -> None:
    log = open_log(own.url)
    fill(log, 1)
    own.restart_empty()

    assert log.append(CHANNEL, events(2, 2)).outcome is Outcome.COLD


# Errors


def test_full_redis_refuses_and_nothing_is_half_written(own: OwnRedis) -> None:
    log = open_log(own.url)
    fill(log, 2)
    with own.client() as client:
        client.config_set("maxmemory", 1)
        with pytest.raises(LogRefused, match=r"OOM|maxmemory"):
            log.append(CHANNEL, events(3, 4))
        with pytest.raises(LogRefused, match=r"OOM|maxmemory"):
            log.refill(CHANNEL, base=at(0), events=events(1, 1), seen=log.top(CHANNEL))
        assert stored_seqs(own) == [1, 2]
        assert log.top(CHANNEL).position == at(2)
        client.config_set("maxmemory", 0)

    assert log.append(CHANNEL, events(3, 4)).outcome is Outcome.APPENDED


def test_heartbeat_still_works_on_a_full_redis(own: OwnRedis) -> None:
    log = open_log(own.url)
    with own.client() as client:
        client.config_set("maxmemory", 1)
    log.publish_heartbeat(behind=1, oldest_ms=0)
    assert not log.is_resting


def test_read_only_redis_refuses(own: OwnRedis) -> None:
    log = open_log(own.url)
    fill(log, 2)
    with own.client() as client:
        client.replicaof("127.0.0.1", "1")
    for write in (
        lambda: log.append(CHANNEL, events(3, 3)),
        lambda: log.refill(CHANNEL, base=at(0), events=events(1, 1), seen=log.top(CHANNEL)),
        lambda: log.take_cold(),
    ):
        with pytest.raises(LogRefused):
            write()
    assert log.top(CHANNEL).position == at(2)


def test_password_that_is_missing_is_reported(own: OwnRedis) -> None:
    with own.client() as client:
        client.config_set("requirepass", "secret")
    with pytest.raises(LogUnavailable, match=r"[Aa]uthentication"):
        open_log(own.url).top(CHANNEL)


# Nonsense


@contextlib.contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that answers whatever is sent to it with ``answer``; yields its URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def converse(peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            while peer.recv(65536):
                peer.sendall(answer)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=converse, args=(peer,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield f"redis://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


NONSENSE = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"+OK\r\n",
    b":5\r\n",
    b"$-1\r\n",
    b"*-1\r\n",
    b"*0\r\n",
    b"*1\r\n$4\r\ncold\r\n",
    b"*4\r\n$4\r\nwhat\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n",
    b"*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
    b"*3\r\n:1\r\n*0\r\n:3\r\n",
    b"\xff\xfe\x00",
    b"$99999999999999999999\r\n",
    b"-ERR unknown command\r\n",
    b"-LOADING Redis is loading the dataset in memory\r\n",
    b"-NOPERM this user has no permissions\r\n",
    b"-\xff\xfe\r\n",
]


@pytest.mark.parametrize("answer", NONSENSE)
def test_nonsense_is_unavailability(answer: bytes) -> None:
    with answering(answer) as url:
        questions: list[Question] = [
            lambda log: log.append(CHANNEL, events(1, 1)),
            lambda log: log.refill(CHANNEL, base=at(0), events=events(1, 1), seen=COLD_TOP),
            lambda log: log.tops([CHANNEL]),
        ]
        for ask in questions:
            with pytest.raises(LogUnavailable):
                ask(open_log(url))


@pytest.mark.parametrize("answer", NONSENSE)
def test_nonsense_for_small_questions_is_harmless(answer: bytes) -> None:
    with answering(answer) as url, contextlib.suppress(LogUnavailable):
        log = open_log(url)
        assert log.take_cold() == []
        log.publish_heartbeat(behind=0, oldest_ms=0)
