"""Configuration: what operations people write, read as one checked workspace. Refuses to start on any mistake."""

from __future__ import annotations

from gateway.config.channel import Acknowledge, Answer, Gather, Gathering, Limits, Ready, Receive, Retry, Send, Take, Wait
from gateway.config.connector import Connector
from gateway.config.endpoint import FolderEndpoint, MemoryEndpoint, OtherEndpoint, SftpEndpoint
from gateway.config.jobs import Timed
from gateway.config.names import FileName, Marker, NameValues
from gateway.config.patterns import FilePattern
from gateway.config.problems import Problem
from gateway.config.schedule import Timetable
from gateway.config.settings import DiskSettings, Settings
from gateway.config.workspace import Paths, Workspace

__all__ = [
    "Acknowledge",
    "Answer",
    "Connector",
    "DiskSettings",
    "FileName",
    "FilePattern",
    "FolderEndpoint",
    "Gather",
    "Gathering",
    "Limits",
    "Marker",
    "MemoryEndpoint",
    "NameValues",
    "OtherEndpoint",
    "Paths",
    "Problem",
    "Ready",
    "Receive",
    "Retry",
    "Send",
    "Settings",
    "SftpEndpoint",
    "Take",
    "Timed",
    "Timetable",
    "Wait",
    "Workspace",
]
