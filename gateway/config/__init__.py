"""Configuration: what operations people write, read as one checked workspace. Refuses to start on any mistake."""

from __future__ import annotations

from gateway.config.channel import Gather, Gathering, Receive, Send, Take
from gateway.config.connector import Connector
from gateway.config.endpoint import FolderEndpoint, MemoryEndpoint, OtherEndpoint, SftpEndpoint
from gateway.config.names import FileName, Marker, NameValues
from gateway.config.patterns import FilePattern
from gateway.config.problems import Problem
from gateway.config.schedule import Schedule
from gateway.config.settings import Settings
from gateway.config.workspace import Paths, Workspace

__all__ = [
    "Connector",
    "FileName",
    "FilePattern",
    "FolderEndpoint",
    "Gather",
    "Gathering",
    "Marker",
    "MemoryEndpoint",
    "NameValues",
    "OtherEndpoint",
    "Paths",
    "Problem",
    "Receive",
    "Schedule",
    "Send",
    "Settings",
    "SftpEndpoint",
    "Take",
    "Workspace",
]
