"""What the auditors' answers mean; the answers here are excerpts of real ones."""

from tests.audit import in_client, in_python


def test_python_package_with_a_fix_is_named() -> None:
    hole = {"id": "PYSEC-2018-28", "fix_versions": ["2.20.0"], "aliases": [], "description": ""}
    report = {
        "dependencies": [
            {"name": "requests", "version": "2.19.0", "vulns": [hole]},
            {"name": "django", "version": "5.2.9", "vulns": []},
            {"name": "knox", "skip_reason": "Dependency not found on PyPI"},
        ]
    }
    assert list(in_python(report)) == ["requests 2.19.0: PYSEC-2018-28, mended in 2.20.0"]


def test_client_package_with_a_fix_is_named() -> None:
    hole = {"severity": "high", "range": "<4.17.21", "fixAvailable": True}
    unmended = {"severity": "low", "range": "*", "fixAvailable": False}
    report = {"vulnerabilities": {"lodash": hole, "other": unmended}}
    assert list(in_client(report)) == ["lodash <4.17.21: high, npm audit tells more"]


def test_auditors_that_reach_nothing_find_nothing() -> None:
    assert not [*in_python({}), *in_client({"message": "request failed"})]
