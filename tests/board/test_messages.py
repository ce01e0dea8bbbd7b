"""The catalogs of the server's messages: whole, compiled, and in step with the sources."""

import re
from io import BytesIO
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo

from tests.messages import LANGUAGES, as_mo, catalog_path, read_catalog, renewed

GAP = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def messages_of(catalog: Catalog) -> dict[Any, Message]:
    return {(message.context, message.id): message for message in catalog if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalog_has_the_messages_of_the_sources_and_no_others(language: str) -> None:
    kept = messages_of(read_catalog(language))
    assert kept.keys() == messages_of(renewed(read_catalog(language))).keys(), "Run make messages."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_with_the_same_gaps(language: str) -> None:
    for message in messages_of(read_catalog(language)).values():
        assert message.string, f"{message.id!r} is not translated."
        assert not message.fuzzy, f"{message.id!r} is translated on trial."
        gaps, translated = (sorted(GAP.findall(str(s))) for s in (message.id, message.string))
        assert gaps == translated, f"{message.id!r} has other gaps than its translation."


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalog_is_that_of_the_texts(language: str) -> None:
    kept = catalog_path(language).with_suffix(".mo").read_bytes()
    assert compiled(kept) == compiled(as_mo(read_catalog(language))), "Run make messages."


def compiled(mo: bytes) -> dict[Any, Any]:
    return {key: message.string for key, message in messages_of(read_mo(BytesIO(mo))).items()}
