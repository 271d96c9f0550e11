"""`gateway notice`: looking at the texts, trying the mail server, and what is waiting and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.notice import NoticeKind
from tests.flow.test_notices import ALL, RETAILER, SWITCHED_ON, VENDOR, switch, until
from tests.post_office import PostOffice, certificate, content, post_office
from tests.town import Town


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


@pytest.fixture
def town(tmp_path: Path, empty_sqlite_url: str, office: PostOffice) -> Town:
    town = Town(tmp_path / "town", empty_sqlite_url)
    switch(town, SWITCHED_ON, ALL)
    town.declare("mail", office.declaration())
    return town


def text_of(town: Town, name: str, text: str) -> None:
    folder = town.root / "notices"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_can_be_looked_at(town: Town, kind: NoticeKind) -> None:
    told = town.command("notice", "preview", kind.value).out
    assert told.startswith("Subject: ")
    assert "Locate Retail" in told
    assert "{" not in told
    assert "\\n" not in told
    assert len(told.splitlines()) > 5
    html = town.command("notice", "preview", kind.value, "--html").out
    assert html.startswith("<!doctype html>")
    assert "{" not in html


def test_a_vendor_reads_dates_and_amounts_as_its_formats_say(town: Town) -> None:
    path = town.root / "organization.yaml"
    formats = "    user: redpanda\n    date_format: DD.MM.YYYY\n    number_format: 1.234,56\n    language: de\n"
    path.write_text(path.read_text().replace("    user: redpanda\n", formats))
    text_of(town, "vendor_cost_change.de.txt", "Subject: Neue Kosten\n{{ entries[0].before|amount('EUR') }} {{ made_at|day }}\n")
    told = town.command("notice", "preview", "vendor_cost_change", "--vendor", "257").out
    assert told == "Subject: Neue Kosten\n\n€ 8,98 22.06.2026\n"


def test_a_text_of_the_workspace_is_preferred_and_what_partners_wrote_is_escaped_in_html(town: Town) -> None:
    text_of(town, "retailer_change.txt", "Subject: {{ entries[0].note }}\n{{ count }}\n")
    text_of(town, "retailer_change.html", "<p>{{ '<b>' ~ entries[0].note ~ '</b>' }}</p>\n")
    assert town.command("notice", "preview", "retailer_change").out == "Subject: Held: Backordered\n\n1\n"
    assert town.command("notice", "preview", "retailer_change", "--html").out == "<p>&lt;b&gt;Held: Backordered&lt;/b&gt;</p>\n"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("retailer_change.txt", "Subject: x\n\n{{ ordr }}\n", "notices/retailer_change.txt:3: unknown name 'ordr'"),
        ("retailer_change.txt", "Subject: {{ organization.nam }}\n", "notices/retailer_change.txt:1: unknown part of organization 'nam'"),
        (
            "retailer_change.txt",
            "Subject: x\n{% for it in entries %}\n{{ it.ordr }}\n{% endfor %}\n",
            "notices/retailer_change.txt:3: unknown part of it 'ordr'",
        ),
        ("retailer_change.txt", "Subject: x\n{% for it in entries %}\n", "notices/retailer_change.txt:2: "),
        ("retailer_change.txt", "Subject: x\n{{ count|dya }}\n", "notices/retailer_change.txt:2: "),
        ("retailer_change.txt", "Good morning\n", "notices/retailer_change.txt:1: the first line must be the subject"),
        ("retailer_change.txt", "Subject: x\n{{ range(9) }}\n", "notices/retailer_change.txt:2: unknown name 'range'"),
        ("retailer_change.txt", "Subject: x\n\n{{ count / 0 }}\n", "notices/retailer_change.txt:3: cannot be rendered"),
        ("retailer_change.txt", "Subject: x\n{{ kind.__class__ }}\n", "notices/retailer_change.txt:2: "),
        ("retailer_chnage.txt", "Subject: x\n", "notices/retailer_chnage.txt: is the text of no notice"),
    ],
)
def test_what_is_wrong_in_a_text_is_told_with_file_and_line(town: Town, name: str, text: str, told: str) -> None:
    text_of(town, name, text)
    assert told in town.command("notice", "check", ends=2).err
    if name.startswith("retailer_change."):
        said = town.command("notice", "preview", "retailer_change", ends=2).err
        assert told in said
        assert "Error" not in said
    assert told in town.command("connector", "check", ends=2).err


def test_a_text_that_fails_on_a_mail_is_replaced_by_the_shipped_one(town: Town, office: PostOffice) -> None:
    text_of(town, "vendor_new_order.txt", "Subject: x\n{{ 1 / (2 - entries[0].lines) if entries[0].order != 'AB10747' else 1 / 0 }}\n")
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    until(town, lambda: bool(office.mails))
    assert office.mails[0]["Subject"] == "1 new purchase order"


def test_the_mail_server_is_tried_with_one_mail(town: Town, office: PostOffice) -> None:
    told = json.loads(town.command("notice", "test", "--to", "nina@retailer.example", "--kind", "vendor_new_order", "--json").out)
    assert office.recipients == ["nina@retailer.example"]
    assert office.mails[0]["Message-ID"] == told["message_id"]
    assert "AB10747" in content(next(office.mails[0].iter_parts()))
    assert "not an e-mail address" in town.command("notice", "test", "--to", "nina", ends=2).err
    office.refused["nina@retailer.example"] = "550 no such user"
    assert "550 no such user" in town.command("notice", "test", "--to", "nina@retailer.example", ends=6).err


def test_the_connector_test_reaches_encrypts_and_logs_in(town: Town, tmp_path: Path) -> None:
    tls, pem = certificate(tmp_path)
    secrets = town.root / "var/secrets"
    secrets.mkdir(parents=True)
    for name, text in (("mail-password", "open sesame\n"), ("mail-ca", pem)):
        (secrets / name).write_text(text)
        (secrets / name).chmod(0o600)
    with post_office(tls=tls, login=True) as office:
        more = ", user: gateway, password: secret:mail-password, ca: secret:mail-ca"
        town.declare("mail", office.declaration(security="starttls", more=more))
        told = town.command("connector", "test", "mail").out
    assert "as gateway" in told
    assert "TLSv1.3, certificate checked" in told


def test_what_is_told_is_listed_with_its_mail(town: Town, office: PostOffice) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    until(town, lambda: bool(office.mails))
    [row] = json.loads(town.command("notice", "list", "--json").out)
    assert (row["kind"], row["vendor"], row["about"], row["state"]) == ("vendor_new_order", "257", "order AB10747", "sent")
    assert json.loads(town.command("notice", "list", "--waiting", "--json").out) == []
    assert "vendor_new_order" in town.command("outbox", "list", "--connector", "mail").out
    assert office.recipients == [VENDOR]
    assert RETAILER not in office.recipients


@pytest.mark.parametrize(
    ("connector", "told"),
    [
        (
            "connector: mail\npartner: {name: M}\nendpoint: {transport: mail, host: mail.x.example, sender: nobody}\n",
            "not an e-mail address",
        ),
        (
            "connector: mail\npartner: {name: M}\nendpoint: {transport: mail, host: m.example, sender: a@b.example, security: none}\n",
            "of this machine",
        ),
        (
            "connector: mail\npartner: {name: M}\nendpoint: {transport: mail, host: m.example, sender: a@b.example, user: x}\n",
            "belong together",
        ),
        (
            "connector: mail\npartner: {name: M, vendor: '257'}\nendpoint: {transport: mail, host: m.example, sender: a@b.example}\n",
            "notices only",
        ),
    ],
)
def test_a_wrong_mail_server_is_told_with_its_line(town: Town, connector: str, told: str) -> None:
    town.declare("mail", connector)
    assert told in town.command("connector", "check", ends=2).err


def test_notices_without_a_mail_server_or_an_address_are_told(town: Town) -> None:
    (town.root / "connectors/mail.yaml").unlink()
    path = town.root / "organization.yaml"
    path.write_text(path.read_text().replace(f"  email: {RETAILER}\n", ""))
    told = town.command("connector", "check", ends=2).err
    assert "there is no connectors/mail.yaml" in told
    assert "no address under 'email'" in told


def test_the_mails_are_a_job_like_the_others(town: Town, office: PostOffice) -> None:
    found = {row["name"]: row for row in json.loads(town.command("job", "list", "--json").out)}
    assert found["mail/notices"]["title"] == "Notices by e-mail"
    town.command("job", "pause", "mail/notices", "--reason", "the server moves")
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    assert office.mails == []
    assert "Success" in town.command("job", "run", "mail/notices").out
    assert office.recipients == [VENDOR]
