"""Retailer and vendors for the demo and the partner tests; needs the extra `demo` (asyncssh)."""

from __future__ import annotations

from gateway.simulator.sftp import Account, SftpServer

__all__ = ["Account", "SftpServer"]
