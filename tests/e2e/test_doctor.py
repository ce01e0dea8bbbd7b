"""``manage.py doctor`` beside the whole product, well and ill."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from scrum import environment
from tests.servers import wait_until
from tests.stack import Stack, is_up
from tests.stripping_proxy import StrippingProxy

CHECKS = ["database", "secrets", "redis", "relay", "watercooler", "clock", "board", "websocket"]
Examine = Callable[..., "Report"]


class Report:
    """What one run of the command said, by check."""

    def __init__(self, run: subprocess.CompletedProcess[str]) -> None:
        self.code = run.returncode
        self.text = run.stdout
        lines = [line.split(maxsplit=2) for line in run.stdout.splitlines()]
        self.messages = {check.rstrip(":"): message for _, check, message in lines}
        self.problems = {check.rstrip(":") for word, check, _ in lines if word == "problem"}
        assert run.stderr == ""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    stack = Stack(web_workers=1)
    try:
        stack.start()
        yield stack
    finally:
        stack.close()


@pytest.fixture
def examine(stack: Stack) -> Examine:
    """Run the command; keyword arguments change its environment."""

    def run(*words: str, **variables: str) -> Report:
        return Report(
            subprocess.run(
                [sys.executable, "manage.py", "doctor", *words],
                cwd=environment.ROOT,
                env=stack.environment | variables,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        )

    return run


def test_all_is_well(examine: Examine, stack: Stack) -> None:
    report = examine()
    assert (report.code, report.problems) == (0, set()), report.text
    assert list(report.messages) == CHECKS
    assert stack.url in report.messages["websocket"]


def test_proxy_that_strips_upgrade_is_the_one_problem(examine: Examine, stack: Stack) -> None:
    with StrippingProxy(stack.watercooler_ports[0]) as proxy:
        report = examine(WATERCOOLER_SERVER=f"localhost:{proxy.port}")
    assert (report.code, report.problems) == (1, {"websocket"}), report.text
    assert "headers Upgrade and Connection" in report.messages["websocket"]


def test_board_is_examined_by_the_address_that_people_use(examine: Examine, stack: Stack) -> None:
    with StrippingProxy(stack.port, "x-nothing") as proxy:
        report = examine("--server", f"http://localhost:{proxy.port}/sprints/7")
    assert (report.code, report.problems) == (1, {"websocket"}), report.text
    wanted = f"add http://localhost:{proxy.port} to WATERCOOLER_ORIGINS"
    assert wanted in report.messages["websocket"]


def test_other_secret_is_noticed_at_relay_and_watercooler(examine: Examine) -> None:
    report = examine(WATERCOOLER_SECRET="test:" + "y" * 40)
    assert (report.code, report.problems) == (1, {"relay", "websocket"}), report.text
    for check in ("relay", "websocket"):
        assert "WATERCOOLER_SECRET" in report.messages[check]


def test_missing_database_and_web_are_told(examine: Examine) -> None:
    report = examine(
        "--server", "http://localhost:1", DATABASE_URL="postgres://localhost:1/nothing"
    )
    assert (report.code, report.problems) == (1, {"database", "board", "websocket"}), report.text


@pytest.mark.parametrize(
    "url", ["board.example.com", "ftp://board", "http://", "http://a:99999999"]
)
def test_address_that_is_none_is_refused_in_one_sentence(stack: Stack, url: str) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--server", url],
        cwd=environment.ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert url in run.stderr


def test_stopped_relay_is_told_and_missed_by_watercooler(examine: Examine, stack: Stack) -> None:
    relay = stack.processes["relay"]
    relay.terminate()
    relay.wait(10)
    ready = f"http://localhost:{stack.watercooler_ports[0]}/ready"
    wait_until(lambda: not is_up(ready))
    report = examine()
    stack.run("relay")
    assert (report.code, report.problems) == (1, {"relay", "watercooler"}), report.text
    assert "start `manage.py relay`" in report.messages["relay"]
    wait_until(lambda: is_up(ready))


def test_redis_that_is_down_is_told_by_everybody(examine: Examine, stack: Stack) -> None:
    stack.redis.stop()
    ready = f"http://localhost:{stack.watercooler_ports[0]}/ready"
    wait_until(lambda: not is_up(ready))
    report = examine()
    stack.redis.start()
    assert (report.code, report.problems) == (1, {"redis", "relay", "watercooler"}), report.text
    assert "Redis cannot be reached." in report.messages["watercooler"]
    wait_until(lambda: is_up(ready))
