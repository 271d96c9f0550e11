"""A connector: everything we exchange with one partner, one YAML file (form: docs/reference/connectors)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from gateway.config.api import Api
from gateway.config.channel import Folder, Notices, Receive, Send
from gateway.config.edi import EdiProfile
from gateway.config.endpoint import Endpoint, MailEndpoint
from gateway.config.values import Code, Flag, Model, Name
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown

FREE = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST = 255
MAIL = "mail"
"""The connector of the mail server; there is one."""
NOTICES = "notices"
"""Its only channel."""
C = TypeVar("C", Receive, Send)


def _line(text: str) -> str:
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise ValueError(f"must be one printable line of at most {LONGEST} characters")
    return text


Line = Annotated[str, AfterValidator(_line)]


class Partner(Model):
    """Whom the connector belongs to: a vendor or a system of organization.yaml. Further words are for mappings (`$partner.x`).

    A system may add the one vendor its orders are for: then it is still the system that speaks, and mappings read
    `$partner.vendor`.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Line] = Field(init=False)
    is_party: ClassVar[bool] = True

    name: Line
    """As people know the partner."""
    vendor: Code | None = None
    """The code of a vendor of organization.yaml."""
    system: Code | None = None
    """The code of a system of organization.yaml."""
    contact: Line | None = None
    """Whom to ask."""
    orders_for: Code | None = None
    """The vendor of a system's orders; what `vendor` beside `system` means."""
    edi: EdiProfile | None = None
    """What is agreed about X12 and EDIFACT."""

    @model_validator(mode="before")
    @classmethod
    def _vendor_beside_system(cls, found: Any) -> Any:  # whatever stood there
        if isinstance(found, dict) and found.get("system") and found.get("vendor"):
            return {"orders_for": found["vendor"], **{word: value for word, value in found.items() if word != "vendor"}}
        return found

    @model_validator(mode="after")
    def _one_side(self) -> Partner:
        if self.is_party and (self.vendor is None) == (self.system is None):
            raise ValueError("give either 'vendor' or 'system': the code of the partner in organization.yaml")
        wrong = next((word for word in self.__pydantic_extra__ if not FREE.fullmatch(word)), None)
        if wrong is not None:
            raise ValueError(f"'{wrong}' is not a word for a value; use small letters, digits and underscores")
        return self

    @property
    def values(self) -> Mapping[str, str]:
        """What mappings may read as `$partner.x`, as it stands in the file."""
        known = {"name": self.name, "vendor": self.vendor or self.orders_for, "system": self.system, "contact": self.contact}
        return {word: text for word, text in {**known, **self.__pydantic_extra__}.items() if text is not None}


class MailPartner(Partner):
    """Who runs the mail server: neither a vendor nor a system, for it is nobody we exchange documents with."""

    is_party: ClassVar[bool] = False


class Connector(Model):
    """One partner, one file."""

    connector: Name
    """The name, the same as the file name."""
    enabled: Flag = True
    """false: nothing is polled, gathered or delivered."""
    simulated: Flag = False
    """Played by the built-in simulator, which also makes the secrets this connector names."""
    partner: Partner
    """Who it is."""
    endpoint: Endpoint
    """How the partner is reached."""
    receive: tuple[Receive, ...] = ()
    """Files the partner leaves for us."""
    send: tuple[Send, ...] = ()
    """Files we leave for the partner."""
    api: Api | None = None
    """Messages over HTTP, with a key, beside the files or in their place."""
    notices: Notices = Notices()
    """When e-mails are made; only for the connector with the transport `mail`."""

    @model_validator(mode="before")
    @classmethod
    def _no_partner(cls, found: Any) -> Any:  # whatever stood there
        endpoint = found.get("endpoint") if isinstance(found, dict) else None
        if isinstance(endpoint, dict) and endpoint.get("transport") == "mail" and isinstance(found.get("partner"), dict):
            return {**found, "partner": MailPartner.model_validate(found["partner"])}
        return found

    @model_validator(mode="after")
    def _mail_alone(self) -> Connector:
        if self.is_mail and (self.receive or self.send or self.api or self.partner.vendor or self.partner.system):
            raise ValueError("a mail server takes notices only: no receive, no send, no vendor or system")
        if self.is_mail and self.connector != MAIL:
            raise ValueError(f"there is one mail server; its connector is called {MAIL}")
        if not self.is_mail and (self.connector == MAIL or "notices" in self.model_fields_set):
            raise ValueError(f"the connector called {MAIL} and the word notices are for the transport mail")
        return self

    @property
    def is_mail(self) -> bool:
        """Whether it is the mail server that takes our notices."""
        return isinstance(self.endpoint, MailEndpoint)

    @model_validator(mode="after")
    def _channels(self) -> Connector:
        if self.is_mail:
            return self
        names = [channel.channel for channel in self.channels]
        names += self.api.names if self.api is not None else ()
        if not names:
            raise ValueError("nothing is exchanged: give receive or send")
        if self.api is not None and self.api.orders and self.partner.vendor is None:
            raise ValueError("'api' > 'orders' is for a vendor")
        if self.api is not None and (self.api.changes or self.api.invoices) and self.partner.system is None:
            raise ValueError("'api' > 'changes' and 'invoices' are for a system")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"channel '{twice}' stands twice; names are unique within a connector")
        return self

    @property
    def channels(self) -> tuple[Receive | Send, ...]:
        """All channels, those that receive first."""
        return (*self.receive, *self.send)

    def answer_folders(self, receiving: Iterable[Receive]) -> tuple[Folder, ...]:
        """Where answers to the files of these channels are put, with the acknowledgements of EDI."""
        channels = tuple(receiving)
        found = [channel.answer.folder for channel in channels if channel.answer is not None]
        edi = self.partner.edi
        if channels and edi is not None and edi.answers is not None:
            found.append(edi.answers.folder)
        return tuple(dict.fromkeys(found))

    def taking(self, channel: str) -> Receive | None:
        """The channel by which files of that name came, or messages over HTTP; None where it is not configured any more."""
        return self._takes.get(channel)

    def receiving(self, channel: str) -> Receive:
        """The channel of that name by which files come, or messages over HTTP; ConfigError with the nearest one."""
        return _named(channel, self._takes)

    @property
    def _takes(self) -> Mapping[str, Receive]:
        posted = self.api.receive if self.api is not None else ()
        return {one.channel: one for one in (*self.receive, *(it.channel_of_files for it in posted))}

    def sending(self, channel: str) -> Send:
        """The send channel of that name; ConfigError with the nearest one."""
        return _named(channel, {one.channel: one for one in self.send})


def _named(name: str, channels: Mapping[str, C]) -> C:
    if name not in channels:
        raise ConfigError(unknown(name, channels, what="channel"))
    return channels[name]
