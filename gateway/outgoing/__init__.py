"""What leaves: batches, change feeds, changes for vendors and postings, in files whose name, numbers and bytes are fixed once."""

from __future__ import annotations

from gateway.outgoing.cut import Cut, cut_all, vendor_of
from gateway.outgoing.errand import Errand
from gateway.outgoing.feed import Export, export_all, system_of
from gateway.outgoing.post import Posting, post_all
from gateway.outgoing.reissue import job_of, reissue
from gateway.outgoing.render import Rendered, give_up, numbered_again, render
from gateway.outgoing.renew import CannotRenew, renew_batch
from gateway.outgoing.requests import Told, tell_all
from gateway.outgoing.tools import Job, Tools

__all__ = [
    "CannotRenew",
    "Cut",
    "Errand",
    "Export",
    "Job",
    "Posting",
    "Rendered",
    "Told",
    "Tools",
    "cut_all",
    "export_all",
    "give_up",
    "job_of",
    "numbered_again",
    "post_all",
    "reissue",
    "render",
    "renew_batch",
    "system_of",
    "tell_all",
    "vendor_of",
]
