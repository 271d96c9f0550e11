"""Moves bytes between us and a partner's folders or servers; decides nothing.

A transport is named in a connector (`transport: sftp`). The table holds import strings, so a transport's library is
imported when it is first used; other packages add theirs through the entry point group `gateway.transports`.
"""

from __future__ import annotations

from gateway.transports.ability import TRIAL, Ability, Ask, Learns, Looks, Renames, shortfalls
from gateway.transports.base import (
    AlgorithmsRefused,
    CannotRename,
    Fact,
    FileExists,
    FolderMissing,
    MakesFolders,
    NamesFirst,
    NoSuchFile,
    Posts,
    Probe,
    RemoteFile,
    RemotePath,
    ShownKey,
    ShowsKey,
    Stat,
    TakesMany,
    Transport,
    Watch,
    Watchable,
    is_plain_name,
    shown,
    unshown,
)
from gateway.transports.keep import Connections
from gateway.transports.kinds import Kind, kind_of, known_kinds, open_transport, options_for
from gateway.transports.memory import MemoryServer, MemoryTransport
from gateway.transports.options import Deadlines, FolderOptions, LookMode, MailOptions, Pin, RenameMode, Security, SftpOptions
from gateway.transports.probe import Result, Step, probe

__all__ = [
    "TRIAL",
    "Ability",
    "AlgorithmsRefused",
    "Ask",
    "CannotRename",
    "Connections",
    "Deadlines",
    "Fact",
    "FileExists",
    "FolderMissing",
    "FolderOptions",
    "Kind",
    "Learns",
    "LookMode",
    "Looks",
    "MailOptions",
    "MakesFolders",
    "MemoryServer",
    "MemoryTransport",
    "NamesFirst",
    "NoSuchFile",
    "Pin",
    "Posts",
    "Probe",
    "RemoteFile",
    "RemotePath",
    "RenameMode",
    "Renames",
    "Result",
    "Security",
    "SftpOptions",
    "ShownKey",
    "ShowsKey",
    "Stat",
    "Step",
    "TakesMany",
    "Transport",
    "Watch",
    "Watchable",
    "is_plain_name",
    "kind_of",
    "known_kinds",
    "open_transport",
    "options_for",
    "probe",
    "shortfalls",
    "shown",
    "unshown",
]
