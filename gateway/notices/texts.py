"""The texts of notices at hand: the library that renders them is imported when the first mail is made, not when a command starts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.config import Problem
from gateway.domain.formats import Formats
from gateway.domain.notice import NoticeKind
from gateway.notices.view import View

if TYPE_CHECKING:
    from gateway.notices.rendering import Renderer

FOLDER = "notices"
"""Where a workspace keeps texts of its own."""


class Rendered(Struct, frozen=True):
    """A mail as it reads."""

    subject: str
    text: str
    html: str


class Texts:
    """The texts of one workspace; `folder` is its own, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def render(self, kind: NoticeKind, shown: View, formats: Formats) -> Rendered:
        """The mail; where a text of the workspace fails on it, the shipped one tells it, and the log says so."""
        return self._renderer.render(kind, shown, formats)

    def preview(self, kind: NoticeKind, shown: View, formats: Formats) -> Rendered:
        """The same for who writes texts: ConfigError where one fails."""
        return self._renderer.preview(kind, shown, formats)

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the texts of the workspace, with file and line."""
        return self._renderer.problems() if self.folder.is_dir() else iter(())

    @cached_property
    def _renderer(self) -> Renderer:
        from gateway.notices.rendering import Renderer

        return Renderer(self.folder)
