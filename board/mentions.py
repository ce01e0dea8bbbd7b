"""Whom a text calls by ``@username``: pure, on what people wrote."""

import re
import unicodedata
from collections.abc import Collection

MOST_MENTIONS = 50

# Fenced blocks to their end or the text's, and spans between as many backticks as they begin with.
_CODE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`++).*?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
# The letters of django.contrib.auth's UnicodeUsernameValidator. What stands right before the @
# makes it a mail address, or a part of a word.
_CALL = re.compile(r"(?<![\w.+@-])@([\w.@+-]+)")
# A name may end with these, but a sentence does so more often.
_PUNCTUATION = ".@+-"


def mentions_in(text: str, usernames: Collection[str]) -> list[str]:
    """Return those of ``usernames`` that ``text`` calls outside its code: at most 50, as they come.

    Of ``@ana.`` the name is ``ana.`` if there is somebody of that name, else ``ana``.
    """
    # Some keyboards send a letter and its accent apart; Django keeps usernames composed.
    prose = _CODE.sub(" ", unicodedata.normalize("NFKC", text))
    called = (_name_in(match[1], usernames) for match in _CALL.finditer(prose))
    return [name for name in dict.fromkeys(called) if name][:MOST_MENTIONS]


def _name_in(word: str, usernames: Collection[str]) -> str | None:
    while word and word not in usernames:
        if word[-1] not in _PUNCTUATION:
            return None
        word = word[:-1]
    return word or None
