"""Booking: the documents of received files into the store, a chunk a commit, each exactly once."""

from __future__ import annotations

from gateway.booking.act import Concern, act, act_in, tell_in
from gateway.booking.chunk import book
from gateway.booking.decide import Known
from gateway.booking.entry import Incoming
from gateway.booking.master import Master
from gateway.booking.redo import redo
from gateway.booking.tally import Failure, Tally
from gateway.booking.trial import trial

__all__ = ["Concern", "Failure", "Incoming", "Known", "Master", "Tally", "act", "act_in", "book", "redo", "tell_in", "trial"]
