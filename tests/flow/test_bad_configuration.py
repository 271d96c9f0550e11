"""A wrong configuration is told with file, line, key and remedy, all of it in one go; the program refuses to start and touches nothing."""

# ruff: noqa: E501 (a table of mistakes reads best a row a line)

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.app import open_gateway
from gateway.config import Workspace
from gateway.desk.messages import show_message
from gateway.domain.access import EVERYTHING
from gateway.privacy.scrub import Scrubbed, scrub
from gateway.store import privacy_files
from tests.commands import Done
from tests.exchange import Exchange

CONNECTOR = """\
connector: NAME
partner: {name: Acme Tools, vendor: "257"}
endpoint: {transport: folder}
receive:
  - channel: shipments
    folder: inbox/NAME
    files: "*.csv"
    mapping: shipments-csv
    every: 5m
    ready: {stable_for: 30s}
    answer: {mapping: shipment-results, file: "{file}.result.csv", folder: outbox/NAME}
    limits: {size: 20MB}
    wait: {order: 4h}
    via: upload
send:
  - channel: orders
    folder: outbox/NAME
    mapping: batch-csv
    gather: {new_orders: true, at: "06:00 mon-fri America/New_York"}
    file: "PO_{batch:06}.csv"
"""
SFTP = """\
connector: NAME
partner: {name: Acme Tools, vendor: "257"}
endpoint: {transport: sftp, host: sftp.acme.example, user: gateway, key: secret:acme-key, host_keys: ["SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]}
send:
  - channel: orders
    folder: /in
    mapping: batch-csv
    gather: {new_orders: true, every: 1h}
    file: "PO_{batch:06}.csv"
"""
MAPPING = """\
mapping: NAME
version: 1
document: shipment
format: csv
fields:
  PO:    {field: order_number, as: upper, required: true}
  Via:   {field: carrier, lookup: carriers}
  Date:  {field: shipped_on, as: date(MM/DD/YYYY)}
  .:
    each: lines
    fields:
      Line: number
      Qty:  {field: quantity, as: int}
lookups:
  carriers: {UPSG: 50, FDXH: 60}
tests:
  - text: "PO,Via,Date,Line,Qty\\nAB1,UPSG,06/22/2022,1,2\\n"
    gives:
      - {order_number: AB1, carrier: "50", lines#1.quantity: "2"}
    back: values
"""


class Mistake(msgspec.Struct, frozen=True):
    """What is changed in a file that is right, and what is told of it after its name."""

    old: str
    new: str
    told: str


CONNECTORS = [
    Mistake("every: 5m", "evry: 5m", "9: receive > 1 > evry: unknown word 'evry'; did you mean 'every'?"),
    Mistake("every: 5m", "every: 5 minutes", "9: receive > 1 > every: '5 minutes' is not a duration"),
    Mistake("channel: shipments", "channel: Ship ments", "5: receive > 1 > channel: "),
    Mistake("receive:\n", "recieve:\n", "4: recieve: unknown word 'recieve'; did you mean 'receive'?"),
    Mistake("transport: folder", "transport: foldr", "3: endpoint > transport: unknown transport 'foldr'; did you mean 'folder'?"),
    Mistake("folder: inbox/NAME", "folder: ../NAME", "6: receive > 1 > folder: "),
    Mistake("folder: inbox/NAME", "folder: /etc", "6: receive > 1 > folder: '/etc' must be relative"),
    Mistake('    files: "*.csv"\n', "", "5: receive > 1 > files: is missing"),
    Mistake('files: "*.csv"', 'files: "out/*.csv"', "7: receive > 1 > files: 'out/*.csv' holds a slash"),
    Mistake("size: 20MB", "size: twenty", "12: receive > 1 > limits > size: 'twenty' is not a size"),
    Mistake("stable_for", "stable", "10: receive > 1 > ready > stable: unknown word 'stable'; did you mean 'stable_for'?"),
    Mistake("via: upload", "via: uplaod", "14: receive > 1 > via: 'uplaod' is none of message, upload, screen; did you mean 'upload'?"),
    Mistake("via: upload", "via: [upload]", "14: receive > 1 > via: "),
    Mistake("06:00 mon-fri", "25:00 mon-fri", "19: send > 1 > gather > at: "),
    Mistake("America/New_York", "America/Boston", "19: send > 1 > gather > at: "),
    Mistake("PO_{batch:06}", "PO_{batsh:06}", "20: send > 1 > file: unknown placeholder 'batsh'; did you mean 'batch'?"),
    Mistake("{batch:06}", "{batch:06", "20: send > 1 > file: "),
    Mistake("mapping: batch-csv", "mapping: bach-csv", "18: send > 1 > mapping: unknown mapping 'bach-csv'; did you mean 'batch-csv'?"),
    Mistake("mapping: shipments-csv", "mapping: shipment-results", "8: receive > 1 > mapping: mapping 'shipment-results' only writes"),
    Mistake("mapping: shipments-csv", "mapping: createdsorder", "8: receive > 1 > mapping: mapping 'createdsorder' is for documents of kind order"),
    Mistake("mapping: shipment-results", "mapping: shipments-csv", "11: receive > 1 > answer > mapping: "),
    Mistake("connector: NAME", "connector: other", "1: connector: 'other' must be the name of the file; rename it to other.yaml"),
    Mistake("outbox/NAME}", "inbox/NAME}", "11: receive > 1 > answer > file: '{file}.result.csv' would be taken in again by '*.csv' of NAME/shipments"),
    # YAML itself
    Mistake("    via: upload\n", "    via: upload\n    via: message\n", "15: key 'via' stands twice, first in line 14"),
    Mistake("via: upload", "via: &how upload", "14: anchors (&) are not allowed"),
    Mistake("via: upload", "via: *how", "14: aliases (*) are not allowed"),
    Mistake("via: upload", "via: !!python/object/apply:os.system [true]", "14: tags (!) are not allowed"),
    Mistake("    via: upload", "\tvia: upload", "14: not YAML"),
    Mistake("via: upload", "via: 'upload", "14: not YAML: a quote is opened and never closed"),
    Mistake("via: upload\n", "via: upload\n  - [\n", "17: not YAML"),
    Mistake("via: upload\n", "via: upload\n---\nconnector: two\n", "15: one document a file"),
    Mistake("via: upload\n", "via: upload\n" + "# a line of sixty characters, five thousand times, in one file\n" * 5_000, " larger than 256 KB"),
    Mistake("via: upload\n", "via: upload\n    ready2: " + "[" * 400 + "]" * 400 + "\n", "15: nested deeper"),
    Mistake("via: upload", "via: up\0load", "14: not YAML: a control character stands there (U+0000)"),
    Mistake("Acme Tools", "Acme \x9b Tools", "2: not YAML: a control character stands there (U+009B)"),
]  # fmt: skip

MAPPINGS = [
    Mistake("as: upper", "as: uper", "6: PO: unknown codec 'uper'; did you mean 'upper'?"),
    Mistake("field: order_number", "field: order_nummer", "6: PO: 'order_nummer': unknown field of shipment 'order_nummer'; did you mean 'order_number'?"),
    Mistake("lookup: carriers", "lookup: carrier", "7: Via: unknown lookup 'carrier'; did you mean 'carriers'?"),
    Mistake("required: true", "reqired: true", "6: reqired: unknown word 'reqired'; did you mean 'required'?"),
    Mistake("document: shipment", "document: shipmnt", "3: document: unknown kind of document 'shipmnt'; did you mean 'shipment'?"),
    Mistake("format: csv", "format: cvs", "4: format: unknown format 'cvs'; did you mean 'csv'?"),
    Mistake("date(MM/DD/YYYY)", "date(MM/DD/JJJJ)", "8: Date: 'MM/DD/JJJJ' ends in"),
    Mistake("each: lines", "each: line", "9: .: 'line': unknown field of shipment"),
    Mistake("  PO: ", "  PO: {field: batch}\n  PO: ", "7: key 'PO' stands twice, first in line 6"),
    Mistake("fields:\n", "extends: nothing-like-it\nfields:\n", "5: extends: unknown mapping 'nothing-like-it'"),
    Mistake("  Via: ", "  .: \n  Via: ", "10: key '.' stands twice, first in line 7"),
    Mistake("mapping: NAME", "mapping: other", "1: mapping: the name 'other' must be the file name"),
]  # fmt: skip

SETTINGS = """\
[databse]
url = "sqlite:///x"
[database]
connections = "many"
[work]
lease = "soon"
renew = "30s"
[retention]
taken = "-1d"
"""
TOLD_OF_SETTINGS = [
    "gateway.toml:1: databse: unknown word 'databse'; did you mean 'database'?",
    "gateway.toml:4: database > connections: 'many' is not a whole number",
    "gateway.toml:6: work > lease: 'soon' is not a duration",
    "gateway.toml:9: retention > taken: '-1d' is not a duration",
]
ORGANIZATION = [
    Mistake("requires: [tracking]", "requires: [traking]", "requires > 1: 'traking' is none of tracking, weight, freight; did you mean 'tracking'?"),
    Mistake("zone: America/New_York", "zone: America/Boston", "organization > zone: unknown time zone 'America/Boston'"),
    Mistake('unit_cost_threshold: "10"', 'unit_cost_threshold: "10%"', "vendors > 257 > unit_cost_threshold: '10%' is not a percentage"),
    Mistake("currency: USD", "currency: Dollar", "organization > currency: 'Dollar' is not a currency code"),
    Mistake("  lead_days: 7 ", "  lead_days: a week ", "organization > lead_days: "),
    Mistake("weight_unit: LB", "weight_unit: stone", "organization > weight_unit: 'stone' is none of LB, KG"),
]  # fmt: skip


class Told(msgspec.Struct, frozen=True):
    """What the command said about the wrong workspace, and what it left behind."""

    done: Done
    before: frozenset[str]
    after: frozenset[str]

    @property
    def lines(self) -> list[str]:
        return self.done.err.splitlines()


def files_of(root: Path) -> frozenset[str]:
    return frozenset(str(path.relative_to(root)) for path in root.rglob("*"))


def wrong(exchange: Exchange, pattern: str, name: str, right: str, mistake: Mistake) -> None:
    """A file like the right one, but for one mistake."""
    assert mistake.old in right
    text = right.replace(mistake.old, mistake.new, 1).replace("NAME", name)
    exchange.shop.write(pattern.format(name), text)


def serve(exchange: Exchange) -> Told:
    """Run the command with a file waiting that it must not touch."""
    exchange.drop("orders", "waiting.xml", exchange.sample("createdsorder.xml"))
    before = files_of(exchange.root)
    done = exchange.shop.gateway("serve", "--once")
    return Told(done, before, files_of(exchange.root))


@pytest.fixture(scope="module")
def everything_wrong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A workspace with every mistake of the tables in a file of its own, and one run of the command."""
    root = tmp_path_factory.mktemp("bad_configuration")
    exchange = Exchange(root, f"sqlite:///{root / 'var' / 'gateway.db'}")
    for number, mistake in enumerate(CONNECTORS):
        wrong(exchange, "connectors/{}.yaml", f"c{number:02}", CONNECTOR, mistake)
    for number, mistake in enumerate(MAPPINGS):
        name = f"m{number:02}"
        wrong(exchange, "mappings/{}.yaml", name, MAPPING, mistake)
        exchange.shop.write(
            f"connectors/{name}.yaml", CONNECTOR.replace("mapping: shipments-csv", f"mapping: {name}").replace("NAME", name)
        )
    for mistake in ORGANIZATION:
        exchange.shop.change("organization.yaml", mistake.old, mistake.new)
    exchange.shop.write("gateway.toml", SETTINGS)
    return serve(exchange)


def test_the_program_refuses_to_start_and_touches_nothing(everything_wrong: Told) -> None:
    assert everything_wrong.done.code == 2
    assert "Traceback" not in everything_wrong.done.err
    assert everything_wrong.after == everything_wrong.before


@pytest.mark.parametrize("number", range(len(CONNECTORS)), ids=lambda number: CONNECTORS[number].new.strip()[:40])
def test_a_mistake_in_a_connector_is_told_with_line_and_key(everything_wrong: Told, number: int) -> None:
    expect(everything_wrong, f"connectors/c{number:02}.yaml:", CONNECTORS[number].told.replace("NAME", f"c{number:02}"))


@pytest.mark.parametrize("number", range(len(MAPPINGS)), ids=lambda number: MAPPINGS[number].new.strip()[:40])
def test_a_mistake_in_a_mapping_is_told_with_line_and_rule(everything_wrong: Told, number: int) -> None:
    expect(everything_wrong, f"mappings/m{number:02}.yaml:", MAPPINGS[number].told)


@pytest.mark.parametrize("told", TOLD_OF_SETTINGS)
def test_a_mistake_in_the_settings_is_told_with_its_key(everything_wrong: Told, told: str) -> None:
    expect(everything_wrong, told, "")


@pytest.mark.parametrize("number", range(len(ORGANIZATION)), ids=lambda number: ORGANIZATION[number].new.strip()[:40])
def test_a_mistake_in_the_organization_is_told_with_its_line(everything_wrong: Told, number: int) -> None:
    told = [line for line in everything_wrong.lines if line.startswith("organization.yaml:") and ORGANIZATION[number].told in line]
    assert len(told) == 1, everything_wrong.done.err
    assert told[0].split(":")[1].isdigit()


def test_a_file_that_is_right_is_not_blamed(everything_wrong: Told) -> None:
    assert not [line for line in everything_wrong.lines if line.startswith(("connectors/oms", "connectors/redpanda", "mappings/shipments"))]


def expect(found: Told, file: str, told: str) -> None:
    """A line begins with the file and goes on with what is told of it."""
    lines = [line for line in found.lines if line.startswith(file)]
    assert lines, found.done.err
    assert any(told in line for line in lines), lines


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path, f"sqlite:///{tmp_path / 'var' / 'gateway.db'}")


def test_a_secret_that_is_missing_is_told_where_it_is_named(exchange: Exchange) -> None:
    exchange.shop.write("connectors/acme.yaml", SFTP.replace("NAME", "acme"))
    told = serve(exchange)
    assert told.done.code == 2
    expect(told, "connectors/acme.yaml:3: endpoint > key: ", "secret acme-key is nowhere: set GATEWAY_SECRET_ACME_KEY or write the file")
    assert told.after == told.before


def test_a_secret_that_others_can_read_is_refused(exchange: Exchange) -> None:
    exchange.shop.write("connectors/acme.yaml", SFTP.replace("NAME", "acme"))
    secrets = exchange.root / "var" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "acme-key").write_text("hunter2")
    (secrets / "acme-key").chmod(0o644)
    told = serve(exchange)
    assert told.done.code == 2
    expect(told, "connectors/acme.yaml:3: endpoint > key: ", "chmod 600")
    assert "hunter2" not in told.done.err


def test_secret_mapping_and_connector_are_told_together(exchange: Exchange) -> None:
    exchange.shop.write("connectors/acme.yaml", SFTP.replace("NAME", "acme"))
    exchange.shop.change("connectors/anvil.yaml", "via: upload", "via: uplaod")
    exchange.shop.change("mappings/batch-csv.yaml", "fields:", "feilds:")
    told = serve(exchange)
    assert told.done.code == 2
    for file in ("connectors/acme.yaml:3:", "connectors/anvil.yaml:17:", "mappings/batch-csv.yaml:"):
        expect(told, file, "")


def test_two_connectors_that_take_the_same_files_are_refused(exchange: Exchange) -> None:
    exchange.shop.change("connectors/anvil.yaml", "folder: inbox/anvil/shipments", "folder: inbox/redpanda/shipments")
    told = serve(exchange)
    assert told.done.code == 2
    expect(told, "connectors/redpanda.yaml:13: receive > 2 > files: ", "'*.csv' and '*.csv' of anvil/shipments take the same files")
    assert told.after == told.before


def test_a_partner_that_the_organization_does_not_know_is_told_with_the_nearest(exchange: Exchange) -> None:
    exchange.shop.change("connectors/redpanda.yaml", 'vendor: "257"', 'vendor: "275"')
    expect(
        serve(exchange),
        "connectors/redpanda.yaml:2: partner > vendor: ",
        "unknown vendor '275'; did you mean '257'? (see organization.yaml)",
    )


def test_a_mapping_whose_own_file_is_gone_stops_the_program(exchange: Exchange) -> None:
    (exchange.root / "mappings" / "createdsorder.yaml").unlink()
    told = serve(exchange)
    assert told.done.code == 2
    expect(told, "connectors/oms.yaml:8: receive > 1 > mapping: ", "unknown mapping 'createdsorder'")


def test_a_mapping_that_nobody_uses_stops_nobody(exchange: Exchange) -> None:
    exchange.shop.write("mappings/draft.yaml", "mapping: draft\nfields: [\n")
    assert serve(exchange).done.code == 0


def test_a_connector_that_is_off_needs_no_secret(exchange: Exchange) -> None:
    exchange.shop.write("connectors/acme.yaml", SFTP.replace("NAME", "acme").replace("partner:", "enabled: false\npartner:"))
    assert serve(exchange).done.code == 0


def test_a_setting_of_the_environment_is_told_by_its_name(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_WORK__LEASE", "soon")
    monkeypatch.setenv("GATEWAY_WORK__LEESE", "90s")
    told = serve(exchange)
    assert told.done.code == 2
    expect(told, "environment: GATEWAY_WORK__LEASE: ", "'soon' is not a duration")
    expect(told, "environment: GATEWAY_WORK__LEESE: ", "did you mean 'lease'?")
    assert told.after == told.before


def test_once_the_mistake_is_mended_the_waiting_file_is_booked(exchange: Exchange) -> None:
    exchange.shop.change("connectors/oms.yaml", "mapping: createdsorder\n", "mapping: createdsordr\n")
    assert serve(exchange).done.code == 2
    exchange.shop.change("connectors/oms.yaml", "mapping: createdsordr\n", "mapping: createdsorder\n")
    assert exchange.shop.gateway("serve", "--once").code == 0
    with exchange.opened() as day:
        assert day.numbers() == {"AB10747"}


BROKEN = "connectors/redpanda.yaml:2: not YAML: mapping values are not allowed in this context"
GOES_ON = (
    "Going on without connectors/redpanda.yaml; no node starts while it is like that. Mend it, then look with: gateway connector check"
)


@pytest.fixture
def beside(tmp_path: Path) -> Exchange:
    """A workspace in which somebody has just spoilt the file of one partner."""
    exchange = Exchange(tmp_path, f"sqlite:///{tmp_path / 'var' / 'gateway.db'}")
    exchange.shop.write("connectors/redpanda.yaml", "connector: redpanda\n  enabled: true\n")
    return exchange


@pytest.mark.parametrize(
    "words",
    [
        "order list",
        "alarm list",
        "message list",
        "outbox list --connector oms",
        "batch list",
        "slip list",
        "invoice list",
        "job list",
        "node list",
        "feed list",
        "stock list",
        "expectation list",
        "notice list",
        "vendor list",
        "organization show",
        "connector list",
        "connector test oms",
        "report items",
        "privacy log",
        "db check",
        "backup copy",
    ],
)
def test_a_broken_connector_is_told_and_left_out_by_commands_that_need_no_partner(
    beside: Exchange, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(beside.root)
    beside.shop.gateway("db", "upgrade")
    done = beside.shop.gateway(*words.split())
    assert done.code == 0
    assert done.out
    assert done.err.splitlines()[0].startswith(BROKEN)
    assert done.err.splitlines()[1] == GOES_ON


@pytest.mark.parametrize(
    "words",
    [
        "serve --once",
        "batch cut",
        "invoice post",
        "order draft run MO-1",
        "reconcile",
    ],
)
def test_a_broken_connector_stops_commands_that_work_for_partners(beside: Exchange, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(beside.root)
    done = beside.shop.gateway(*words.split())
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(BROKEN)


def test_work_for_others_goes_on_beside_a_broken_connector(beside: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file for one partner, a job and an erasure are no business of another partner's file; what is its own waits and says so."""
    monkeypatch.chdir(beside.root)
    beside.shop.gateway("db", "upgrade")
    beside.shop.write("orders.xml", beside.sample("createdsorder.xml"))
    for words in ("message take oms/orders orders.xml", "job run due_dates", "job run oms/changes", "outbox retry 1", "privacy purge"):
        done = beside.shop.gateway(*words.split())
        assert done.code in {0, 3}, words  # the file is answered and sent already: nothing is to be tried again
        assert done.err.splitlines()[0].startswith(BROKEN), words
        assert done.err.splitlines()[1] == GOES_ON, words
    assert [it["state"] for it in beside.shop.gateway("message", "list", "--json").json] == ["booked"]
    for words in ("message take redpanda/stock orders.xml", "job run redpanda/orders"):
        done = beside.shop.gateway(*words.split())
        assert (done.code, done.out) == (2, ""), words
        assert done.err.splitlines()[2].startswith(BROKEN), words


def test_a_received_file_keeps_what_may_be_left_of_it_until_its_connector_is_right(
    beside: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(beside.root)
    connector = (beside.root / "connectors/oms.yaml").read_text(encoding="utf-8")
    beside.shop.gateway("db", "upgrade")
    beside.shop.write("orders.xml", beside.sample("createdsorder.xml"))
    assert beside.shop.gateway("message", "take", "oms/orders", "orders.xml").code == 0
    beside.shop.write("connectors/oms.yaml", "connector: oms\n  enabled: true\n")
    with open_gateway(Workspace.read(beside.root)) as gateway:
        key = show_message(gateway.store, 1, scope=EVERYTHING, most=1).sha256
        gateway.store.attempt(lambda tx: privacy_files.due(tx, [key], now=gateway.clock.now()))
        assert scrub(gateway.privacy) == Scrubbed(0, 1)
    beside.shop.write("connectors/oms.yaml", connector)
    with open_gateway(Workspace.read(beside.root)) as gateway:
        assert scrub(gateway.privacy) == Scrubbed(1, 0)


def test_looking_at_a_file_needs_no_connector(beside: Exchange) -> None:
    sample = beside.root / "looked-at.xml"
    sample.write_text(beside.sample("createdsorder.xml"), encoding="utf-8")
    done = beside.shop.gateway("inspect", str(sample), "--json")
    assert (done.code, done.json["mapping"]) == (0, "createdsorder")
    assert done.err.splitlines()[1] == GOES_ON


def test_who_names_the_broken_connector_is_told_what_is_wrong_with_it(beside: Exchange) -> None:
    done = beside.shop.gateway("connector", "test", "redpanda")
    assert done.code == 2
    assert done.err.splitlines()[2].startswith(BROKEN)
    done = beside.shop.gateway("outbox", "list", "--connector", "redpanda")
    assert done.code == 2
    assert done.err.splitlines()[2].startswith(BROKEN)


def test_a_verification_without_a_connector_says_that_it_is_not_whole(beside: Exchange) -> None:
    beside.shop.gateway("db", "upgrade")
    done = beside.shop.gateway("verify")
    assert done.code == 4
    assert "connectors/redpanda.yaml: its folders could not be looked at: the file is wrong" in done.out


def test_notices_without_their_mail_server_are_told_once_and_by_its_own_file(beside: Exchange) -> None:
    beside.shop.write("connectors/redpanda.yaml", "connector: redpanda\n")
    beside.shop.change("organization.yaml", "  lead_days: 7 ", "  email: ops@example.com\n  notices: [unacknowledged]\n  lead_days: 7 ")
    beside.shop.write("connectors/mail.yaml", "connector: mail\n  enabled: true\n")
    done = beside.shop.gateway("order", "list")
    assert done.code == 0
    assert "notices are switched on" not in done.err


def test_a_wrong_organization_stops_every_command(beside: Exchange) -> None:
    beside.shop.change("organization.yaml", "weight_unit: LB", "weight_unit: stone")
    done = beside.shop.gateway("order", "list")
    assert done.code == 2
    assert "weight_unit" in done.err
    assert "connectors/redpanda.yaml:2" in done.err  # nothing starts: then everything is told at once
