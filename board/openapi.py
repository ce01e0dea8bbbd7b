"""What every operation of the OpenAPI schema may answer besides its own: the errors.

The same error looks the same everywhere (``board.api``), so it is described in one place.
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

PROBLEM = "Problem"
FIELD_PROBLEMS = "FieldProblems"
SCHEMAS: dict[str, Json] = {
    PROBLEM: {
        "type": "object",
        "description": "What is wrong, in words for people.",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
    },
    FIELD_PROBLEMS: {
        "type": "object",
        "description": "What is wrong with each field, in words for people.",
        "additionalProperties": {
            "oneOf": [{"type": "string"}, {"type": "array", "items": {}}, {"type": "object"}]
        },
    },
}
RETRY_AFTER: Json = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
}
WRITES = ("post", "put", "patch", "delete")


def describe_errors(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """Add to each operation the errors that it may answer; a drf-spectacular hook."""
    result["components"].setdefault("schemas", {}).update(SCHEMAS)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status, answer in _errors(path, method, operation):
                operation["responses"].setdefault(status, answer)
    return result


def _errors(path: str, method: str, operation: Json) -> Iterator[tuple[str, Json]]:
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    is_write = method in WRITES
    if is_write or "page" in names:
        yield "400", _answer("The request is malformed, or breaks a rule.", FIELD_PROBLEMS)
    if {} not in operation.get("security", [{}]):
        yield "401", _answer("Nobody is signed in, or the token is not valid.")
    if is_write:
        yield "403", _answer("The role does not allow this, or the CSRF token is missing.")
        yield "409", _answer("It contradicts the present state; nothing was changed.")
        yield "422", _answer("This X-Client-Mutation came before with another request.")
    if is_write or "{" in path or "page" in names:
        yield "404", _answer("There is no such object, or it is not visible to whoever asks.")
    yield "406", _answer("The answer is JSON only.")
    if "If-Match" in names:
        yield "412", _answer("If-Match names another version: the current object is sent along.")
    if "requestBody" in operation:
        yield "415", _answer("The body is neither JSON nor a form.")
    yield "429", _answer("Too many requests.") | {"headers": RETRY_AFTER}
    yield "503", _answer("The database is busy; nothing was done.") | {"headers": RETRY_AFTER}


def _answer(description: str, schema: str = PROBLEM) -> Json:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}
