"""Texts in several languages, as records keep them: a mapping from language code to text."""

from collections.abc import Mapping


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Return the text in a language, else in the first language that has one, else ''.

    A regional code ("es-pe") falls back on its language ("es") first.
    """
    for code in (language, language.partition("-")[0]):
        if texts.get(code):
            return texts[code]
    return next((text for text in texts.values() if text), "")
