"""Configuration: what operations people write, read as one checked workspace. Refuses to start on any mistake."""

from __future__ import annotations

from gateway.config.channel import Acknowledge, Answer, Gather, Gathering, Limits, Notices, Ready, Receive, Retry, Send, Take, Wait
from gateway.config.connector import MAIL, NOTICES, Connector
from gateway.config.endpoint import FolderEndpoint, MailEndpoint, MemoryEndpoint, OtherEndpoint, SftpEndpoint
from gateway.config.expect import Expect
from gateway.config.jobs import Timed
from gateway.config.names import FileName, Marker, NameValues
from gateway.config.patterns import FilePattern
from gateway.config.problems import Problem
from gateway.config.schedule import Timetable
from gateway.config.settings import DiskSettings, Settings
from gateway.config.workspace import Paths, Workspace

__all__ = [
    "MAIL",
    "NOTICES",
    "Acknowledge",
    "Answer",
    "Connector",
    "DiskSettings",
    "Expect",
    "FileName",
    "FilePattern",
    "FolderEndpoint",
    "Gather",
    "Gathering",
    "Limits",
    "MailEndpoint",
    "Marker",
    "MemoryEndpoint",
    "NameValues",
    "Notices",
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
