"""Reads every setting that comes from the environment; shared by Django and watercooler.

Values are strict: what is neither absent nor well-formed stops the process with one sentence
(``EnvironmentRefused``). An ignored file ``.env`` in the project's root fills in what the
environment lacks, and a secret may be in a file that ``<NAME>_FILE`` names. Nothing in here imports
Django. What concerns mail and signing in is read by ``scrum.mail`` and ``scrum.sign_in``.
"""

import hashlib
import ipaddress
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from realtime.addresses import SCHEMES, read_address
from realtime.errors import BadConfiguration

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8000
DEFAULT_WATERCOOLER_PORT = 8080
DEFAULT_VITE_PORT = 5173
HONCHO_DEFAULT_PORT = 5000
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

# sun_path of a Unix socket holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
LONGEST_SOCKET_PATH = 100

# What may be in a file instead, as orchestrators hand over secrets.
SECRETS = (
    "DATABASE_URL",
    "EMAIL_URL",
    "METRICS_TOKEN",
    "OIDC_PROVIDERS",
    "REDIS_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "WATERCOOLER_SECRET",
)

_ENV_LINE = re.compile(r"(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)")


class EnvironmentRefused(Exception):
    """A variable is missing or malformed; the text is one sentence that says what to do."""


def load_env_file(path: Path = ROOT / ".env") -> None:
    """Take over the variables of ``path`` (``export NAME=value``) that are not set already.

    What the secrets' own files hold goes first.
    """
    load_secret_files()
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise EnvironmentRefused(f"{path} cannot be read: {error.strerror}.") from error
    for line in lines:
        if match := _ENV_LINE.fullmatch(line.strip()):
            os.environ.setdefault(match[1], match[2])


def load_secret_files() -> None:
    """Take over each secret from the file that ``<NAME>_FILE`` names."""
    for name in SECRETS:
        path = os.environ.pop(f"{name}_FILE", "")
        if not path:
            continue
        if os.environ.get(name):
            raise EnvironmentRefused(f"Set {name} or {name}_FILE, not both.")
        try:
            os.environ[name] = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise EnvironmentRefused(
                f"{name}_FILE names {path}, which cannot be read: {error}."
            ) from error


def flag(name: str, *, default: bool = False) -> bool:
    """Read ``on`` or ``off``."""
    value = os.environ.get(name) or ("on" if default else "off")
    if value not in ("on", "off"):
        raise EnvironmentRefused(f"{name} must be exactly on or off, not {value!r}.")
    return value == "on"


def whole_number(name: str, *, default: int, minimum: int, maximum: int) -> int:
    """Read a decimal number between ``minimum`` and ``maximum``, both included."""
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and minimum <= int(value) <= maximum):
        raise EnvironmentRefused(
            f"{name} must be a whole number from {minimum} to {maximum}, not {value!r}."
        )
    return int(value)


def comma_separated(name: str) -> list[str]:
    """Read ``a,b,c``; an empty list when the variable is absent or empty."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def secret(name: str) -> str:
    """Read a secret that has no default."""
    value = os.environ.get(name, "")
    if not value:
        raise EnvironmentRefused(
            f"{name} is not set: run `make setup` for local use, or set it in the environment."
        )
    return value


def choice(name: str, *, default: str, among: tuple[str, ...]) -> str:
    """Read one of the words in ``among``."""
    value = os.environ.get(name) or default
    if value not in among:
        raise EnvironmentRefused(f"{name} must be one of {', '.join(among)}, not {value!r}.")
    return value


def _port(name: str, default: int) -> int:
    return whole_number(name, default=default, minimum=1, maximum=65535)


def web_port() -> int:
    """The port of the web process, also as seen from a watercooler that honcho started.

    honcho hands out PORT, PORT+100, ... in the Procfile's order (web, watercooler), and 5000 to the
    first when nobody has set PORT; the product's own default is 8000.
    """
    name, _, instance = os.environ.get("HONCHO_PROCESS_NAME", "").partition(".")
    port = _port("PORT", DEFAULT_PORT)
    if name == "watercooler":
        port -= 100 + int(instance) - 1
    return DEFAULT_PORT if name and port == HONCHO_DEFAULT_PORT else port


def vite_port() -> int:
    """The port of Vite's own server, which `make dev` starts."""
    return _port("VITE_PORT", DEFAULT_VITE_PORT)


def watercooler_port() -> int:
    """The first watercooler's port."""
    return _port("WATERCOOLER_PORT", DEFAULT_WATERCOOLER_PORT)


def own_watercooler_port() -> int:
    """The port of this watercooler process: the n-th one that honcho starts takes the n-th port."""
    _, _, instance = os.environ.get("HONCHO_PROCESS_NAME", "").partition("watercooler.")
    return watercooler_port() + (int(instance) - 1 if instance.isdigit() else 0)


def allowed_hosts() -> list[str]:
    return comma_separated("ALLOWED_HOSTS") or list(LOOPBACK_HOSTS)


def bind_address() -> str:
    """``BIND_ADDRESS``, else only this machine until a host of another name is allowed."""
    if address := os.environ.get("BIND_ADDRESS"):
        return address
    return "127.0.0.1" if set(allowed_hosts()) <= set(LOOPBACK_HOSTS) else "0.0.0.0"  # noqa: S104


def watercooler_origins() -> frozenset[str]:
    """The exact origins (scheme, host and port) of pages that may open a websocket."""
    configured = comma_separated("WATERCOOLER_ORIGINS")
    for origin in configured:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
            raise EnvironmentRefused(
                "WATERCOOLER_ORIGINS must hold origins such as https://board.example.com, "
                f"not {origin!r}."
            )
    if configured:
        return frozenset(configured)
    return frozenset(f"http://{host}:{web_port()}" for host in allowed_hosts())


def var_dir() -> Path:
    """The writable folder of this installation: SQLite file, embedded Redis, uploads."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()


def files_dir() -> Path:
    """Where uploaded files are kept; web processes on several machines share one folder."""
    return Path(os.environ.get("FILES_DIR") or var_dir() / "files").resolve()


def ensure_var_dir() -> Path:
    """Create the writable folder; refuses when that is not possible."""
    return _ensure_writable(var_dir(), "VAR_DIR")


def ensure_files_dir() -> Path:
    """Create the folder of uploaded files; refuses when that is not possible."""
    return _ensure_writable(files_dir(), "FILES_DIR")


def _ensure_writable(folder: Path, name: str) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise EnvironmentRefused(
            f"The folder {folder} cannot be written ({error.strerror}): "
            f"change its owner, or name another one in {name}."
        ) from error
    return folder


def embedded_redis_socket() -> Path:
    """Where the embedded Redis listens: in the writable folder, unless that path is too long."""
    path = var_dir() / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(var_dir())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"sprintwall-{digest}" / "redis.sock"


def redis_url() -> str:
    """``REDIS_URL`` (see ``realtime.addresses`` for its forms), or the embedded server's socket."""
    url = os.environ.get("REDIS_URL") or f"unix://{embedded_redis_socket()}"
    if url.partition("://")[0] not in SCHEMES:
        raise EnvironmentRefused(
            "REDIS_URL must begin with redis://, rediss://, unix://, redis+sentinel:// or "
            "redis+cluster://."
        )
    try:
        read_address(url)
    except BadConfiguration as error:
        raise EnvironmentRefused(f"REDIS_URL is malformed: {error}") from error
    return url


def uses_embedded_redis() -> bool:
    return not os.environ.get("REDIS_URL")


def redis_prefix() -> str | None:
    """``REDIS_PREFIX``, or None when the id in the database counts."""
    prefix = os.environ.get("REDIS_PREFIX") or None
    if prefix and not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", prefix):
        raise EnvironmentRefused(
            "REDIS_PREFIX must have 1 to 64 letters, digits, dots, dashes or underscores."
        )
    return prefix


def sockets_per_user() -> int:
    """How many websockets one person may hold open on one watercooler process."""
    return whole_number("SOCKETS_PER_USER", default=20, minimum=1, maximum=1_000_000)


def metrics_token() -> str:
    """What a scraper on another machine shows to read watercooler's metrics; "" for nobody."""
    return os.environ.get("METRICS_TOKEN", "")


def trusted_proxies() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """The addresses or networks whose ``X-Forwarded-For`` counts."""
    try:
        return tuple(
            ipaddress.ip_network(entry, strict=False)
            for entry in comma_separated("TRUSTED_PROXIES")
        )
    except ValueError as error:
        raise EnvironmentRefused(
            f"TRUSTED_PROXIES must hold addresses or networks such as 10.0.0.0/8: {error}."
        ) from error
