"""The listener as a thread of its own beside a serving node; it begins and ends with it, and nothing depends on it."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from gateway.kernel.errors import ConfigError
from gateway.kernel.roles import Role

if TYPE_CHECKING:
    from uvicorn import Server

    from gateway.app import Gateway
    from gateway.runtime import Node

log = structlog.get_logger()

GRACE = 1
"""Seconds that answers under way may take when the node ends."""
PATIENCE = 5.0
AGAIN = 3.0
"""Seconds until a port that was taken is tried again."""
BACKLOG = 64


class NotListening(ConfigError):
    """The address cannot be listened on: taken by somebody else, or none of this machine."""


@contextmanager
def listening(gateway: Gateway, node: Node) -> Iterator[str | None]:
    """Answer while the body runs; gives the address. None where `[web]` is off, or where its port is taken: that is
    told, and tried again until it is free.

    NotListening for a process that has nothing else to do.
    """
    does_nothing_else = node.roles == {Role.WEB}
    if not node.parts.workspace.settings.web.enabled and does_nothing_else:
        raise NotListening("this process shall only listen, and listening is switched off: set enabled = true in [web]")
    if Role.WEB not in node.roles or not node.parts.workspace.settings.web.enabled:
        yield None
        return
    try:
        taken = _bound(node)
    except NotListening as error:
        if does_nothing_else:
            raise
        log.warning("web_not_listening", reason=str(error))
        with _listening_later(gateway, node):
            yield None
        return
    with serving(gateway, node, taken) as address:
        yield address


@contextmanager
def _listening_later(gateway: Gateway, node: Node) -> Iterator[None]:
    """Answer as soon as the port is free, while the body runs."""
    ended = threading.Event()
    thread = threading.Thread(target=_listen_later, args=(gateway, node, ended), name="web-later", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(PATIENCE + AGAIN)


def _listen_later(gateway: Gateway, node: Node, ended: threading.Event) -> None:
    with ExitStack() as stack:
        while not ended.wait(AGAIN):
            with suppress(NotListening):
                stack.enter_context(serving(gateway, node, _bound(node)))
                break
        ended.wait()


@contextmanager
def serving(gateway: Gateway, node: Node, taken: socket.socket) -> Iterator[str]:
    """Answer on this socket while the body runs."""
    server = _server(gateway, node)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, name="web", daemon=True)
    thread.start()
    host, port = taken.getsockname()[:2]
    scheme = "http" if node.parts.workspace.settings.web.certificate is None else "https"
    address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    log.info("web_listening", address=address)
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def _bound(node: Node) -> socket.socket:
    """The socket, before any thread begins, so that who starts us hears at once why not."""
    web = node.parts.workspace.settings.web
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    try:
        return socket.create_server((web.host, web.port), family=family, backlog=BACKLOG)
    except OSError as error:
        why = "another process listens there already" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise NotListening(f"{web.host}:{web.port}: {why}; choose another port in [web], or set enabled = false") from error


def _server(gateway: Gateway, node: Node) -> Server:
    import uvicorn

    from gateway.web.application import application

    web = gateway.workspace.settings.web
    config = uvicorn.Config(
        application(gateway, node),
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ssl_certfile=web.certificate and gateway.workspace.paths.root / web.certificate,
        ssl_keyfile=web.key and gateway.workspace.paths.root / web.key,
        limit_concurrency=BACKLOG,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)
