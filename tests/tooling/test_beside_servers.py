"""The throw-away PostgreSQL and Redis that the suite runs on a second time."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import redis

from scrum import environment
from tests.beside_servers import ServerMissing, find_postgres_programs
from tests.tooling.processes import is_redis_up, running

SAY_ADDRESSES = """
import json, os, psycopg2, redis
print(json.dumps([os.environ["DATABASE_URL"], os.environ["REDIS_URL"]]))
redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
psycopg2.connect(os.environ["DATABASE_URL"]).close()
raise SystemExit(7)
"""


@pytest.fixture(autouse=True)
def _needs_postgres() -> None:
    try:
        find_postgres_programs()
    except ServerMissing as missing:
        pytest.skip(str(missing))


def test_both_live_as_long_as_the_command() -> None:
    command = [sys.executable, "-m", "tests.beside_servers", sys.executable, "-c", SAY_ADDRESSES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 7, done.stderr
    database_url, redis_url = json.loads(done.stdout)
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(redis_url).ping()
    home = Path(unquote(urlsplit(database_url).hostname or ""))
    assert home.is_absolute()
    assert not home.exists()


def test_they_stop_when_it_is_told_to(tmp_path: Path) -> None:
    noted = tmp_path / "redis-url"
    wait = f"printf %s \"$REDIS_URL\" >'{noted}.new' && mv '{noted}.new' '{noted}' && exec sleep 60"
    command = [sys.executable, "-m", "tests.beside_servers", "sh", "-c", wait]
    with running(command, folder=tmp_path, PYTHONPATH=str(environment.ROOT)) as runner:
        runner.wait_for(noted.exists)
        assert runner.stop() == 128 + signal.SIGTERM
    assert not is_redis_up(Path(urlsplit(noted.read_text()).path))
