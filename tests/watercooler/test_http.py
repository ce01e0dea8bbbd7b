"""Liveness, metrics, and what is neither."""

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from scrum import environment
from tests.watercooler.stage import SPRINT, Stage, eventually


async def get(stage: Stage, path: str, **headers: str) -> HTTPResponse:
    url = f"http://127.0.0.1:{stage.processes[-1].port}{path}"
    return await AsyncHTTPClient().fetch(url, headers=headers, raise_error=False)


async def test_health_answers_even_without_a_relay(bare_stage: Stage) -> None:
    await bare_stage.start_process()
    assert (await get(bare_stage, "/health")).body == b"ok\n"


@pytest.mark.parametrize("path", ["/", "/socket", "/socket/", "/admin", "/socket/a/b"])
async def test_other_paths_are_not_found(stage: Stage, path: str) -> None:
    answer = await get(stage, path)
    assert (answer.code, answer.body) == (404, b"404 Not Found\n")


async def test_metrics_count_what_happens(stage: Stage) -> None:
    client = await stage.join()
    refused = await stage.connect(ticket="x")
    await refused.closed()
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
    text = (await get(stage, "/metrics")).body.decode()
    for line in (
        'watercooler_connections{kind="watercooler.v1"} 1.0',
        'watercooler_handshakes_total{result="ok"} 1.0',
        'watercooler_handshakes_total{result="bad_ticket"} 1.0',
        "watercooler_events_in_total 1.0",
        "watercooler_events_out_total 1.0",
        'watercooler_resumes_total{outcome="live"} 2.0',
    ):
        assert line in text.splitlines(), line


async def test_metrics_are_for_this_machine(stage: Stage) -> None:
    assert (await get(stage, "/metrics")).code == 200
    for headers in (
        {"X-Forwarded-For": "203.0.113.5"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-For": "nonsense"},
        {"X-Real-Ip": "203.0.113.5"},
        {"Forwarded": "for=203.0.113.5"},
    ):
        assert (await get(stage, "/metrics", **headers)).code == 403, headers


async def test_metrics_look_through_trusted_proxies(
    bare_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")
    await bare_stage.start_process(trusted_proxies=environment.trusted_proxies())
    for chain, code in (
        ("203.0.113.5", 403),
        ("127.0.0.1, 203.0.113.5", 403),
        ("::1, 10.1.2.3", 200),
        ("10.1.2.3", 403),
    ):
        answer = await get(bare_stage, "/metrics", **{"X-Forwarded-For": chain})
        assert answer.code == code, chain


async def test_metrics_open_with_the_token(bare_stage: Stage) -> None:
    await bare_stage.start_process(metrics_token="let-me-in")
    away = {"X-Forwarded-For": "203.0.113.5"}
    for header, code in (("Bearer let-me-in", 200), ("Bearer no", 403), ("let-me-in", 403)):
        answer = await get(bare_stage, "/metrics", Authorization=header, **away)
        assert answer.code == code, header


async def test_empty_token_opens_nothing(stage: Stage) -> None:
    answer = await get(
        stage, "/metrics", Authorization="Bearer ", **{"X-Forwarded-For": "203.0.113.5"}
    )
    assert answer.code == 403
