"""What is agreed with a partner about X12 and EDIFACT, as a connector says it; every mistake with line, key and remedy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from pydantic import TypeAdapter

from gateway.config import Workspace
from gateway.config.strictness import Strictness
from gateway.formats.edi import LENIENT, STRICT, Delimiters, Standard, Tolerance, Treat
from gateway.formats.edi.writer import Address
from gateway.kernel.errors import ConfigError

ORGANIZATION = """\
organization: {code: "1", account: LOCATE, zone: America/New_York}
systems: {OMS: {name: Order management}, VENDOR: {vendor_default: true}}
locations: {"100": {name: Westborough, system: OMS}}
brands: {"1": {name: Harbor}}
carriers: {"50": {name: FedEx}}
vendors: {"257": {name: Red Panda Outfitters}}
"""
PANDA = """\
connector: panda
partner:
  name: Red Panda
  vendor: "257"
  account_number: "0042"
  edi:
    answers: {folder: acks, file: "FA_{message}.edi"}
    x12:
      ours: {id: RETAILER, qualifier: "12", group: RTL}
      theirs:
        - {id: "1234567", qualifier: "01"}
        - {id: PANDA}
      version: "004010"
      label: VICS
      delimiters: {terminator: "\\n"}
      strictness: {set_count: warn}
    edifact:
      ours: {id: "4012345000009", qualifier: "14", internal: SHOP}
      theirs: {id: "4098765000002", qualifier: "14"}
      version: D.96A
      label: EAN008
      contrl: always
      duplicates_within: 90d
endpoint: {transport: folder}
receive:
  - {channel: edi, folder: out, files: "*.edi", mapping: some-855}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "connectors").mkdir()
    (tmp_path / "gateway.toml").write_text("", encoding="utf-8")
    (tmp_path / "organization.yaml").write_text(ORGANIZATION, encoding="utf-8")
    return tmp_path


def loaded(root: Path, text: str = PANDA) -> Workspace:
    (root / "connectors/panda.yaml").write_text(text, encoding="utf-8")
    return Workspace.load(root)


def test_a_profile_holds_what_was_written(root: Path) -> None:
    edi = loaded(root).connector("panda").partner.edi
    assert edi is not None
    x12, edifact = edi.x12, edi.edifact
    assert x12 is not None
    assert edifact is not None
    assert x12.their_addresses == (Address("1234567", "01"), Address("PANDA", "ZZ"))
    assert x12.marks == Delimiters(element="*", component=">", terminator="\n")
    assert x12.strictness.set_count is Treat.WARN
    assert (x12.answer.value, x12.ta1.value, x12.ack_document.value) == ("997", "asked", "855")
    assert edifact.our_addresses == (Address("4012345000009", "14", "SHOP"),)
    assert edifact.marks == Delimiters(element="+", component=":", terminator="'", release="?")
    assert edifact.duplicates_within == timedelta(days=90)
    assert edi.of(Standard.EDIFACT) is edifact


def test_what_is_agreed_about_edi_is_no_word_of_mappings(root: Path) -> None:
    assert loaded(root).connector("panda").partner.values == {"name": "Red Panda", "vendor": "257", "account_number": "0042"}


@pytest.mark.parametrize(("said", "read"), [({}, LENIENT), (dict.fromkeys(Tolerance.__struct_fields__, "reject"), STRICT)])
def test_strictness_has_every_word_of_the_readers_with_their_defaults(said: dict[str, str], read: Tolerance) -> None:
    words = TypeAdapter(Strictness)
    assert words.validate_python(said) == read
    assert words.json_schema()["properties"].keys() == set(Tolerance.__struct_fields__)
    assert words.dump_python(read) == structs.asdict(read)


def test_every_word_of_strictness_says_what_it_is_about() -> None:
    words = TypeAdapter(Strictness).json_schema()["properties"]
    assert words["set_count"]["description"] == "SE01 or UNT that counts otherwise."
    assert all(about["description"].endswith(".") for about in words.values())


def test_a_repetition_separator_is_written_from_its_version_on(root: Path) -> None:
    edi = loaded(root, PANDA.replace('"004010"', '"005010"')).connector("panda").partner.edi
    assert edi is not None
    assert edi.x12 is not None
    assert edi.x12.marks.repetition == "^"


MORE = """\
      version: "004010"
      versions: {send: {"856": "005010"}, receive: {"855": "005010", "810": ["004010", "004030", "004010"]}}
      first_numbers: {interchange: 4712, set: 21}
      tests: {theirs: {id: KITTEST}}
"""


def test_versions_numbers_and_names_of_tests_are_held_beside_those_of_production(root: Path) -> None:
    edi = loaded(root, PANDA.replace('      version: "004010"\n', MORE)).connector("panda").partner.edi
    assert edi is not None
    x12, edifact = edi.x12, edi.edifact
    assert x12 is not None
    assert edifact is not None
    assert (x12.written_in("856"), x12.written_in("850"), edifact.written_in("ORDERS")) == ("005010", "004010", "D.96A")
    assert (x12.marks_in("005010").repetition, x12.marks.repetition) == ("^", "")
    assert x12.versions.receive == {"855": ("005010",), "810": ("004010", "004030")}
    assert (x12.first_numbers.numbers, edifact.first_numbers.numbers) == ((4712, 1, 21), (1, 1, 1))
    assert x12.their_addresses == (Address("1234567", "01"), Address("PANDA", "ZZ"))
    in_tests = x12.model_copy(update={"test": True})
    assert (in_tests.our_addresses, in_tests.their_addresses) == ((Address("RETAILER", "12"),), (Address("KITTEST", "ZZ"),))
    assert in_tests.all_addresses == x12.all_addresses == (in_tests.our_addresses, (*x12.their_addresses, Address("KITTEST", "ZZ")))


EDIFACT_MORE = """\
      version: D.96A
      versions: {send: {ORDERS: D.01B}}
      first_numbers: {interchange: 900, message: 51}
      tests: {ours: {id: "4012345000009", qualifier: "14", internal: TEST}}
      test: true
"""


def test_the_same_is_said_of_messages(root: Path) -> None:
    edi = loaded(root, PANDA.replace("      version: D.96A\n", EDIFACT_MORE)).connector("panda").partner.edi
    assert edi is not None
    assert edi.edifact is not None
    assert (edi.edifact.written_in("ORDERS"), edi.edifact.first_numbers.numbers) == ("D.01B", (900, 1, 51))
    assert edi.edifact.our_addresses == (Address("4012345000009", "14", "TEST"),)
    assert edi.edifact.their_addresses == (Address("4098765000002", "14"),)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('answer: "999"', 'there is no 999 in release 004010: give answer_version "005010", or answer by 997'),
        ("tests: {}", "panda.yaml:14: partner > edi > x12 > tests: names nobody; give ours, theirs or both"),
        ("tests: {ours: {id: A, group: 'X*Y'}}", "partner > edi > x12: 'X*Y' holds '*', which is a service character here"),
        ("first_numbers: {interchange: 0}", "panda.yaml:14: partner > edi > x12 > first_numbers > interchange: "),
        ("first_numbers: {set: 1000000000}", "partner > edi > x12 > first_numbers > set: 1000000000 has more than nine digits"),
        ("first_numbers: {message: 4}", "unknown word 'message'"),
        ('versions: {send: {"857": "004010"}}', "unknown set '857'"),
        ('versions: {send: {"997": "004010"}}', "997 is an answer, no document; its version is that of 'answer_version'"),
        ('versions: {send: {"850": "4010"}}', "versions > send > 850: '4010' is not right here; write it as 004010"),
        ('versions: {receive: {"855": []}}', "versions > receive > 855: names no version; leave the word out where any will do"),
        ('versions: {both: {"855": "004010"}}', "unknown word 'both'"),
    ],
)
def test_what_cannot_be_agreed_is_told_where_it_stands(root: Path, said: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(root, PANDA.replace('      version: "004010"\n', f'      version: "004010"\n      {said}\n'))
    assert told in "\n".join(caught.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"004010"', '"4010"', "panda.yaml:13: partner > edi > x12 > version: '4010' is not right here; write it as 004010"),
        ("D.96A", "96A", "panda.yaml:20: partner > edi > edifact > version: '96A' is not right here; write it as D.96A"),
        ("contrl: always", "contrl: maybe", "panda.yaml:22: partner > edi > edifact > contrl: "),
        (
            "ours: {id: RETAILER,",
            "ours: {id: RETAILER-AND-MORE,",
            "must be 1 to 15 printable characters of ASCII without blanks around them",
        ),
        ("group: RTL", "group: 'R*L'", "panda.yaml:8: partner > edi > x12: 'R*L' holds '*', which is a service character here"),
        ('terminator: "\\n"', 'terminator: "*"', "panda.yaml:15: partner > edi > x12 > delimiters: '*' stands for two things"),
        ('terminator: "\\n"', 'terminator: "x"', "'x' must be one character, no letter, digit or blank"),
        ("set_count: warn", "set_cuont: warn", "unknown word 'set_cuont'; did you mean 'set_count'?"),
        ("set_count: warn", "set_count: hope", "panda.yaml:16: partner > edi > x12 > strictness > set_count: "),
        ('    answers: {folder: acks, file: "FA_{message}.edi"}\n', "", "nothing says where they go: give 'answers'"),
        ("FA_{message}.edi", "FA.edi", "'file' of an acknowledgement needs {file} or {message}"),
        ("FA_{message}.edi", "FA_{partner.shop}_{message}.edi", "partner > edi > answers > file: unknown partner value 'shop'"),
        ("{folder: acks,", "{folder: out,", "'FA_{message}.edi' would be taken in again by '*.edi' of panda/edi; use another folder"),
    ],
)
def test_a_mistake_is_told_with_file_line_key_and_remedy(root: Path, old: str, new: str, told: str) -> None:
    assert old in PANDA
    with pytest.raises(ConfigError) as caught:
        loaded(root, PANDA.replace(old, new, 1))
    assert told in "\n".join(caught.value.problems)


def test_who_wants_no_answers_needs_no_folder_for_them(root: Path) -> None:
    quiet = PANDA.replace('    answers: {folder: acks, file: "FA_{message}.edi"}\n', "").replace("contrl: always", "contrl: never")
    quiet = quiet.replace("label: VICS", "label: VICS\n      answer: none\n      ta1: never")
    edi = loaded(root, quiet).connector("panda").partner.edi
    assert edi is not None
    assert not edi.answers_something


def test_a_profile_of_neither_standard_is_refused(root: Path) -> None:
    with pytest.raises(ConfigError, match="give x12, edifact or both"):
        loaded(root, PANDA[: PANDA.index("    x12:")] + PANDA[PANDA.index("endpoint:") :])
