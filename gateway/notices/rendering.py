"""How notices read: `KIND.txt` (its first line the subject) and `KIND.html`, those of the workspace before those that are shipped.

Texts are rendered in a sandbox; HTML escapes what partners wrote. Not for: what can be shown (`view.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import structlog
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway.config import Problem
from gateway.domain.formats import Formats
from gateway.domain.notice import NoticeKind
from gateway.kernel.errors import ConfigError
from gateway.notices.sample import sample_of
from gateway.notices.strangers import strangers
from gateway.notices.texts import FOLDER, Rendered
from gateway.notices.view import View

log = structlog.get_logger()

SHIPPED = Path(__file__).parent / "shipped"
SUBJECT = "Subject:"
ALONE = re.compile(r"\s*\{%(?:(?!%\}).)*%\}\s*")
LONGEST = 200_000
"""No text grows beyond this many characters."""


class Renderer:
    """The texts of one workspace, compiled when they are used; `folder` is its own, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ours = _environment(FileSystemLoader(SHIPPED))
        self._theirs = _environment(ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(SHIPPED)]))

    def render(self, kind: NoticeKind, shown: View, formats: Formats) -> Rendered:
        """The mail; where a text of the workspace fails on it, the shipped one tells it, and the log says so."""
        try:
            return _rendered(self._theirs, kind, shown, formats)
        except Exception as error:  # whatever a text of people's own raises, the mail must not be lost for it
            log.exception("notice_text_failed", kind=kind.value, reason=type(error).__name__)
            return _rendered(self._ours, kind, shown, formats)

    def preview(self, kind: NoticeKind, shown: View, formats: Formats) -> Rendered:
        """The same for who writes texts: ConfigError where one fails."""
        try:
            return _rendered(self._theirs, kind, shown, formats)
        except Exception as error:
            raise ConfigError(*(self._faults_of(kind) or [str(self._fault(kind, error))])) from error

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the texts of the workspace, with file and line."""
        if not self.folder.is_dir():
            return
        kinds = {kind.value: kind for kind in NoticeKind}
        for path in sorted(self.folder.iterdir()):
            if path.suffix not in {".txt", ".html"}:
                continue
            file = f"{FOLDER}/{path.name}"
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                yield Problem(file, 0, "", f"cannot be read: {error}")
                continue
            kind = kinds.get(path.name.partition(".")[0])
            found = list(self._faults(file, text, is_known=kind is not None or (SHIPPED / path.name).is_file()))
            yield from found
            if kind is not None and not found:
                yield from self._trial(file, path, kind, text)

    def _faults_of(self, kind: NoticeKind) -> list[str]:
        """What `problems` says of the texts of one kind, and of what they extend."""
        others = {f"{other.value}." for other in NoticeKind if other is not kind}
        return [str(it) for it in self.problems() if not it.file.removeprefix(f"{FOLDER}/").startswith(tuple(others))]

    def _fault(self, kind: NoticeKind, error: Exception) -> Problem:
        """Where a text failed with what was shown now, though not with the sample."""
        lines = {path.name: _line(error, path.name) for path in sorted(self.folder.glob(f"{kind.value}.*"))}
        name, line = max(lines.items(), key=lambda it: it[1], default=(kind.value, 0))
        return Problem(f"{FOLDER}/{name}", line, "", f"cannot be rendered: {_words(error)}")

    def _faults(self, file: str, text: str, *, is_known: bool) -> Iterator[Problem]:
        if not is_known:
            names = ", ".join(kind.value for kind in NoticeKind)
            yield Problem(file, 0, "", f"is the text of no notice; KIND.txt and KIND.html are, and KIND is one of {names}")
        for line, words in strangers(self._theirs, text):
            yield Problem(file, line, "", words)

    def _trial(self, file: str, path: Path, kind: NoticeKind, text: str) -> Iterator[Problem]:
        """Rendered with a sample, for what only shows then."""
        if path.suffix == ".txt" and not text.startswith(SUBJECT):
            yield Problem(file, 1, "", f"the first line must be the subject: '{SUBJECT} ...'")
            return
        language = path.name.split(".")[1] if path.name.count(".") > 1 else "en"
        formats = Formats(language=language)
        try:
            _rendered(self._theirs, kind, sample_of(kind, formats), formats)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person who wrote the text mends it
            yield Problem(file, _line(error, path.name), "", f"cannot be rendered: {_words(error)}")


class _Sandbox(ImmutableSandboxedEnvironment):
    """A line that is one tag and nothing else leaves no trace; any other line stays a line, also where it ends with a tag."""

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """Keep the end of lines that end with a tag and hold more."""
        return "\n".join(_kept(line) for line in super().preprocess(source, name, filename).split("\n"))


def _kept(line: str) -> str:
    if not line.endswith("%}") or line.endswith(("-%}", "+%}")) or ALONE.fullmatch(line):
        return line
    return line.removesuffix("%}") + "+%}"


def _environment(loader: BaseLoader) -> _Sandbox:
    found = _Sandbox(
        loader=loader,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.globals.clear()  # nothing but what a notice shows: range() could be made to run for ever
    usual = Formats()
    found.filters |= {"day": usual.day, "moment": usual.moment, "amount": usual.amount}
    return found


def _rendered(environment: _Sandbox, kind: NoticeKind, shown: View, formats: Formats) -> Rendered:
    at_hand = environment.overlay()
    at_hand.filters = {**environment.filters, **_filters(formats)}
    text = _of(at_hand, kind, formats.language, "txt", shown)
    html = _of(at_hand, kind, formats.language, "html", shown)
    head, _, body = text.partition("\n")
    if not head.startswith(SUBJECT):
        raise TemplateError(f"the first line must be the subject: '{SUBJECT} ...'")
    return Rendered(head.removeprefix(SUBJECT).strip(), body.strip("\n") + "\n", html)


def _of(environment: _Sandbox, kind: NoticeKind, language: str, ending: str, shown: View) -> str:
    template = environment.select_template([f"{kind.value}.{language}.{ending}", f"{kind.value}.{ending}"])
    pieces: list[str] = []
    size = 0
    for piece in template.generate(shown):
        size += len(piece)
        if size > LONGEST:
            raise TemplateError(f"the text is longer than {LONGEST} characters")
        pieces.append(piece)
    return "".join(pieces)


def _filters(formats: Formats) -> dict[str, object]:
    """Values as the reader reads them; what is not there is an empty text."""

    def day(value: date | None) -> str:
        return "" if value is None else formats.day(value)

    def moment(value: datetime | None) -> str:
        return "" if value is None else formats.moment(value)

    def amount(value: Decimal | None, currency: str = "") -> str:
        return "" if value is None else formats.amount(value, currency)

    return {"day": day, "moment": moment, "amount": amount}


def _words(error: Exception) -> str:
    return f"there is no text {error}" if isinstance(error, TemplateNotFound) else " ".join(str(error).split())


def _line(error: Exception, name: str) -> int:
    """The line of the text where it failed, as the traceback tells it."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(name):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
