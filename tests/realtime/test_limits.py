"""The token bucket, with times given by hand."""

from realtime.limits import TokenBucket


def test_burst_then_rate() -> None:
    bucket = TokenBucket(20.0, 40.0, 0.0)
    assert all(bucket.take(0.0) for _ in range(40))
    assert not bucket.take(0.0)
    assert [bucket.take(0.1) for _ in range(3)] == [True, True, False]
    assert bucket.violations == 2


def test_burst_is_bounded_after_a_long_pause() -> None:
    bucket = TokenBucket(20.0, 40.0, 0.0)
    assert sum(bucket.take(1000.0) for _ in range(50)) == 40


def test_it_tells_when_there_will_be_more() -> None:
    bucket = TokenBucket(2.0, 1.0, 0.0)
    assert bucket.wait_seconds(0.0) == 0
    assert bucket.take(0.0)
    assert bucket.wait_seconds(0.0) == 0.5
    assert bucket.wait_seconds(0.25) == 0.25
    assert bucket.wait_seconds(9.0) == 0
