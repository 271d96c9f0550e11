"""`gateway serve`: the node itself, until it is stopped, or once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer

from gateway.cli.demo import require_simulator
from gateway.cli.exits import Exit
from gateway.cli.output import Form, complain, say, show_json, tell
from gateway.cli.session import AsJson, session_of
from gateway.kernel.errors import ConfigError
from gateway.kernel.instants import retold

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.config import Workspace
    from gateway.config.settings import WebSettings
    from gateway.runtime import Node, Summary


def serve(
    context: typer.Context,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Do what is to be done now, then end: poll, book, gather what is due, deliver.")
    ] = False,
    with_simulator: Annotated[
        bool,
        typer.Option(
            "--with-simulator", help="Let the partners marked `simulated: true` play, and tell what happens; with --once, one round."
        ),
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="ROLES", help="Do only a share of the work: poll, book, deliver, web; with commas or repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Poll the connectors, book what comes, gather and deliver what is due.

    With --once: exits with 3 when a file was not taken whole or an outgoing one stopped until a person acts, with 6 when a
    partner refuses us (host key, login), with 4 when one could not be reached or work was put off for a fault of ours.
    """
    from gateway.app import open_gateway
    from gateway.desk.partners import require_right
    from gateway.runtime import roles_of

    roles = roles_of(only or ())
    if with_simulator and only:
        raise ConfigError("--with-simulator plays with a whole node: leave --only away")
    session = session_of(context)
    require_right(session.root)
    workspace = session.workspace
    workspace.make_folders(*workspace.enabled)
    form = Form.of(as_json)
    if with_simulator:
        _serve_with_simulator(workspace, form, Manner.ONCE if once else Manner.ON)
        return
    _tell_who_is_not_there(workspace)
    with open_gateway(workspace) as gateway:
        node = gateway.node(roles)
        if once:
            _end(node.once(), form, zone=session.zone)
            return
        _serve(gateway, node)


def _serve(gateway: Gateway, node: Node, *, told: Callable[[str], None] | None = None) -> None:
    """Until a signal ends it; the console and the API can be used meanwhile. `told` gets the address."""
    from gateway.web import listening

    _stop_on_signals(node)
    with listening(gateway, node) as address:
        if address is not None:
            (told or partial(_tell_how_to_begin, gateway))(address)
        node.serve()


def _tell_how_to_begin(gateway: Gateway, address: str) -> None:
    """The link for the first person, while there is none."""
    from gateway.desk.invitations import setup_token

    token = setup_token(gateway.store, gateway.clock)
    if token is not None:
        begin = opened_at(gateway.workspace.settings.web, address)
        complain(f"Nobody can sign in yet. Add the first person here, once, within the hour: {begin}/setup/{token}")


def opened_at(web: WebSettings, address: str) -> str:
    """Where a browser opens the console: under its name where that has HTTPS, which passwords need elsewhere than on this machine.

    >>> opened_at(WebSettings(), "http://0.0.0.0:8420")
    'http://127.0.0.1:8420'
    """
    name, parts = next(iter(web.hosts), None), urlsplit(address)
    if name is not None and web.proxies:
        return f"https://{name}"
    if name is not None and web.certificate is not None:
        return f"https://{name}:{parts.port}"
    if ip_address(parts.hostname or "").is_unspecified:
        return f"{parts.scheme}://{'127.0.0.1' if parts.hostname == '0.0.0.0' else '[::1]'}:{parts.port}"  # noqa: S104 (read, not bound)
    return address


def _tell_who_is_not_there(workspace: Workspace) -> None:
    """Partners that only the simulator plays cannot be reached before it has run; everybody else is served."""
    for connector in workspace.enabled:
        if connector.simulated and workspace.secret_problems(connector):
            name = connector.connector
            complain(f"{name} is played by the simulator and has no keys yet: run gateway serve --with-simulator, or set enabled: false")


class Manner(Enum):
    """Until it is stopped, or one round."""

    ON = "on"
    ONCE = "once"


def _serve_with_simulator(workspace: Workspace, form: Form, manner: Manner) -> None:
    """The story takes the place of the log, which only tells of errors: what is refused is part of the story."""
    require_simulator()
    from gateway.config.logs import configure_logs
    from gateway.config.settings import LogLevel
    from gateway.runtime import Role
    from gateway.simulator.demo import accompanied, one_round
    from gateway.simulator.people import people_of_demo

    settings = workspace.settings.log
    if settings.level is LogLevel.INFO:
        configure_logs(settings.model_copy(update={"level": LogLevel.ERROR}), partners=workspace.partner_names)
    announce = complain if form is Form.JSON else tell
    if manner is Manner.ONCE:
        _end(one_round(workspace, announce), form, zone=ZoneInfo(workspace.reference.organization.zone))
        return
    with accompanied(workspace, announce) as (gateway, node):
        people = people_of_demo(gateway) if node.roles & {Role.WEB} else ()

        def tell_how_to_look(address: str) -> None:
            announce(f"Open {address} in a browser and sign in as one of these:")
            for it in people:
                announce(f"  {it.id:<9} {it.password:<40} {it.does}")

        announce("Simulated partners are at play. Look around in a second terminal: gateway order list. Stop it with Ctrl-C.")
        _serve(gateway, node, told=tell_how_to_look if people else None)
    announce("Stopped. The next run goes on from here.")


def _stop_on_signals(node: Node) -> None:
    """Ctrl-C and SIGTERM end the node in good order; nothing depends on it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: node.stop())


def _end(summary: Summary, form: Form, *, zone: ZoneInfo) -> None:
    if form is Form.JSON:
        show_json(summary)
    else:
        for line in _lines(summary, zone):
            say(line)
    if summary.has_refusals or summary.stopped or summary.unanswered:
        raise typer.Exit(Exit.DATA_REFUSED)
    if summary.refused:
        raise typer.Exit(Exit.POLICY)
    if summary.is_cut_off:
        raise typer.Exit(Exit.UNAVAILABLE)


def _lines(summary: Summary, zone: ZoneInfo) -> Iterator[str]:
    """What a bounded run did, and what is left to be done by whom."""
    yield f"Files: {_counted(summary.files)}. Outgoing: {_counted(summary.items)}."
    for channel, reason in summary.unreachable.items():
        yield f"{channel} is held up: {retold(reason, zone)}"
    if summary.outbound_held:
        yield retold(f"{summary.outbound_held[:1].upper()}{summary.outbound_held[1:]}", zone)
    if summary.unripe:
        yield f"{summary.unripe} file(s) are not complete yet and stay where they are; the next run looks again."
    for channel, waits in summary.waits.items():
        yield f"{channel}: {'; '.join(waits)}"
    for vendor, lines in summary.unsent.items():
        told = f"{lines} new line(s) of vendor {vendor} wait"
        if vendor in summary.to_print:
            yield f"{told} to be printed: gateway slip generate {vendor}"
        else:
            yield f"{told}; no channel at work sends it orders: gateway connector list"
    if summary.has_refusals:
        yield "Look at what was not taken with: gateway message list"
    if summary.stopped:
        yield f"{summary.stopped} outgoing file(s) stopped until a person acts: gateway outbox list --state conflict --state parked"
    if summary.unanswered:
        yield f"{summary.unanswered} file(s) have no answer, since it could not be made: gateway message list --unanswered"
    if summary.put_off:
        yield f"Put off for a fault of ours, tried again by itself: {_counted(summary.put_off)}. Why: the log, and gateway message show"
    if summary.undelivered:
        yield f"{summary.undelivered} item(s) wait for delivery: gateway outbox list"


def _counted(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"
