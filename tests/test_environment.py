"""Settings from the environment: strict, with one sentence for each mistake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scrum import environment, mail, sign_in
from scrum.environment import EnvironmentRefused


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "DEBUG",
        "PORT",
        "WATERCOOLER_PORT",
        "ALLOWED_HOSTS",
        "WATERCOOLER_ORIGINS",
        "REDIS_URL",
        "REDIS_PREFIX",
        "HONCHO_PROCESS_NAME",
        "VAR_DIR",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("value", ["true", "1", "ON", "yes", " on"])
def test_flag_is_exactly_on_or_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEBUG", value)
    with pytest.raises(EnvironmentRefused, match="exactly on or off"):
        environment.flag("DEBUG")


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "\uff18\uff10", "1e3"])
def test_port_is_a_port(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(EnvironmentRefused, match="PORT must be a whole number"):
        environment.web_port()


def test_ports_have_their_defaults() -> None:
    assert (environment.web_port(), environment.watercooler_port()) == (8000, 8080)


@pytest.mark.parametrize(
    ("process", "port", "expected"),
    [
        ("web.1", "5000", 8000),
        ("web.1", "9000", 9000),
        ("watercooler.1", "5100", 8000),
        ("watercooler.2", "9101", 9000),
        ("", "5000", 5000),
    ],
)
def test_web_port_is_known_to_every_process_of_honcho(
    monkeypatch: pytest.MonkeyPatch, process: str, port: str, expected: int
) -> None:
    if process:
        monkeypatch.setenv("HONCHO_PROCESS_NAME", process)
    monkeypatch.setenv("PORT", port)
    assert environment.web_port() == expected


def test_each_watercooler_takes_the_next_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_PORT", "7000")
    for instance in (1, 2, 3):
        monkeypatch.setenv("HONCHO_PROCESS_NAME", f"watercooler.{instance}")
        assert environment.own_watercooler_port() == 6999 + instance


def test_servers_stay_on_this_machine_until_another_host_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert environment.bind_address() == "127.0.0.1"
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost,board.example.com")
    assert environment.bind_address() == "0.0.0.0"  # noqa: S104


def test_origins_default_to_the_web_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "http://localhost:8000" in environment.watercooler_origins()
    monkeypatch.setenv("WATERCOOLER_ORIGINS", "https://board.example.com")
    assert environment.watercooler_origins() == {"https://board.example.com"}


@pytest.mark.parametrize("origin", ["board.example.com", "https://board.example.com/", "*"])
def test_origins_are_exact(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("WATERCOOLER_ORIGINS", origin)
    with pytest.raises(EnvironmentRefused, match="WATERCOOLER_ORIGINS"):
        environment.watercooler_origins()


def test_redis_is_the_embedded_one_by_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAR_DIR", "/srv/board")
    assert environment.redis_url() == "unix:///srv/board/redis.sock"
    monkeypatch.setenv("VAR_DIR", f"/srv/{'x' * 120}")
    assert len(str(environment.embedded_redis_socket())) < environment.LONGEST_SOCKET_PATH
    monkeypatch.setenv("REDIS_URL", "http://localhost")
    with pytest.raises(EnvironmentRefused, match="REDIS_URL"):
        environment.redis_url()


@pytest.mark.parametrize("prefix", ["with space", "braces{}", "x" * 65])
def test_prefix_is_plain(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv("REDIS_PREFIX", prefix)
    with pytest.raises(EnvironmentRefused, match="REDIS_PREFIX"):
        environment.redis_prefix()


def test_unwritable_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("VAR_DIR", str(file / "var"))
    with pytest.raises(EnvironmentRefused, match="cannot be written"):
        environment.ensure_var_dir()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"WATERCOOLER_SECRET": ""}, "WATERCOOLER_SECRET is not set"),
        ({"DEBUG": "yes"}, "DEBUG must be exactly on or off"),
        ({"DATABASE_URL": "mysteria://x"}, "DATABASE_URL must look like"),
        ({"VAR_DIR": "/proc/nowhere"}, "cannot be written"),
    ],
)
def test_command_is_refused_in_one_sentence_without_a_traceback(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    usual = {
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": "x" * 50,
        "WATERCOOLER_SECRET": f"k:{'x' * 40}",
        "DJANGO_SETTINGS_MODULE": "scrum.settings",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=environment.ROOT,
        env={**os.environ, **usual, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


# Secrets in files


@pytest.mark.parametrize("name", environment.SECRETS)
def test_a_secret_may_be_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    # Set, so that what is taken over from the file is taken back after the test.
    monkeypatch.setenv(name, "")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    environment.load_secret_files()
    assert os.environ[name] == "from-a-file"
    assert f"{name}_FILE" not in os.environ


def test_a_secret_in_two_places_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    monkeypatch.setenv("SECRET_KEY", "from-the-environment")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret"))
    with pytest.raises(EnvironmentRefused, match="not both"):
        environment.load_secret_files()


def test_a_secret_whose_file_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(EnvironmentRefused, match="SECRET_KEY_FILE names "):
        environment.load_secret_files()


# Mail


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtp+tls://me%40example.com:pass%2Fword@mail.example.com", 587, False, True),
        ("smtps://me%40example.com:pass%2Fword@mail.example.com:4650", 4650, True, False),
    ],
)
def test_mail_goes_where_the_url_says(
    monkeypatch: pytest.MonkeyPatch, url: str, port: int, ssl: bool, tls: bool
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    settings = mail.settings_from_environment(is_debug=False)
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("mail.example.com", port)
    assert (settings["EMAIL_USE_SSL"], settings["EMAIL_USE_TLS"]) == (ssl, tls)
    if "@" in url:
        assert settings["EMAIL_HOST_USER"] == "me@example.com"
        assert settings["EMAIL_HOST_PASSWORD"] == "pass/word"
    assert settings["EMAIL_BACKEND"] == "board.mail.MailInBackground"


@pytest.mark.parametrize("is_debug", [True, False])
def test_mail_is_printed_while_developing_alone(
    monkeypatch: pytest.MonkeyPatch, is_debug: bool
) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    monkeypatch.setenv("ALLOWED_HOSTS", ".board.example.com,other")
    settings = mail.settings_from_environment(is_debug=is_debug)
    assert ("console" in settings["EMAIL_BACKEND"]) == is_debug
    assert settings["DEFAULT_FROM_EMAIL"] == "Sprintwall <sprintwall@board.example.com>"


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://host:port",
        "smtp://host:99999",
        "smtp://host/path",
        "smtp://host?tls=1",
        "smtp://[::1",
    ],
)
def test_malformed_mail_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    with pytest.raises(EnvironmentRefused, match="EMAIL_URL must look like"):
        mail.settings_from_environment(is_debug=False)


# Signing up and in

PROVIDER = {
    "id": "team",
    "name": "Team",
    "server_url": "https://id.example.com/realms/team",
    "client_id": "sprintwall",
    "secret": "s3cret",
}


def test_sign_up_is_one_of_three_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGN_UP", raising=False)
    assert sign_in.sign_up() == "invited"
    monkeypatch.setenv("SIGN_UP", "closed")
    with pytest.raises(EnvironmentRefused, match="one of invited, open, off"):
        sign_in.sign_up()


def test_providers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OIDC_PROVIDERS", raising=False)
    assert sign_in.providers() == []
    elsewhere = {"id": "two", "sign_in_origin": "https://login.example.com:8443"}
    found = [PROVIDER, {**PROVIDER, **elsewhere, "token_auth_method": "client_secret_basic"}]
    monkeypatch.setenv("OIDC_PROVIDERS", json.dumps(found))
    assert sign_in.providers() == found
    assert sign_in.sign_in_origins(found) == [
        "https://id.example.com",
        "https://login.example.com:8443",
    ]
    first, second = sign_in.provider_settings(found)["openid_connect"]["APPS"]
    assert first["provider_id"] == "team"
    assert "token_auth_method" not in first["settings"]
    assert second["settings"]["token_auth_method"] == "client_secret_basic"


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "{}",
        "[1]",
        "[{}]",
        json.dumps([{**PROVIDER, "secret": ""}]),
        json.dumps([{**PROVIDER, "name": 5}]),
        json.dumps([{**PROVIDER, "id": "../team"}]),
        json.dumps([{**PROVIDER, "colour": "red"}]),
        json.dumps([{**PROVIDER, "server_url": "http://id.example.com"}]),
        json.dumps([{**PROVIDER, "server_url": "https://id.example.com;script-src *"}]),
        json.dumps([{**PROVIDER, "sign_in_origin": "https://id.example.com 'unsafe-inline'"}]),
        json.dumps([{**PROVIDER, "sign_in_origin": 7}]),
        json.dumps([PROVIDER, PROVIDER]),
    ],
)
def test_malformed_providers_are_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("OIDC_PROVIDERS", value)
    with pytest.raises(EnvironmentRefused, match="OIDC_PROVIDERS"):
        sign_in.providers()
