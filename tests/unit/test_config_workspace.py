"""A workspace is read as one: what it holds, and every mistake with file, line, key and the nearest valid word."""

# ruff: noqa: E501 (a table of mistakes reads best a row a line)

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.config import Workspace
from gateway.kernel.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]

ORGANIZATION = """\
organization: {code: "1", account: LOCATE, zone: America/New_York}
systems:
  OMS: {name: Order management}
  VENDOR: {vendor_default: true}
locations:
  "100": {name: Westborough, system: OMS}
brands:
  "1": {name: Harbor}
carriers:
  "50": {name: FedEx, requires: [tracking]}
vendors:
  "257": {name: Red Panda Outfitters, require_acknowledgement: true, unit_cost_threshold: "10"}
  "310": {name: Tanuki Trading}
"""

OMS = """\
connector: oms
partner: {name: Order management, system: OMS}
endpoint: {transport: folder}
receive:
  - channel: orders
    folder: inbox/oms
    files: "*.xml"
    mapping: createdsorder
    answer: {mapping: createdsorder-response, file: "{file}.resp.xml", folder: outbox/oms/responses}
send:
  - channel: invoices
    folder: outbox/oms/invoices
    mapping: invoice-posting
    gather: {approved_invoices: true, every: 15m}
    file: "INV_{sequence:08}.xml"
"""

PIN = "SHA256:" + "a" * 43
REDPANDA = f"""\
connector: redpanda
partner: {{name: Red Panda Outfitters, vendor: "257", contact: edi@redpanda.example, account_number: "0042"}}
endpoint:
  transport: sftp
  host: sftp.redpanda.example
  user: gateway
  key: secret:redpanda-ssh-key
  host_keys: ["{PIN}"]
receive:
  - channel: shipments
    folder: /out
    files: [SHIP_*.csv, "SHP_{{batch}}.csv"]
    mapping: redpanda-shipments
    every: 5m
    ready: {{stable_for: 30s, marker: "{{stem}}.ok"}}
    limits: {{size: 20MB, rows: "100000"}}
    wait: {{order: 4h}}
    via: upload
send:
  - channel: orders
    folder: /in
    mapping: redpanda-orders
    gather: {{new_orders: true, at: "06:00,12:00 mon-fri America/New_York", most: 500}}
    file: "PO_{{batch:06}}.csv"
    exists: refuse
    acknowledge: {{required: true, within: 24h}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace of two partners."""
    write(tmp_path, "gateway.toml", "")
    write(tmp_path, "organization.yaml", ORGANIZATION)
    write(tmp_path, "connectors/oms.yaml", OMS)
    write(tmp_path, "connectors/redpanda.yaml", REDPANDA)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def problems(root: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Workspace.load(root)
    return list(caught.value.problems)


def test_a_workspace_is_found_from_any_folder_within(root: Path) -> None:
    assert Workspace.find(root / "connectors") == root.resolve()


def test_a_folder_without_a_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gateway init DIR"):
        Workspace.find(tmp_path)


def test_a_workspace_holds_what_was_written(root: Path) -> None:
    workspace = Workspace.load(root)
    redpanda = workspace.connector("redpanda")
    assert workspace.reference.vendors["257"].unit_cost_threshold == Decimal(10)
    assert workspace.reference.carriers["50"].requires_tracking
    assert workspace.reference.vendor_system is not None
    assert redpanda.receiving("shipments").files[1].placeholders == ("batch",)
    assert redpanda.sending("orders").acknowledge.required
    assert workspace.partner_values(redpanda) == {
        "account": "LOCATE",
        "vendor_system": "VENDOR",
        "name": "Red Panda Outfitters",
        "vendor": "257",
        "contact": "edi@redpanda.example",
        "account_number": "0042",
    }


def test_the_shipped_workspace_is_right_and_knows_the_codes_of_the_sample_order() -> None:
    workspace = Workspace.load(ROOT)
    known = workspace.reference
    assert {"oms", "redpanda", "tanuki"} <= set(workspace.connectors)
    assert {"OMS", "VENDOR"} <= set(known.systems)
    assert ("100" in known.locations, "1" in known.brands, "50" in known.carriers) == (True, True, True)
    assert {"11", "257", "310"} <= set(known.vendors)
    redpanda = known.vendors["257"]
    assert (redpanda.integrated, redpanda.require_acknowledgement, redpanda.uses_invoicing) == (True, True, True)
    assert redpanda.unit_cost_threshold == Decimal(10)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("every: 5m", "evry: 5m", "connectors/redpanda.yaml:14: receive > 1 > evry: unknown word 'evry'; did you mean 'every'?"),
        ("every: 5m", "every: 5 minutes", "connectors/redpanda.yaml:14: receive > 1 > every: '5 minutes' is not a duration"),
        ("stable_for: 30s", "stable: 30s", "connectors/redpanda.yaml:15: receive > 1 > ready > stable: unknown word 'stable'; did you mean 'stable_for'?"),
        ("transport: sftp", "transport: sfpt", "connectors/redpanda.yaml:4: endpoint > transport: unknown transport 'sfpt'; did you mean 'sftp'?"),
        ("transport: sftp", "transport: http", "endpoint > transport: transport 'http' is not available yet"),
        ("  transport: sftp\n", "", "connectors/redpanda.yaml:3: endpoint: needs 'transport: folder' or 'transport: sftp'"),
        ("host: sftp.redpanda.example", "hots: sftp.redpanda.example", "connectors/redpanda.yaml:5: endpoint > hots: unknown word 'hots'; did you mean 'host'?"),
        ("host: sftp.redpanda.example", "host: sftp://redpanda.example", "endpoint > host: 'sftp://redpanda.example' is not the name or address"),
        (PIN, "SHA256:short", "connectors/redpanda.yaml:8: endpoint > host_keys > 1: 'SHA256:short' is not a fingerprint"),
        ("key: secret:redpanda-ssh-key", "key: hunter2", "connectors/redpanda.yaml:7: endpoint > key: not a reference"),
        ("  key: secret:redpanda-ssh-key\n", "", "connectors/redpanda.yaml:3: endpoint: 'key' or 'password' is missing"),
        ("via: upload", "via: uplaod", "receive > 1 > via: 'uplaod' is none of message, upload, screen; did you mean 'upload'?"),
        ("via: upload", "via: screen", "connectors/redpanda.yaml:10: receive > 1: 'via' of a channel is message or upload"),
        ("    folder: /out\n", "", "connectors/redpanda.yaml:10: receive > 1 > folder: is missing"),
        ("folder: /out", "folder: /out/../in", "receive > 1 > folder: '/out/../in': '..' is not allowed"),
        ("folder: /out", "folder: /out/.taken", ".taken belongs to the gateway"),
        ("SHIP_*.csv,", "out/*.csv,", "receive > 1 > files > 1: 'out/*.csv' holds a slash"),
        ('marker: "{stem}.ok"', 'marker: "done"', "receive > 1 > ready > marker: 'done' is not a marker"),
        ('marker: "{stem}.ok"', 'marker: "SHIP_{stem}.csv"', "'files' would take the markers"),
        ("size: 20MB", "size: 20", "receive > 1 > limits > size: '20' is not a size"),
        ("06:00,12:00 mon-fri", "06:00,12:00 mon-fry", "send > 1 > gather > at: unknown day 'fry'; did you mean 'fri'?"),
        ("new_orders: true, at", "new_orders: true, changes: true, at", "connectors/redpanda.yaml:23: send > 1 > gather: exactly one of new_orders"),
        ('at: "06:00,12:00 mon-fri America/New_York", ', "", "send > 1 > gather: nothing says when"),
        ("most: 500", "most: 5, count: 9", "'count' 9 is above 'most' 5"),
        ("PO_{batch:06}.csv", "PO.csv", "send > 1: 'file' needs {batch} or {sequence}"),
        ("PO_{batch:06}.csv", "PO_{batsh:06}.csv", "send > 1 > file: unknown placeholder 'batsh'; did you mean 'batch'?"),
        ("PO_{batch:06}.csv", "{partner.acount}_{batch}.csv", "send > 1 > file: unknown partner value 'acount'"),
        ("exists: refuse", "exists: replace", "send > 1 > exists: 'replace' is none of refuse"),
        ("within: 24h", "within: tomorrow", "send > 1 > acknowledge > within: 'tomorrow' is not a duration"),
        ("new_orders: true, at", "changes: true, at", "'{batch}' in 'file' is for channels that gather new_orders"),
        ('vendor: "257"', 'vendor: "275"', "connectors/redpanda.yaml:2: partner > vendor: unknown vendor '275'; did you mean '257'? (see organization.yaml)"),
        ('vendor: "257"', "system: OMX", "partner > system: unknown system 'OMX'; did you mean 'OMS'?"),
        ('vendor: "257"', "system: OMS", "send > 1 > gather: new_orders go to vendors; this partner is a system"),
        ('vendor: "257", ', "", "connectors/redpanda.yaml:2: partner: give either 'vendor' or 'system'"),
        ("account_number:", "Account-Number:", "partner: 'Account-Number' is not a word for a value"),
        ("connector: redpanda\n", "connector: oms\n", "connectors/redpanda.yaml:1: connector: 'oms' is also the name of connectors/oms.yaml"),
        ("connector: redpanda\n", "connector: red-panda\n", "'red-panda' must be the name of the file; rename it to red-panda.yaml"),
        ("  - channel: orders\n", "  - channel: shipments\n", "channel 'shipments' stands twice"),
        ("    via: upload\n", "    via: upload\n    via: message\n", "connectors/redpanda.yaml:19: key 'via' stands twice, first in line 18"),
        ("via: upload", "via: *upload", "connectors/redpanda.yaml:18: aliases (*) are not allowed"),
        ("receive:\n", "recieve:\n", "connectors/redpanda.yaml:9: recieve: unknown word 'recieve'; did you mean 'receive'?"),
        ("receive:\n  - channel: shipments\n", "receive:\n    channel: shipments\n", "receive: must be a list"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_connector_is_told_with_file_line_key_and_remedy(root: Path, old: str, new: str, told: str) -> None:
    assert old in REDPANDA
    write(root, "connectors/redpanda.yaml", REDPANDA.replace(old, new, 1))
    assert any(told in problem for problem in problems(root)), problems(root)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("folder: inbox/oms", "folder: /srv/oms", "connectors/oms.yaml:6: receive > 1 > folder: '/srv/oms' must be relative"),
        ("transport: folder", "transport: folder, root: /mnt/exchange", "connectors/oms.yaml:3: endpoint > root: '/mnt/exchange' lies outside the workspace"),
        ("transport: folder", "transport: folder, root: ../other", "endpoint > root: '../other' is not a folder; '..' is not allowed"),
        ("transport: folder", "transport: memory", "connectors/oms.yaml:3: endpoint > transport: 'memory' is for tests"),
        ("outbox/oms/responses", "inbox/oms", "'{file}.resp.xml' would be taken in again by '*.xml' of oms/orders"),
        ("folder: outbox/oms/invoices", "folder: inbox/../inbox/oms", "'..' is not allowed in a folder"),
        ("folder: outbox/oms/invoices", "folder: inbox//oms/", "connectors/oms.yaml:15: send > 1 > file: 'INV_{sequence:08}.xml' would be taken in again"),
        ('file: "{file}.resp.xml"', 'file: "response.xml"', "receive > 1 > answer: 'file' needs {file} or {message}"),
        ('file: "{file}.resp.xml"', 'file: "{file}_{batch}.xml"', "'file' of an answer knows"),
    ],
)  # fmt: skip
def test_a_mistake_in_folders_is_told(root: Path, old: str, new: str, told: str) -> None:
    assert old in OMS
    write(root, "connectors/oms.yaml", OMS.replace(old, new, 1))
    assert any(told in problem for problem in problems(root)), problems(root)


def test_a_folder_outside_the_workspace_may_be_allowed_in_the_settings(root: Path) -> None:
    write(root, "connectors/oms.yaml", OMS.replace("transport: folder", "transport: folder, root: /mnt/exchange/oms"))
    write(root, "gateway.toml", '[paths]\noutside = ["/mnt/exchange"]\n')
    assert Workspace.load(root).connector("oms").enabled


def test_two_channels_that_would_fight_for_a_file_are_refused(root: Path) -> None:
    other = REDPANDA.replace("connector: redpanda", "connector: panda2").replace("SHIP_*.csv", '"*.csv"').replace("/out", "out/")
    write(root, "connectors/panda2.yaml", other)
    found = problems(root)
    assert (
        "connectors/redpanda.yaml:12: receive > 1 > files: 'SHIP_*.csv' and '*.csv' of panda2/shipments take the same files from out"
        in found
    )


def test_a_connector_that_is_off_fights_for_nothing(root: Path) -> None:
    write(root, "connectors/panda2.yaml", REDPANDA.replace("connector: redpanda", "connector: panda2\nenabled: false"))
    assert not Workspace.load(root).connector("panda2").enabled


def test_all_mistakes_of_all_files_are_told_in_one_pass(root: Path) -> None:
    write(root, "gateway.toml", '[databse]\nurl = "sqlite:///x"\n[work]\nlease = "soon"\n')
    write(
        root, "organization.yaml", ORGANIZATION.replace("system: OMS", "system: OMX").replace("requires: [tracking]", "requires: [traking]")
    )
    write(root, "connectors/oms.yaml", OMS.replace("folder: inbox/oms", "foldr: inbox/oms"))
    write(root, "connectors/redpanda.yaml", REDPANDA.replace("every: 5m", "every: soon").replace("within: 24h", "wihtin: 24h"))
    write(root, "connectors/broken.yaml", "connector: [")
    files = {problem.split(":")[0] for problem in problems(root)}
    assert files == {"gateway.toml", "organization.yaml", "connectors/oms.yaml", "connectors/redpanda.yaml", "connectors/broken.yaml"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("requires: [tracking]", "requires: [traking]", "organization.yaml:10: carriers > 50 > requires > 1: 'traking' is none of tracking, weight, freight; did you mean 'tracking'?"),
        ("system: OMS", "system: OMX", "organization.yaml:6: locations > 100 > system: unknown system 'OMX'; did you mean 'OMS'?"),
        ("VENDOR: {vendor_default: true}", "VENDOR: {}", "exactly one system must be the default vendor system (vendor_default: true); found none"),
        ('unit_cost_threshold: "10"', 'unit_cost_threshold: "10%"', "organization.yaml:12: vendors > 257 > unit_cost_threshold: '10%' is not a percentage"),
        ('unit_cost_threshold: "10"', 'carriers: ["51"]', "organization.yaml:12: vendors > 257 > carriers > 1: unknown carrier '51'; known are 50"),
        ('unit_cost_threshold: "10"', "require_acknowledgment: true", "did you mean 'require_acknowledgement'?"),
        ("zone: America/New_York", "zone: America/Boston", "organization.yaml:1: organization > zone: unknown time zone 'America/Boston'"),
        ('"310": {name', '"257": {name', "organization.yaml:13: key '257' stands twice, first in line 12"),
        ('"1": {name: Harbor}', "", "at least one brand is needed"),
        ("account: LOCATE", "currency: Dollar", "organization > currency: 'Dollar' is not a currency code"),
        ("account: LOCATE", "portal_logo: 'http://shop.example/a.png'", "organization > portal_logo: 'http://shop.example/a.png' is not fetched by https"),
        ("account: LOCATE", "landing_refresh_minutes: 1000", "landing_refresh_minutes: '1000' is not a number of minutes from 1 to 999"),
        ("systems:\n", "system:\n", "organization.yaml:2: system: unknown word 'system'; did you mean 'systems'?"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_organization_is_told(root: Path, old: str, new: str, told: str) -> None:
    assert old in ORGANIZATION
    write(root, "organization.yaml", ORGANIZATION.replace(old, new, 1))
    assert any(told in problem for problem in problems(root)), problems(root)


def test_an_address_that_the_file_tells_is_whole_where_shipping_systems_need_it(root: Path) -> None:
    """One that it does not tell may stand in the store; an inactive vendor ships nothing."""
    for words, wrong in (("address: {city: Rome}", True), ("active: false, address: {city: Rome}", False), ("pull_sheet: true", False)):
        text = ORGANIZATION.replace('unit_cost_threshold: "10"', words).replace("account:", "shipping_integration: true, account:")
        write(root, "organization.yaml", text)
        if wrong:
            told = "vendors > 257 > address: shipping systems need it as origin, and it lacks address1, postal_code, country"
            assert [it.partition(": ")[2] for it in problems(root)] == [told]
        else:
            Workspace.load(root)


def test_a_workspace_without_organization_says_so(root: Path) -> None:
    (root / "organization.yaml").unlink()
    assert problems(root) == ["organization.yaml: cannot be read: No such file or directory"]


def test_an_unknown_connector_or_channel_is_told_with_the_nearest(root: Path) -> None:
    workspace = Workspace.load(root)
    with pytest.raises(ConfigError, match="unknown connector 'redpnda'; did you mean 'redpanda'"):
        workspace.connector("redpnda")
    with pytest.raises(ConfigError, match="unknown channel 'shipment'; did you mean 'shipments'"):
        workspace.connector("redpanda").receiving("shipment")


def test_a_secret_that_cannot_be_had_is_told_with_its_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace.load(root)
    with pytest.raises(ConfigError, match=r"connectors/redpanda.yaml:7: endpoint > key: secret redpanda-ssh-key is nowhere"):
        workspace.require_secrets(*workspace.enabled)
    monkeypatch.setenv("GATEWAY_SECRET_REDPANDA_SSH_KEY", "x")
    workspace.require_secrets(*workspace.enabled)


def test_nobody_asks_for_the_secrets_of_others(root: Path) -> None:
    workspace = Workspace.load(root)
    workspace.require_secrets(workspace.connector("oms"))


def test_folders_inside_the_workspace_are_made(root: Path) -> None:
    workspace = Workspace.load(root)
    workspace.make_folders(*workspace.enabled)
    assert (root / "inbox/oms").is_dir()
    assert (root / "outbox/oms/responses").is_dir()


def test_a_system_that_orders_for_one_vendor_speaks_as_the_system(root: Path) -> None:
    write(root, "connectors/oms.yaml", OMS.replace("system: OMS", 'system: OMS, vendor: "257"'))
    workspace = Workspace.load(root)
    partner = workspace.connector("oms").partner
    assert (partner.system, partner.vendor) == ("OMS", None)
    assert workspace.partner_values(workspace.connector("oms"))["vendor"] == "257"


def test_the_memory_of_a_test_is_a_transport_in_tests_only(root: Path) -> None:
    write(root, "connectors/oms.yaml", OMS.replace("transport: folder", "transport: memory, server: retailer"))
    assert Workspace.load_for_tests(root).connector("oms").endpoint.transport == "memory"


def test_a_copy_of_the_shipped_workspace_is_a_workspace(tmp_path: Path) -> None:
    for part in ("gateway.toml", "organization.yaml"):
        shutil.copy(ROOT / part, tmp_path / part)
    shutil.copytree(ROOT / "connectors", tmp_path / "connectors")
    assert Workspace.load(tmp_path).database_url == f"sqlite:///{tmp_path}/var/gateway.db"
