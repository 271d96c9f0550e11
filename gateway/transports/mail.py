"""Mail through an SMTP server: one message, one recipient, handed over once a try; it has no folders and gives nothing back.

STARTTLS or TLS with the server's certificate checked; a login only inside of it. Not for: what the mail says.
"""

from __future__ import annotations

import platform
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.utils import parseaddr
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from gateway.kernel.errors import Answered, EndpointDown, GatewayError, LoginRefused, PolicyRefused
from gateway.kernel.mailbox import read_mailbox
from gateway.transports.base import Fact, RemoteFile, RemotePath
from gateway.transports.options import Security

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

    from gateway.transports.options import MailOptions

LONGEST = 300
CLOSING = 421
"""The server says good-bye, whatever it was asked."""


def opening(options: MailOptions) -> Generator[Fact, None, MailTransport]:
    """Connect, encrypt, log in; yields a fact after each step, returns the transport."""
    client = _reached(options)
    try:
        yield Fact("reachable", f"{options.host}:{options.at_port} answers")
        yield Fact("encrypted", _encrypted(client, options))
        yield Fact("login", _logged_in(client, options))
    except BaseException:
        client.close()
        raise
    return MailTransport(client, options)


class MailTransport:
    """A session with a mail server. After a refusal or a broken connection it is thrown away."""

    def __init__(self, client: smtplib.SMTP, options: MailOptions) -> None:
        self._client = client
        self._options = options
        self._used = False

    def post(self, body: BinaryIO) -> None:
        """Hand over one message to the recipient it names; the server has taken it when this returns.

        Answered and EndpointDown: later; PolicyRefused: for good. When the connection breaks after the last byte nobody knows
        whether the server has it: the same message goes again, with the same Message-ID.
        """
        message = body.read()
        sender, recipient, is_plain = _envelope(message)
        self._freshen()
        with _told(self._options):
            if not is_plain and not self._client.has_extn("smtputf8"):
                raise PolicyRefused(
                    f"{self._options.host} takes no addresses beyond ASCII (no SMTPUTF8), and {recipient} is one: "
                    "write another address for this recipient, then send it again: gateway outbox retry ID"
                )
            options = [] if is_plain else ["SMTPUTF8", "BODY=8BITMIME"]
            self._must(self._client.mail(sender, options), f"the sender {sender}")
            self._must(self._client.rcpt(recipient), f"the recipient {recipient}")
            self._must(self._client.data(message), "the message")

    def close(self) -> None:
        """Say good-bye, where somebody still listens."""
        with suppress(smtplib.SMTPException, OSError):
            self._client.quit()
        self._client.close()

    def listing(self, folder: RemotePath) -> Iterator[RemoteFile]:
        """There is none."""
        _no_folders()

    def open(self, path: RemotePath) -> AbstractContextManager[BinaryIO]:
        """What was sent cannot be read again."""
        _no_folders()

    def put(self, path: RemotePath, body: BinaryIO) -> None:
        """Mail is posted."""
        _no_folders()

    def rename(self, old: RemotePath, new: RemotePath) -> None:
        """Mail has no name there."""
        _no_folders()

    def remove(self, path: RemotePath) -> None:
        """What was sent is sent."""
        _no_folders()

    def _freshen(self) -> None:
        """A kept session that the server has ended meanwhile is replaced before anything is handed over."""
        if not self._used:
            self._used = True
            return
        with suppress(smtplib.SMTPException, OSError):
            if self._client.rset()[0] == 250:
                return
        self._client.close()
        self._client = _again(self._options)

    def _must(self, answer: tuple[int, bytes], what: str) -> None:
        code, words = answer
        if code >= 300:
            raise _refusal(code, words, f"{self._options.host} does not take {what}")


def _again(options: MailOptions) -> smtplib.SMTP:
    client = _reached(options)
    try:
        _encrypted(client, options)
        _logged_in(client, options)
    except BaseException:
        client.close()
        raise
    return client


def _reached(options: MailOptions) -> smtplib.SMTP:
    seconds, name = options.timeout.total_seconds(), platform.node() or "localhost"
    with _told(options):
        if options.security is Security.TLS:
            return smtplib.SMTP_SSL(options.host, options.at_port, local_hostname=name, timeout=seconds, context=_context(options))
        return smtplib.SMTP(options.host, options.at_port, local_hostname=name, timeout=seconds)


def _encrypted(client: smtplib.SMTP, options: MailOptions) -> str:
    with _told(options):
        client.ehlo_or_helo_if_needed()
        if options.security is Security.STARTTLS:
            if not client.has_extn("starttls"):
                raise EndpointDown(
                    f"{options.host} offers no STARTTLS, and nothing is sent in the clear: write `security: tls`, "
                    "or `security: none` for a server of your own machine"
                )
            client.starttls(context=_context(options))
            client.ehlo()
    sock = client.sock
    return f"{sock.version()}, certificate checked" if isinstance(sock, ssl.SSLSocket) else "no, as the connector says"


def _logged_in(client: smtplib.SMTP, options: MailOptions) -> str:
    if options.user is None or options.password is None:
        return "none is asked for"
    try:
        with _told(options):
            client.login(options.user, options.password.reveal().strip())
    except smtplib.SMTPAuthenticationError as error:
        told = f"{options.host} refuses the login of {options.user}: {_words(error.smtp_code, error.smtp_error)}"
        raise (LoginRefused(told) if error.smtp_code >= 500 else Answered(told)) from error
    return f"as {options.user}"


def _context(options: MailOptions) -> ssl.SSLContext:
    """Certificates of the usual authorities, or of the one that the connector names and nobody else."""
    try:
        return ssl.create_default_context(cadata=options.ca.reveal() if options.ca is not None else None)
    except ssl.SSLError as error:
        raise PolicyRefused(f"the secret under `ca` holds no certificate: {error.reason}") from error


def _envelope(message: bytes) -> tuple[str, str, bool]:
    """Whom the message names, and whether its header needs nothing beyond ASCII."""
    header = message.partition(b"\r\n\r\n")[0]
    told = message_from_bytes(header)
    found = [read_mailbox(parseaddr(_text(told.get_all(name, []), header, name))[1]).address for name in ("From", "To")]
    return found[0], found[1], header.isascii()


def _text(values: Sequence[object], header: bytes, name: str) -> str:
    """The one value of a header, as text even where it is raw UTF-8."""
    if len(values) != 1:
        raise PolicyRefused(f"the message has {len(values)} headers {name}; one is needed")
    if header.isascii():
        return str(values[0])
    lines = header.decode("utf-8").replace("\r\n ", " ").split("\r\n")
    return next(line.partition(":")[2].strip() for line in lines if line.lower().startswith(f"{name.lower()}:"))


@contextmanager
def _told(options: MailOptions) -> Iterator[None]:
    """Errors of the library and the network leave as ours."""
    try:
        yield
    except (GatewayError, smtplib.SMTPAuthenticationError):
        raise
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error, f"{options.host} says no") from error
    except ssl.SSLCertVerificationError as error:
        raise EndpointDown(
            f"the certificate of {options.host} cannot be trusted ({error.verify_message}), and nothing was sent: "
            "mend the server, or name its authority under `ca`"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise EndpointDown(f"{options.host}: {error}") from error
    except (smtplib.SMTPException, OSError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise EndpointDown(f"{options.host}:{options.at_port}: {words[:LONGEST]}") from error


def _refusal(code: int, words: bytes | str, what: str) -> GatewayError:
    """4xx: another time; 5xx: not this message, not this way."""
    told = f"{what}: {_words(code, words)}"
    if code == CLOSING:
        return EndpointDown(told)
    if code < 500:
        return Answered(told)
    return PolicyRefused(f"{told}. Mend the address or ask the people of the mail server, then: gateway outbox retry ID")


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:LONGEST]


def _no_folders() -> NoReturn:
    raise PolicyRefused("a mail server has no folders: channels that receive or send files belong to another connector")
