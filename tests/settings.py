"""The product's settings with secrets and a database file of the tests' own."""

import atexit
import os
import shutil
import tempfile

# Workers inherit what the process that started them has set, and so do their own children.
if "VAR_DIR" not in os.environ or os.environ.get("VAR_DIR_OF", "") != os.environ.get(
    "PYTEST_XDIST_WORKER", ""
):
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="sprintwall-tests-")
    os.environ["VAR_DIR_OF"] = os.environ.get("PYTEST_XDIST_WORKER", "")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
os.environ.update(
    DEBUG="off",
    SECRET_KEY="only-for-tests-" + "x" * 40,
    WATERCOOLER_SECRET="test:" + "only-for-tests-" + "x" * 40,
    REDIS_PREFIX="sprintwall-tests",
    THROTTLE="off",
)

from scrum.settings import *  # noqa: F403
from scrum.settings import DATABASES, VAR_DIR

(VAR_DIR / "static").mkdir(exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "board.shared_cache.SharedCache"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Threads see one another's rows in a file, not in SQLite's usual in-memory test database.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
