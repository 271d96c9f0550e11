"""What is agreed with a partner about X12 and EDIFACT: names of both sides, how we write, how strictly we read, what is answered (edi 13).

Not for: the layout of documents, which mappings tell.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from gateway.config.channel import Folder, Template
from gateway.config.edi_names import EdifactIds, EdifactTests, X12Ids, X12Tests, addresses_of, identity
from gateway.config.edi_versions import EdifactFirst, EdifactVersion, EdifactVersions, X12First, X12Version, X12Versions
from gateway.config.strictness import Strictness
from gateway.config.values import Count, Duration, Flag, Model, read_duration
from gateway.formats.edi import Delimiters, Standard, Tolerance
from gateway.formats.edi.folding import EDIFACT_CHARSETS, X12_CHARSETS
from gateway.formats.edi.habits import ENCODINGS
from gateway.formats.edi.writer import WITH_REPETITION, Address

WITH_999 = "005010"
"""From this release on there is a 999."""


class LineEnd(StrEnum):
    """What follows each segment."""

    NONE = "none"
    LF = "lf"
    CRLF = "crlf"

    @property
    def text(self) -> str:
        """The characters."""
        return {"none": "", "lf": "\n", "crlf": "\r\n"}[self.value]


class Asked(StrEnum):
    """When an answer is sent."""

    ASKED = "asked"
    ALWAYS = "always"
    NEVER = "never"


class X12Answer(StrEnum):
    """What answers a group."""

    F997 = "997"
    F999 = "999"
    NONE = "none"


class Verdict(StrEnum):
    """What a set comes to that has warnings only."""

    WITH_ERRORS = "E"
    ACCEPTED = "A"


class X12Ack(StrEnum):
    """What acknowledges a batch: the technical answer, the vendor's answer to its orders, or a file of its own."""

    F997 = "997"
    F855 = "855"
    FILE = "file"


class EdifactAck(StrEnum):
    """The same in EDIFACT."""

    CONTRL = "contrl"
    ORDRSP = "ordrsp"
    FILE = "file"


class Umlauts(StrEnum):
    """How Ü is written where it cannot be."""

    AE = "ae"
    A = "a"


def _mark(text: str) -> str:
    if len(text) != 1 or text.isalnum() or text == " ":
        raise ValueError(f"'{text}' must be one character, no letter, digit or blank")
    return text


def _release(text: str) -> str:
    return "" if text == "none" else _mark(text)


def _one_of(words: tuple[str, ...]) -> Any:
    def check(text: str) -> str:
        if text not in words:
            raise ValueError(f"'{text}' is not known; valid are: {', '.join(words)}")
        return text

    return AfterValidator(check)


MarkText = Annotated[str, AfterValidator(_mark)]
ReleaseText = Annotated[str, AfterValidator(_release)]
Syntax = Annotated[str, _one_of(("1", "2", "3", "4")), WithJsonSchema({"enum": ["1", "2", "3", "4"]})]
X12Charset = Annotated[str, _one_of(X12_CHARSETS), WithJsonSchema({"enum": list(X12_CHARSETS)})]
Encoding = Annotated[str, _one_of(tuple(ENCODINGS)), WithJsonSchema({"enum": list(ENCODINGS)})]
EdifactCharset = Annotated[str, _one_of(EDIFACT_CHARSETS), WithJsonSchema({"enum": list(EDIFACT_CHARSETS)})]


class X12Marks(Model):
    """The service characters of what we write; what we read shows its own."""

    element: MarkText = "*"
    """Between elements."""
    component: MarkText = ">"
    """Between the components of an element."""
    terminator: MarkText = "~"
    """Behind each segment."""
    repetition: MarkText = "^"
    """Between repetitions, from version 00402 on."""

    @model_validator(mode="after")
    def _differ(self) -> X12Marks:
        _all_differ(self.element, self.component, self.terminator, self.repetition)
        return self


class EdifactMarks(Model):
    """The service characters of what we write; what we read shows its own."""

    element: MarkText = "+"
    """Between elements."""
    component: MarkText = ":"
    """Between the components of an element."""
    terminator: MarkText = "'"
    """Behind each segment."""
    release: ReleaseText = "?"
    """Before a service character that is data; `none` where there is no such character."""
    decimal: Annotated[str, _one_of((".", ",")), WithJsonSchema({"enum": [".", ","]})] = "."
    """The decimal mark."""
    repetition: MarkText = "*"
    """Between repetitions, in syntax 4."""

    @model_validator(mode="after")
    def _differ(self) -> EdifactMarks:
        _all_differ(self.element, self.component, self.terminator, self.release, self.repetition)
        return self

    @property
    def are_usual(self) -> bool:
        """Whether UNA may stay away."""
        return self == EdifactMarks()


def _all_differ(*marks: str) -> None:
    found = [mark for mark in marks if mark]
    twice = next((mark for mark in found if found.count(mark) > 1), None)
    if twice is not None:
        raise ValueError(f"'{twice}' stands for two things; every service character must be another one")


class EdiAnswers(Model):
    """Where our acknowledgements go."""

    folder: Folder
    """Where they are put."""
    file: Template
    """Their name, made of {file} or {message}, {made_at:…} and {partner.x}."""

    @model_validator(mode="after")
    def _one_name_each(self) -> EdiAnswers:
        holes = set(self.file.holes)
        if not {"file", "message"} & holes or {"batch", "sequence"} & holes:
            raise ValueError("'file' of an acknowledgement needs {file} or {message}, and knows {made_at:…} and {partner.x} besides")
        return self


class _Agreed(Model):
    """What both standards have in common."""

    label: str = ""
    """The industry's or association's mark behind the version: VICS, EAN008."""
    test: Flag = False
    """true: everything goes as test, and nothing but tests is taken; no order ever comes of a test."""
    line_end: LineEnd = LineEnd.NONE
    """What follows each segment that we write."""
    encoding: Encoding | None = None
    """The character set of what the partner sends, where that is agreed. Without it UNB says it, X12 is UTF-8 or else windows-1252."""
    umlauts: Umlauts = Umlauts.AE
    """Ü becomes UE or U where the character set has none."""
    strictness: Strictness = Field(default_factory=Tolerance)
    """How strictly the partner's files are read."""
    duplicates_within: Duration = read_duration("365d")
    """For so long a control number stands for one interchange; afterwards it may come again."""
    duplicates_among: Count = 100_000
    """Once so many other interchanges came it may come again, too, whatever the time."""
    gaps_within: Duration = read_duration("7d")
    """For so long a missing number is waited for, then it is no longer told."""
    whole_file: Flag = False
    """true: one refused set refuses its whole file."""


class X12Profile(_Agreed):
    """X12 with this partner."""

    ours: X12Ids
    """Who we are to the partner; the first is written, any is read."""
    theirs: X12Ids
    """Who the partner is; the first is written, any is read."""
    tests: X12Tests | None = None
    """Who both are in tests, where those have ids of their own."""
    version: X12Version
    """What we write in GS08: 004010."""
    versions: X12Versions = X12Versions()
    """Where single sets are in another version, and in which versions the partner sends them."""
    first_numbers: X12First = X12First()
    """Where another system wrote to this partner before: the numbers after its last ones. They count until ours has written once."""
    delimiters: X12Marks = X12Marks()
    """The service characters we write."""
    charset: X12Charset = "ascii"
    """The characters the partner reads: `basic` has capitals only, `ascii` plain letters."""
    answer: X12Answer = X12Answer.F997
    """What answers each group we get."""
    answer_version: X12Version | None = None
    """The version of that answer; without it `version`."""
    warnings_as: Verdict = Verdict.WITH_ERRORS
    """What a set with warnings only comes to; some partners know no E."""
    name_accepted: Flag = True
    """false: a 997 names only sets that something is wrong with."""
    ta1: Asked = Asked.ASKED
    """When interchanges are answered by a TA1: when ISA14 asks for it, always or never."""
    ask_ta1: Flag = False
    """true: we ask for a TA1."""
    ack_document: X12Ack = X12Ack.F855
    """What acknowledges a batch: the 997 or 999 alone, the 855, or a `file` of another layout."""

    @model_validator(mode="after")
    def _can_write(self) -> X12Profile:
        if not self.ours or not self.theirs:
            raise ValueError("'ours' and 'theirs' need at least one id each")
        marks = {self.delimiters.element, self.delimiters.component, self.delimiters.terminator, self.delimiters.repetition}
        version = self.answer_version or self.version
        if self.answer is X12Answer.F999 and version < WITH_999:
            raise ValueError(f'there is no 999 in release {version}: give answer_version "{WITH_999}", or answer by 997')
        everybody = [it for is_test in (False, True) for side in self.sides(is_test=is_test) for it in side]
        _plain_ids(marks, [text for it in everybody for text in (it.id, it.group) if text])
        return self

    @property
    def marks(self) -> Delimiters:
        """The delimiters of what we write."""
        return self.marks_in(self.version)

    def marks_in(self, version: str) -> Delimiters:
        """The delimiters of what we write in this version."""
        it = self.delimiters
        repetition = it.repetition if version[:5] >= WITH_REPETITION else ""
        return Delimiters(element=it.element, component=it.component, terminator=it.terminator, repetition=repetition)

    def sides(self, *, is_test: bool) -> tuple[X12Ids, X12Ids]:
        """Our names and theirs, for tests or for production."""
        other = self.tests if is_test else None
        return (self.ours, self.theirs) if other is None else (other.ours or self.ours, other.theirs or self.theirs)

    @property
    def our_addresses(self) -> tuple[Address, ...]:
        """Who we are, as things are now: in tests or in production."""
        return addresses_of(self.sides(is_test=self.test)[0])

    @property
    def their_addresses(self) -> tuple[Address, ...]:
        """Who the partner is, as things are now: in tests or in production."""
        return addresses_of(self.sides(is_test=self.test)[1])

    @property
    def all_addresses(self) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
        """Who we and the partner are in production or in tests."""
        (ours, theirs), (other_ours, other_theirs) = self.sides(is_test=False), self.sides(is_test=True)
        return addresses_of((*ours, *other_ours)), addresses_of((*theirs, *other_theirs))

    def written_in(self, type_: str) -> str:
        """The version that documents of this kind are written in."""
        return self.versions.send.get(type_, self.version)


class EdifactProfile(_Agreed):
    """EDIFACT with this partner."""

    ours: EdifactIds
    """Who we are to the partner; the first is written, any is read."""
    theirs: EdifactIds
    """Who the partner is; the first is written, any is read."""
    tests: EdifactTests | None = None
    """Who both are in tests, where those have ids of their own."""
    version: EdifactVersion
    """Version and release of what we write: D.96A."""
    versions: EdifactVersions = EdifactVersions()
    """Where single messages are in another version, and in which versions the partner sends them."""
    first_numbers: EdifactFirst = EdifactFirst()
    """Where another system wrote to this partner before: the numbers after its last ones. They count until ours has written once."""
    syntax: Syntax = "3"
    """The syntax version we write."""
    delimiters: EdifactMarks = EdifactMarks()
    """The service characters we write."""
    una: Flag = False
    """true: UNA stands first even where it says nothing new."""
    charset: EdifactCharset = "UNOC"
    """The syntax identifier we write, which says what characters there are."""
    contrl: Asked = Asked.ASKED
    """When interchanges are answered by a CONTRL: when UNB asks for it, always or never."""
    ask_contrl: Flag = False
    """true: we ask for a CONTRL."""
    ack_document: EdifactAck = EdifactAck.ORDRSP
    """What acknowledges a batch: the CONTRL alone, the ORDRSP, or a `file` of another layout."""
    application: Annotated[str, identity(14)] | None = None
    """The application reference in UNB (0026)."""
    agreement: Annotated[str, identity(35)] | None = None
    """The agreement in UNB (0032)."""

    @model_validator(mode="after")
    def _can_write(self) -> EdifactProfile:
        if not self.ours or not self.theirs:
            raise ValueError("'ours' and 'theirs' need at least one id each")
        return self

    @property
    def marks(self) -> Delimiters:
        """The delimiters of what we write."""
        it = self.delimiters
        repetition = it.repetition if self.syntax >= "4" else ""
        marks = {"element": it.element, "component": it.component, "terminator": it.terminator, "decimal": it.decimal}
        return Delimiters(**marks, repetition=repetition, release=it.release)

    def marks_in(self, version: str) -> Delimiters:
        """The delimiters of what we write, which are those of the syntax in any version."""
        return self.marks

    def sides(self, *, is_test: bool) -> tuple[EdifactIds, EdifactIds]:
        """Our names and theirs, for tests or for production."""
        other = self.tests if is_test else None
        return (self.ours, self.theirs) if other is None else (other.ours or self.ours, other.theirs or self.theirs)

    @property
    def our_addresses(self) -> tuple[Address, ...]:
        """Who we are, as things are now: in tests or in production."""
        return addresses_of(self.sides(is_test=self.test)[0])

    @property
    def their_addresses(self) -> tuple[Address, ...]:
        """Who the partner is, as things are now: in tests or in production."""
        return addresses_of(self.sides(is_test=self.test)[1])

    @property
    def all_addresses(self) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
        """Who we and the partner are in production or in tests."""
        (ours, theirs), (other_ours, other_theirs) = self.sides(is_test=False), self.sides(is_test=True)
        return addresses_of((*ours, *other_ours)), addresses_of((*theirs, *other_theirs))

    def written_in(self, type_: str) -> str:
        """The version that documents of this kind are written in."""
        return self.versions.send.get(type_, self.version)


class EdiProfile(Model):
    """X12, EDIFACT or both."""

    x12: X12Profile | None = None
    """Where X12 is exchanged."""
    edifact: EdifactProfile | None = None
    """Where EDIFACT is exchanged."""
    answers: EdiAnswers | None = None
    """Where our 997, 999, TA1 and CONTRL go."""

    @model_validator(mode="after")
    def _sensible(self) -> EdiProfile:
        if self.x12 is None and self.edifact is None:
            raise ValueError("give x12, edifact or both")
        if self.answers is None and self.answers_something:
            raise ValueError("acknowledgements are wanted (answer, ta1, contrl), but nothing says where they go: give 'answers'")
        return self

    @property
    def answers_something(self) -> bool:
        """Whether the partner is ever answered."""
        x12, edifact = self.x12, self.edifact
        return (x12 is not None and (x12.answer is not X12Answer.NONE or x12.ta1 is not Asked.NEVER)) or (
            edifact is not None and edifact.contrl is not Asked.NEVER
        )

    def of(self, standard: Standard) -> X12Profile | EdifactProfile | None:
        """What is agreed about one of the standards."""
        return self.x12 if standard is Standard.X12 else self.edifact


def _plain_ids(marks: set[str], ids: list[str]) -> None:
    for text in ids:
        met = sorted(marks & set(text))
        if met:
            raise ValueError(f"'{text}' holds {met[0]!r}, which is a service character here")
