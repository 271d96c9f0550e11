"""The control numbers that were used: nearly always one run of consecutive ones, so that is what is kept."""

from __future__ import annotations


class Numbers:
    """Control numbers as written; `0001` and `1` are two."""

    def __init__(self) -> None:
        self._expected = ""
        self._first = self._next = 0
        self._width = 0
        self._others: set[str] = set()

    def is_used(self, control: str) -> bool:
        """Whether it was there before; from now on it is."""
        if control == self._expected and control not in self._others:
            self._next += 1
            self._expected = str(self._next).zfill(self._width)
            return False
        if control.isascii() and control.isdigit() and len(control) < 15:
            number = int(control)
            if not self._width:
                self._first, self._next, self._width = number, number + 1, len(control)
                self._expected = str(self._next).zfill(self._width)
                return False
            if self._first <= number < self._next and control == str(number).zfill(self._width):
                return True
        is_used = control in self._others
        self._others.add(control)
        return is_used
