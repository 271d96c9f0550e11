"""A value that does not fit: raised by codecs, turned into an Issue by the reader or writer. Not an error of the program."""

from __future__ import annotations


class Unfit(Exception):
    """`kind` is a kind of mapping-language.md 9; `text` follows the value in a sentence: `is not a whole number`."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class Cut(Exception):
    """A text was cut to fit: the value that is left stands in `value`; a warning, not a refusal."""

    def __init__(self, value: object, text: str) -> None:
        super().__init__(text)
        self.value = value
        self.text = text
