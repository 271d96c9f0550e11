"""E-mail notices (sdf 8.4): from what was noted to finished messages in the outbox; how they read is in texts that people may change."""

from __future__ import annotations

from gateway.notices.making import JOB, Mailing, Mailroom, has_work, make_all
from gateway.notices.message import Letter, as_bytes
from gateway.notices.sample import sample_of
from gateway.notices.texts import FOLDER, Rendered, Texts
from gateway.notices.view import view

__all__ = ["FOLDER", "JOB", "Letter", "Mailing", "Mailroom", "Rendered", "Texts", "as_bytes", "has_work", "make_all", "sample_of", "view"]
