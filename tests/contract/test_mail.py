"""The transport `mail` against a real SMTP dialogue: what is handed over, what is refused, and how each refusal is told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.kernel.errors import Answered, EndpointDown, LoginRefused, PolicyRefused
from gateway.kernel.mailbox import read_mailbox
from gateway.kernel.secret import Secret
from gateway.notices import Letter, as_bytes
from gateway.transports import MailOptions, Posts, RemotePath, Security, open_transport
from tests.post_office import PostOffice, certificate, content, post_office

SENDER = "Locate Retail <noreply@retailer.example>"


def a_letter(to: str = "Lee Panda <orders@redpanda.example>", **values: str) -> bytes:
    told = {"subject": "2 new purchase orders", "text": "AB10747\n", "html": "<p>AB10747</p>", **values}
    at = datetime(2026, 6, 22, 14, 5, tzinfo=UTC)
    letter = Letter(idem="notice:1", sender=read_mailbox(SENDER), to=read_mailbox(to), reply_to=None, at=at, **told)
    return as_bytes(letter)


def options(office: PostOffice, **values: object) -> MailOptions:
    told = {
        "host": "127.0.0.1",
        "port": office.port,
        "security": Security.NONE,
        "sender": SENDER,
        "timeout": timedelta(seconds=5),
        **values,
    }
    return MailOptions(**told)  # type: ignore[arg-type]  # the table above says what each is


def send(told: MailOptions, *letters: bytes) -> None:
    transport = open_transport("mail", told)
    assert isinstance(transport, Posts)
    try:
        for letter in letters:
            transport.post(io.BytesIO(letter))
    finally:
        transport.close()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


def test_a_message_is_handed_over_to_the_recipient_it_names(office: PostOffice) -> None:
    send(options(office), a_letter())
    [mail] = office.mails
    assert office.recipients == ["orders@redpanda.example"]
    assert str(mail["From"]) == "Locate Retail <noreply@retailer.example>"
    assert str(mail["To"]) == "Lee Panda <orders@redpanda.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@retailer.example>")
    text, html = mail.iter_parts()
    assert (content(text), html.get_content_type()) == ("AB10747\n", "text/html")


def test_a_message_made_again_of_the_same_cause_is_the_same_to_the_byte() -> None:
    assert a_letter() == a_letter()


def test_several_messages_share_a_session_and_an_ended_session_is_replaced(office: PostOffice) -> None:
    send(options(office), a_letter(), a_letter(subject="two"))
    assert (office.sessions, len(office.mails)) == (1, 2)
    transport = open_transport("mail", options(office))
    transport.post(io.BytesIO(a_letter()))
    transport._client.quit()  # as a server does that has waited too long
    transport.post(io.BytesIO(a_letter()))
    transport.close()
    assert (office.sessions, len(office.mails)) == (3, 4)


def test_nothing_that_partners_wrote_becomes_a_header(office: PostOffice) -> None:
    evil = "held\r\nBcc: thief@evil.example\r\n\r\nbody"
    send(options(office), a_letter(subject=evil, text=evil + "\r\n.\r\nQUIT\r\n"))
    [mail] = office.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "held Bcc: thief@evil.example body"
    assert office.recipients == ["orders@redpanda.example"]
    assert "thief@evil.example" in content(next(mail.iter_parts()))


def test_long_lines_and_any_letters_travel_whole_in_short_plain_lines(office: PostOffice) -> None:
    text = "Grüße, 注文, ✓ " * 400
    send(options(office), a_letter(to="Żółć Ltd <orders@bücher.example>", subject="Auftrag 注文 " * 12, text=text, html=f"<p>{text}</p>"))
    [mail], [raw] = office.mails, office.raw
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert content(next(mail.iter_parts())) == text.strip("\n") + "\n"
    assert str(mail["To"]) == "Żółć Ltd <orders@xn--bcher-kva.example>"
    assert str(mail["Subject"]) == ("Auftrag 注文 " * 12).strip()


def test_a_line_of_a_dot_does_not_end_the_message(office: PostOffice) -> None:
    send(options(office), a_letter(text="one\n.\ntwo\n"))
    assert content(next(office.mails[0].iter_parts())) == "one\n.\ntwo\n"


def test_an_address_beyond_ascii_goes_to_a_server_that_takes_it(office: PostOffice) -> None:
    send(options(office), a_letter(to="Jürgen <jürgen@redpanda.example>"))
    assert office.recipients == ["jürgen@redpanda.example"]
    assert "SMTPUTF8" in office.options[0]


def test_an_address_beyond_ascii_is_refused_clearly_where_the_server_cannot() -> None:
    with post_office(utf8=False) as office:
        with pytest.raises(PolicyRefused, match=r"no SMTPUTF8.*jürgen@redpanda\.example"):
            send(options(office), a_letter(to="jürgen@redpanda.example"))
        assert office.mails == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [("450 mailbox busy", Answered), ("452 no room", Answered), ("550 no such user", PolicyRefused), ("421 going down", EndpointDown)],
)
def test_a_refused_recipient_is_later_or_for_good(office: PostOffice, answer: str, error: type[Exception]) -> None:
    office.refused["orders@redpanda.example"] = answer
    with pytest.raises(error, match=answer) as raised:
        send(options(office), a_letter())
    assert type(raised.value) is error
    assert office.mails == []


@pytest.mark.parametrize(("answer", "error"), [("451 try later", Answered), ("554 looks like spam", PolicyRefused)])
def test_a_refused_message_is_later_or_for_good(office: PostOffice, answer: str, error: type[Exception]) -> None:
    office.answers = [answer]
    with pytest.raises(error, match=answer):
        send(options(office), a_letter())
    assert office.mails == []


def test_a_server_that_hangs_up_is_down(office: PostOffice) -> None:
    office.hangs_up = 1
    with pytest.raises(EndpointDown):
        send(options(office), a_letter())


def test_nobody_there_is_down() -> None:
    with post_office() as office:
        gone = options(office)
    with pytest.raises(EndpointDown, match=str(gone.port)):
        send(gone, a_letter())


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_the_way_is_encrypted_and_the_login_goes_inside(tmp_path: Path, security: Security) -> None:
    tls, pem = certificate(tmp_path)
    with post_office(tls=tls, login=True, implicit=security is Security.TLS) as office:
        told = options(office, security=security, ca=Secret(pem), user="gateway", password=Secret("open sesame\n"))
        send(told, a_letter())
        assert office.logins == ["gateway:open sesame"]
        assert len(office.mails) == 1


def test_a_certificate_of_nobody_we_believe_stops_everything(tmp_path: Path) -> None:
    tls, _ = certificate(tmp_path)
    with post_office(tls=tls, login=True) as office:
        with pytest.raises(EndpointDown, match="cannot be trusted"):
            send(options(office, security=Security.STARTTLS, user="gateway", password=Secret("open sesame")), a_letter())
        assert office.logins == []


def test_a_certificate_for_another_name_stops_everything(tmp_path: Path) -> None:
    tls, pem = certificate(tmp_path, name="elsewhere.example")
    with post_office(tls=tls) as office, pytest.raises(EndpointDown, match="cannot be trusted"):
        send(options(office, host="localhost", security=Security.STARTTLS, ca=Secret(pem)), a_letter())


def test_a_server_without_starttls_gets_nothing(office: PostOffice) -> None:
    with pytest.raises(EndpointDown, match="offers no STARTTLS"):
        send(options(office, security=Security.STARTTLS), a_letter())
    assert office.mails == []


def test_a_refused_login_is_told_apart(tmp_path: Path) -> None:
    tls, pem = certificate(tmp_path)
    with post_office(tls=tls, login=True) as office:
        told = options(office, security=Security.STARTTLS, ca=Secret(pem), user="gateway", password=Secret("wrong"))
        with pytest.raises(LoginRefused, match="535"):
            send(told, a_letter())


def test_a_mail_server_has_no_folders(office: PostOffice) -> None:
    transport = open_transport("mail", options(office))
    with pytest.raises(PolicyRefused, match="no folders"):
        next(transport.listing(RemotePath()))
    with pytest.raises(PolicyRefused, match="no folders"):
        transport.put(RemotePath.of("a"), io.BytesIO())
    transport.close()
