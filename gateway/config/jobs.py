"""`[jobs.NAME]` of gateway.toml: whether a timed job runs, and when. Every job has its default time here."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Struct
from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from gateway.config.crontab import Crontab, read_crontab
from gateway.config.schedule import Timetable, read_timetable, read_zone
from gateway.config.values import Duration, Flag, Model, read_duration, write_duration
from gateway.kernel.schedule import Every, Schedule

WHEN = ("every", "at", "cron")
SHORTEST = read_duration("10s")


def _read(read: Any) -> PlainValidator:
    def convert(found: Any) -> Any:  # pydantic hands over whatever stood there
        if isinstance(found, str):
            return read(found)
        if hasattr(found, "text"):
            return found
        raise ValueError("must be one text")

    return PlainValidator(convert)


_AS_TEXT = PlainSerializer(lambda value: value.text, return_type=str, when_used="json")
_TEXT = WithJsonSchema({"type": "string"})

Times = Annotated[Timetable, _read(read_timetable), _AS_TEXT, _TEXT]
Columns = Annotated[Crontab, _read(read_crontab), _AS_TEXT, _TEXT]
Zone = Annotated[str, AfterValidator(read_zone)]


class Timed(Struct, frozen=True, kw_only=True):
    """What is done by the clock: a job of the gateway, or the file that a send channel makes. `by_need`: also as soon as enough waits,
    `asked`: when the partner asks.
    """

    name: str
    title: str
    schedules: tuple[Schedule, ...]
    enabled: bool = True
    by_need: bool = False
    asked: bool = False


class JobSettings(Model):
    """One timed job. Of `every`, `at` and `cron` one is given; without them the job has its default time."""

    enabled: Flag = True
    """false: it runs only when a person asks for it."""
    every: Duration | None = None
    """Every so often, counted from midnight UTC; at least 10s."""
    at: Times | None = None
    """Times, days and a zone: "06:00,12:00 mon-fri America/New_York"."""
    cron: Columns | None = None
    """The five columns of a crontab: "0 6 * * mon-fri"."""
    zone: Zone | None = None
    """Of `at` and `cron`; by default that of the organization."""

    @model_validator(mode="after")
    def _one_time(self) -> JobSettings:
        given = [word for word in WHEN if getattr(self, word) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of {' and '.join(given)}, not both")
        if self.every is not None and self.every < SHORTEST:
            raise ValueError(f"'every' must be at least {write_duration(SHORTEST)}")
        if self.at is not None and self.at.zone and self.zone:
            raise ValueError("the zone stands twice: in 'at' and in 'zone'")
        return self

    def schedules(self, *, zone: str) -> tuple[Schedule, ...]:
        """When it is due, in `zone` where none is named."""
        if self.every is not None:
            return (Every(self.every),)
        if self.at is not None:
            return (self.at.due(zone=self.zone or zone),)
        return (self.cron.due(zone=self.zone or zone),) if self.cron is not None else ()

    @property
    def time(self) -> str:
        """When, as it is written in gateway.toml."""
        if self.every is not None:
            return f'every = "{write_duration(self.every)}"'
        told = self.at or self.cron
        return "" if told is None else f'{"at" if self.at else "cron"} = "{told.text}"'


class DueDatesSettings(JobSettings):
    """The job that watches due dates."""

    ahead: Duration = read_duration("0d")
    """Tell of lines that are due within so many days, not only of those that are past their date."""


class JobsSettings(Model):
    """The timed jobs, by name: `gateway job list`. What send channels make has its times in their connectors."""

    acknowledgements: JobSettings = JobSettings(every=read_duration("5m"))
    """Tells of files that were not acknowledged in time, and sends them again where `acknowledge.resend` of the channel says so."""
    archive: JobSettings = JobSettings(at=read_timetable("03:30"))
    """Removes what nothing refers to from the archive, once it is older than `archive` of `[retention]`."""
    cancel_after: JobSettings = JobSettings(at=read_timetable("00:15"))
    """Cancels what is still new of orders whose day to cancel after has passed, by hand or by file; in the zone of the organization."""
    documents: JobSettings = JobSettings(at=read_timetable("03:00"))
    """Lets pack slips, pull sheets and CSV extracts go that are older than `slips` of `[retention]`."""
    purge: JobSettings = JobSettings(at=read_timetable("04:00"))
    """Erases the personal data of closed orders that are older than `retention_days` of the organization."""
    sessions: JobSettings = JobSettings(every=read_duration("1h"))
    """Forgets sessions, links and failed tries that have run out, and notes in the log where the record of what concerns security ends."""
    workflows: JobSettings = JobSettings(every=read_duration("5m"))
    """Goes on with workflows of orders made by hand that wait for a batch."""
    due_dates: DueDatesSettings = DueDatesSettings(at=read_timetable("06:00"))
    """Tells of lines that are past their due date, each once for each date."""
    expectations: JobSettings = JobSettings(every=read_duration("5m"))
    """Judges what connectors say under `expect`: files that did not come, numbers left out, volumes out of range."""

    @model_validator(mode="before")
    @classmethod
    def _default_times(cls, found: Any) -> Any:
        """A table that names no time has that of its job."""
        if not isinstance(found, dict):
            return found
        return {name: _timed(cls, name, given) for name, given in found.items()}


def _timed(model: type[JobsSettings], name: str, given: Any) -> Any:
    field = model.model_fields.get(name)
    if field is None or not isinstance(given, dict) or any(word in given for word in WHEN):
        return given
    default = {word: value for word in WHEN if (value := getattr(field.default, word)) is not None}
    return given | default
