"""A mail server of a test: a real SMTP dialogue on the loopback, with TLS, logins, refusals and lost answers when they are asked for."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MAIL = """\
connector: mail
partner: {{name: Mail server}}
endpoint: {{transport: mail, host: {host}, port: {port}, security: {security}, sender: "Locate Retail <noreply@retailer.example>"{more}}}
notices: {{every: 1s}}
"""


class PostOffice:
    """What arrived, and how the server answers."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.options: list[list[str]] = []
        self.refused: dict[str, str] = {}
        """Answers to RCPT by address."""
        self.answers: list[str] = []
        """Answers to DATA, one after the other; afterwards 250."""
        self.hangs_up = 0
        """So many times the message is kept and the line is cut before the answer."""
        self.logins: list[str] = []
        self.sessions = 0
        self.lock = threading.Lock()
        self.port = 0

    def declaration(self, *, security: str = "none", host: str = "127.0.0.1", more: str = "") -> str:
        """A connector file for it."""
        return MAIL.format(host=host, port=self.port, security=security, more=more)

    def to(self, address: str) -> list[EmailMessage]:
        """The mails that one recipient got."""
        return [mail for mail, recipient in zip(self.mails, self.recipients, strict=True) if recipient == address]

    async def handle_EHLO(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            body = envelope.content
            assert isinstance(body, bytes)
            with self.lock:
                self.raw.append(body)
                found = message_from_bytes(body, policy=SMTPUTF8)
                assert isinstance(found, EmailMessage)
                self.mails.append(found)
                self.recipients += envelope.rcpt_tos
                self.options.append(list(envelope.mail_options))
        if self.hangs_up:
            self.hangs_up -= 1
            assert server.transport is not None
            server.transport.abort()
        return answer

    def login(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(f"{data.login.decode()}:{data.password.decode()}")
        return AuthResult(success=data.password == b"open sesame", handled=False)


def content(part: EmailMessage) -> str:
    """The text of a part, its lines as in Python."""
    found = part.get_content()
    assert isinstance(found, str)
    return found.replace("\r\n", "\n")


@contextmanager
def post_office(
    *, tls: ssl.SSLContext | None = None, login: bool = False, utf8: bool = True, implicit: bool = False
) -> Iterator[PostOffice]:
    """A server that runs for the length of the block."""
    office = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        office.port = free.getsockname()[1]
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        enable_SMTPUTF8=utf8,
        ssl_context=tls if implicit else None,
        tls_context=None if implicit else tls,
        require_starttls=tls is not None and not implicit,
        authenticator=office.login if login else None,
        auth_required=login and not implicit,  # the library would warn: it does not see the TLS around it
        auth_require_tls=not implicit,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, str]:
    """A server's TLS, and the PEM that a client must believe."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = folder / "server.pem"
    chain.write_bytes(private + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, pem.decode()
