"""A stage for every test: channels with a short history, one watercooler, a beating relay."""

from collections.abc import AsyncIterator

import pytest

from tests.servers import OwnRedis
from tests.watercooler.stage import PROJECT, SPRINT, Stage, numbers, patient_timing


@pytest.fixture
async def bare_stage(redis_server: OwnRedis) -> AsyncIterator[Stage]:
    """Redis and a writer with three events on each channel; nothing runs yet."""
    stage = Stage(redis_server, next(numbers))
    for channel in (SPRINT, PROJECT, "control"):
        stage.writer.fill(channel)
    for channel in (SPRINT, PROJECT):
        for _ in range(3):
            stage.writer.append(channel)
    yield stage
    await stage.close()


@pytest.fixture
async def patient_stage(bare_stage: Stage) -> Stage:
    """As ``stage``, at the product's own pace."""
    bare_stage.timing = patient_timing()
    bare_stage.writer.start_beating()
    await bare_stage.start_process()
    return bare_stage


@pytest.fixture
async def stage(bare_stage: Stage) -> Stage:
    """With a relay that beats and one watercooler."""
    bare_stage.writer.start_beating()
    await bare_stage.start_process()
    return bare_stage
