"""Intake: a partner's file into the archive, to its mapping, to booking, and its answer."""

from __future__ import annotations

from gateway.intake.answer import Answerer
from gateway.intake.collect import Collector
from gateway.intake.interchanges import Door
from gateway.intake.process import Processor
from gateway.intake.reading import Reader, origin_of
from gateway.intake.room import IntakeStopped, Room, disks
from gateway.intake.spot import Collected, Spot

__all__ = ["Answerer", "Collected", "Collector", "Door", "IntakeStopped", "Processor", "Reader", "Room", "Spot", "disks", "origin_of"]
