"""Brings ``board/locale/*.po`` up to date with the server's messages, and compiles them.

Run as ``python -m tests.messages``. Babel does what GNU gettext would, without being installed
beside Python; templates go through Django's own translator to something like Python.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BOARD = Path(__file__).parent.parent / "board"
LANGUAGES = ("de",)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def catalog_path(language: str) -> Path:
    return BOARD / "locale" / language / "LC_MESSAGES" / "django.po"


def read_catalog(language: str) -> Catalog:
    with catalog_path(language).open("rb") as file:
        return read_po(file, locale=language)


def renewed(catalog: Catalog) -> Catalog:
    """The catalog with all messages of the sources, and those translations that they have."""
    catalog.update(_found(), no_fuzzy_matching=True, update_creation_date=False)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    written = BytesIO()
    write_po(written, catalog, width=100, ignore_obsolete=True, include_lineno=False)
    return written.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    written = BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def _found() -> Catalog:
    found = Catalog()
    methods = [("**.py", "python"), ("templates/**.*", "tests.messages:template_messages")]
    for file, _, message, comments, context in extract_from_dir(BOARD, methods, keywords=KEYWORDS):
        found.add(message, None, [(f"board/{file}", 0)], auto_comments=comments, context=context)
    return found


def template_messages(
    file: BinaryIO, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[Any]:
    lines = templatize(file.read().decode()).splitlines()
    # Its indentation means nothing.
    code = "\n".join(line.lstrip() for line in lines)
    return extract_python(BytesIO(code.encode()), keywords, comment_tags, options)


def main() -> None:
    for language in LANGUAGES:
        catalog = renewed(read_catalog(language))
        path = catalog_path(language)
        path.write_bytes(as_po(catalog))
        path.with_suffix(".mo").write_bytes(as_mo(catalog))


if __name__ == "__main__":
    main()
