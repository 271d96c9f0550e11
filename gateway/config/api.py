"""What a partner exchanges over HTTP: messages it posts and is answered at once, and what it asks for; the `api:` of a connector."""

from __future__ import annotations

from typing import Annotated

from pydantic import WithJsonSchema, model_validator

from gateway.config.channel import Acknowledge, Gather, Limits, Mappings, Receive, Send, User, Wait
from gateway.config.names import read_file_name
from gateway.config.patterns import read_pattern
from gateway.config.values import Count, Flag, Model, Name
from gateway.domain.origin import Via

FOLDER = "api"
"""Where a posted message would lie, were it a file."""
ORDERS, CHANGES, INVOICES = "api-orders", "api-changes", "api-invoices"
"""The channels under which stands what was asked for over HTTP."""
POSTED = Limits.model_validate({"size": "10MB", "rows": "100000"})


class ApiReceive(Model):
    """Messages that the partner posts: read, booked and told like files, and answered in the same request."""

    channel: Name
    """The name of the channel in tables, logs and commands."""
    mapping: Mappings
    """The layouts to try, in this order; the first that fits reads the message."""
    answer: Name
    """The layout of the answer."""
    wait: Wait = Wait()
    """How long a document may wait for another one; by default it does not."""
    via: Annotated[Via, WithJsonSchema({"enum": ["message", "upload"]})] = Via.MESSAGE
    """`message` acts as a system (history source WS), `upload` as a person at the portal (UI)."""
    user: User | None = None
    """Who the messages act as; by default the vendor's integration user, or Admin."""

    @property
    def channel_of_files(self) -> Receive:
        """The same as a channel of files, by which everything else knows it; nobody looks into its folder."""
        return Receive(
            channel=self.channel,
            folder=FOLDER,
            files=(read_pattern("*"),),
            mapping=self.mapping,
            wait=self.wait,
            via=self.via,
            user=self.user,
            limits=POSTED,
        )


class ApiOrders(Model):
    """New orders that a vendor asks for (getDSOrders)."""

    mapping: Name
    """The layout of the batch."""
    asks: Name = "getdsorders"
    """The layout of the request."""
    most: Count | None = None
    """The most orders in one answer; the vendor's own limit applies too."""
    acknowledge: Acknowledge = Acknowledge()
    """Whether and when the vendor must acknowledge each batch."""

    @property
    def channel_of_files(self) -> Send:
        """The same as a channel of files."""
        return Send(
            channel=ORDERS,
            folder=FOLDER,
            mapping=self.mapping,
            gather=Gather(new_orders=True, asked=True, most=self.most),
            file=read_file_name("orders_{batch:06}"),
            acknowledge=self.acknowledge,
        )


class ApiChanges(Model):
    """Changes that a system asks for (GetDSChanges)."""

    mapping: Name
    """The layout of the changes."""
    asks: Name = "getdschanges"
    """The layout of the request."""
    most: Count = 1000
    """The most changes in one answer."""

    @property
    def channel_of_files(self) -> Send:
        """The same as a channel of files."""
        return Send(
            channel=CHANGES,
            folder=FOLDER,
            mapping=self.mapping,
            gather=Gather(changes=True, asked=True, most=self.most),
            file=read_file_name("changes_{sequence:06}"),
        )


class ApiInvoices(Model):
    """Approved invoices that a system asks for (GetDSInvoices)."""

    mapping: Name
    """The layout of the invoices."""
    asks: Name = "getdsinvoices"
    """The layout of the request."""
    most: Count = 1000
    """The most invoices in one answer."""

    @property
    def channel_of_files(self) -> Send:
        """The same as a channel of files."""
        return Send(
            channel=INVOICES,
            folder=FOLDER,
            mapping=self.mapping,
            gather=Gather(approved_invoices=True, now=True, most=self.most),
            file=read_file_name("invoices_{sequence:06}"),
        )


class Api(Model):
    """What a partner exchanges over HTTP with a key."""

    enabled: Flag = True
    """false: nothing is taken or given over HTTP."""
    receive: tuple[ApiReceive, ...] = ()
    """Messages the partner posts."""
    orders: ApiOrders | None = None
    """For a vendor: new orders are given when it asks."""
    changes: ApiChanges | None = None
    """For a system: changes are given when it asks."""
    invoices: ApiInvoices | None = None
    """For a system: approved invoices are given when it asks, and are Posted by it."""

    @model_validator(mode="after")
    def _something(self) -> Api:
        if not self.receive and self.orders is None and self.changes is None and self.invoices is None:
            raise ValueError("nothing is exchanged: give receive, orders, changes or invoices")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its channels."""
        asked = ((ORDERS, self.orders), (CHANGES, self.changes), (INVOICES, self.invoices))
        return (*(it.channel for it in self.receive), *(name for name, it in asked if it is not None))
