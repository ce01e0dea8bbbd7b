"""The token bucket, with times given by hand."""

from realtime.limits import TokenBucket
from realtime.timing import Limits


def test_burst_then_rate() -> None:
    bucket = TokenBucket(Limits(), 0.0)
    assert all(bucket.take(0.0) for _ in range(40))
    assert not bucket.take(0.0)
    assert [bucket.take(0.1) for _ in range(3)] == [True, True, False]
    assert bucket.violations == 2


def test_burst_is_bounded_after_a_long_pause() -> None:
    bucket = TokenBucket(Limits(), 0.0)
    assert sum(bucket.take(1000.0) for _ in range(50)) == 40
