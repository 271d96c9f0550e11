"""Paper and pen: sizes of paper, lines of text, bar codes and pictures; knows nothing of orders. Which font has which letter: `letters`."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from gateway.kernel.errors import ConfigError
from gateway.printing.content import Printed
from gateway.printing.letters import BOLD, REGULAR, Letters

SIZES: Mapping[str, tuple[float, float]] = MappingProxyType({"letter": (612.0, 792.0), "a4": (595.3, 841.9)})
"""Width and height in points, by the word of organization.yaml."""
MARGIN = 40.0
INK, GREY, SHADE, RULE = HexColor("#111111"), HexColor("#555555"), HexColor("#eeeeee"), HexColor("#999999")


class Run(Struct, frozen=True):
    """A text in one type and size, `indent` points from the left of its column."""

    text: str
    size: float = 9.0
    font: str = REGULAR
    indent: float = 0.0
    grey: bool = False


class Pen:
    """Writes on pages of one document, from the top downwards. `y` is where the next line goes."""

    def __init__(self, paper: str, *, title: str, graphical: bool, fonts: Sequence[Path] = ()) -> None:
        self.letters = Letters(fonts)
        self.width, self.height = SIZES[paper]
        self.graphical = graphical
        self.page = 0
        self.y = 0.0
        self._file = io.BytesIO()
        self._canvas = Canvas(self._file, pagesize=(self.width, self.height), initialFontName=REGULAR)
        self._canvas.setTitle(title)
        self._canvas.setCreator("vendor-gateway")

    @property
    def left(self) -> float:
        """Where columns begin."""
        return MARGIN

    @property
    def right(self) -> float:
        """Where they end."""
        return self.width - MARGIN

    def begin(self) -> None:
        """A new page."""
        if self.page:
            self._canvas.showPage()
        self.page += 1
        self.y = self.height - MARGIN

    def printed(self) -> Printed:
        """The finished document, and what is to be known of its letters."""
        self._canvas.showPage()
        self._canvas.save()
        letters = self.letters
        return Printed(self._file.getvalue(), self.page, letters.unknown, "".join(letters.lacking), tuple(letters.of_readers))

    def write(self, run: Run, x: float, y: float) -> None:
        """One line of text that begins here."""
        self._draw(run, x + run.indent, y)

    def write_right(self, run: Run, x: float, y: float) -> None:
        """One line of text that ends here."""
        self._draw(run, x - self._width(run.text, run), y)

    def column(self, runs: Iterable[Run], x: float, y: float, width: float) -> float:
        """Texts one below the other, each wrapped into the width; answers where the next one would go."""
        for run in self.wrapped(runs, width):
            y -= run.size * 1.3
            self.write(run, x, y)
        return y

    def wrapped(self, runs: Iterable[Run], width: float) -> list[Run]:
        """The same texts as lines that fit; a word that is longer than the line is broken."""
        return [Run(line, run.size, run.font, run.indent, run.grey) for run in runs for line in self._lines(run, width - run.indent)]

    def rule(self, y: float, *, heavy: bool = False) -> None:
        """A line across the page."""
        if self.graphical:
            self._canvas.setStrokeColor(INK if heavy else RULE)
            self._canvas.setLineWidth(1.2 if heavy else 0.4)
            self._canvas.line(self.left, y, self.right, y)

    def shade(self, y: float, height: float) -> None:
        """A light ground behind a row."""
        if self.graphical:
            self._canvas.setFillColor(SHADE)
            self._canvas.rect(self.left, y, self.right - self.left, height, stroke=0, fill=1)

    def frame(self, x: float, y: float, width: float, height: float) -> None:
        """A frame, to be ticked or to hold something."""
        self._canvas.setStrokeColor(INK)
        self._canvas.setLineWidth(0.6)
        self._canvas.rect(x, y, width, height, stroke=1, fill=0)

    def bar_code(self, value: str, right: float, y: float, *, height: float = 26.0, most: float = 190.0) -> None:
        """A Code 128 that ends at `right`, its value below it; narrower bars where the value is long."""
        if self.graphical and value.isascii() and value:
            self._canvas.setFillColor(INK)
            width = 1.0
            code: Any = Code128(value, barWidth=width, barHeight=height, quiet=False)
            if code.width > most:
                code = Code128(value, barWidth=width * most / code.width, barHeight=height, quiet=False)
            code.drawOn(self._canvas, right - code.width, y)
        self.write_right(Run(value, 8, BOLD), right, y - 9)

    def picture(self, name: str, source: bytes, x: float, top: float, *, width: float, height: float) -> None:
        """A picture, as large as it may be; ConfigError when it is none."""
        try:
            image = ImageReader(io.BytesIO(source))
            wide, high = image.getSize()
            scale = min(width / wide, height / high)
            self._canvas.drawImage(image, x, top - high * scale, wide * scale, high * scale, mask="auto")
        except (OSError, ValueError, ZeroDivisionError) as error:
            raise ConfigError(f"the logo {name} cannot be printed: {error}; it must be a PNG, JPEG or GIF file") from error

    def _draw(self, run: Run, x: float, y: float) -> None:
        self._canvas.setFillColor(GREY if run.grey else INK)
        for piece in self.letters.drawn(run.text, run.font):
            self._canvas.setFont(piece.font, run.size)
            self._canvas.drawString(x, y, piece.text)
            x += float(self._canvas.stringWidth(piece.text, piece.font, run.size))

    def _width(self, text: str, run: Run) -> float:
        return self.letters.width(text, run.font, run.size)

    def _lines(self, run: Run, width: float) -> list[str]:
        found: list[str] = []
        line = ""
        for word in self._words(run, width):
            longer = f"{line} {word}" if line else word
            if line and self._width(longer, run) > width:
                found.append(line)
                line = word
            else:
                line = longer
        return [*found, line]

    def _words(self, run: Run, width: float) -> Iterable[str]:
        for word in run.text.split():
            rest = word
            while self._width(rest, run) > width and len(rest) > 1:
                fits = next(n for n in range(len(rest) - 1, 0, -1) if n == 1 or self._width(rest[:n], run) <= width)
                yield rest[:fits]
                rest = rest[fits:]
            yield rest
