"""What one file being read or written carries along: values, issues, the document at hand. One thread, one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.formats import Broken, Fault, Oddity, Plan, Scan, SetScan, Unread
from gateway.formats.base import Addressed, Collect
from gateway.kernel import Issue, Severity
from gateway.mapping.codes import code_for, set_code
from gateway.mapping.readings import Values
from gateway.mapping.spoken import by_name
from gateway.mapping.unfit import Unfit

WRONG: Any = type("Wrong", (), {"__repr__": lambda self: "WRONG", "__bool__": lambda self: False})()
"""Stands in place of a value that was refused, so that it is not reported missing as well."""
SHOWN = 80
_FIELD_OF = {"columns": "columns", "alone": "lines"}
"""Faults of rows and records that invoices have codes of their own for."""
MOST_ISSUES = 200
Out = dict[str, Any]


class RuleAt(Struct, frozen=True):
    """A rule as issues name it: the partner's address, our field, and where it stands."""

    address: str
    field: str
    part: str
    name: str
    label: str
    note: str = ""
    warns: bool = False
    shown: str = ""
    """The address as its sender is told it: without our own signs for where it is looked for."""


class Walks(dict[int, Collect]):
    """The walks of one file by the number of their group, bound when they are first needed."""

    def __init__(self, plans: Sequence[Plan], scan: Scan) -> None:
        super().__init__()
        self._plans, self._scan = plans, scan

    def __missing__(self, number: int) -> Collect:
        walk = self[number] = self._plans[number].bind(self._scan)
        return walk


class Run:
    """The state of one file."""

    __slots__ = (
        "at",
        "document",
        "documents",
        "errors",
        "faulty",
        "file",
        "issues",
        "moulds",
        "n",
        "odd",
        "out",
        "record",
        "rows",
        "scan",
        "seen",
        "sets",
        "sums",
        "trace",
        "turn",
        "unread",
        "values",
        "walks",
    )

    def __init__(self, document: str, values: Values, scan: Scan | None, unread: Unread) -> None:
        self.document = document
        self.values = values
        self.scan = scan
        self.sets = scan if isinstance(scan, SetScan) else None
        self.odd: list[Oddity] = scan.odd if scan is not None else []
        self.unread = unread
        self.issues: list[Issue] = []
        self.errors = 0
        self.faulty: dict[tuple[str, str], str] = {}
        self.out: Any = {}
        self.file: Out = {}
        self.at = ""
        self.rows: Sequence[Any] = ()
        self.documents: Sequence[Any] = ()
        self.n = 0
        self.record = 0
        self.seen: set[str] = set()
        self.trace: list[Any] | None = None
        self.sums: Any = None
        self.turn: Any = None
        self.moulds: Any = None
        self.walks: dict[int, Collect] = {}

    def begin(self) -> None:
        """A new document."""
        if self.issues:
            self.issues = []
        if self.faulty:
            self.faulty = {}
        if self.out:
            self.out = {}
        self.errors = self.n = 0

    def report(self, issue: Issue) -> None:
        """Note an issue; a hopeless document does not fill the memory."""
        if issue.is_error:
            self.errors += 1
        if len(self.issues) < MOST_ISSUES:
            self.issues.append(issue)

    def wrong(self, rule: RuleAt, kind: str, text: str, *, where: str, value: object = "", severity: Severity | None = None) -> None:
        """Note that a value does not obey a rule: one sentence with the partner's address, the value and what is wrong."""
        shown = str(value)[:SHOWN]
        self.faulty.setdefault((rule.part, rule.name), shown)
        code = code_for(self.document, kind, part=rule.part, field=rule.name)
        address = rule.shown or rule.address
        sentence = f"{address}: '{shown}' {text}" if shown else f"{address} {text}"
        if rule.note:
            sentence += f" ({rule.note})"
        judged = severity or (Severity.WARNING if rule.warns else Severity.ERROR)
        self.report(Issue(code, sentence, where, rule.field, shown, kind, rule=rule.label, severity=judged))

    def unfit(self, rule: RuleAt, unfit: Unfit, plan: Plan, node: Any, slot: int | None, raw: object) -> None:
        """Note that a codec refused a value; where one of several addresses held it, by that one."""
        if slot is not None and isinstance(plan, Addressed) and " + " not in rule.address:
            rule = replace(rule, shown=by_name(plan.wants[slot].address))
        self.wrong(rule, unfit.kind, unfit.text, where=self.place(plan, node, slot), value=shown(raw))

    def place(self, plan: Plan, node: Any, slot: int | None) -> str:
        """The partner's place of a slot."""
        return plan.where(node, slot, self.scan) if self.scan is not None else ""

    def fault(self, fault: Fault) -> None:
        """Note what the format found."""
        self.report(issue_of(fault, self.document, of_set=self.sets is not None))

    def settle(self, plan: Plan, node: Any, rules: Mapping[int, RuleAt], out: Out) -> None:
        """Turn what a walk met into issues, or keep it."""
        met, self.odd[:] = list(self.odd), []
        often = Counter(one.index for one in met if one.kind == "repeated")
        said: set[RuleAt] = set()  # the parts of one value are one
        for one in met:
            if one.kind == "unread":
                self._unread(one, plan, node, out)
                continue
            rule = rules.get(one.index)
            where = self.place(plan, node, one.index)
            if rule is None:
                continue
            if one.kind == "differs":
                self.wrong(rule, "differs", "differs from the first row of the document", where=one.where, value=one.value)
                continue
            if one.kind == "mixed":
                self.wrong(rule, "bad_form", "holds elements where a value is expected", where=where, value=one.value)
                out.setdefault(rule.name, WRONG)
            elif (times := often.pop(one.index, 0)) and rule not in said:
                said.add(rule)
                text = f"stands {times + 1} times, the first is taken{_next(one)}"
                self.wrong(rule, "repeated", text, where=where, severity=Severity.WARNING)

    def _unread(self, one: Oddity, plan: Plan, node: Any, out: Out) -> None:
        match self.unread:
            case Unread.KEEP:
                if one.value:
                    out.setdefault("extra", {}).setdefault(one.name.lstrip("@")[:60], one.value[:255])
            case Unread.REFUSE:
                text = f"{one.name} is read by no rule"
                where = one.where or self.place(plan, node, None)
                self.report(Issue(code_for(self.document, "unread"), text, where, value=one.value[:SHOWN], kind="unread"))
            case _:
                if one.name not in self.seen and len(self.seen) < MOST_ISSUES:
                    self.seen.add(one.name)
                    text = f"{one.name} is read by no rule"
                    where = one.where or self.place(plan, node, None)
                    code = code_for(self.document, "unread")
                    self.report(Issue(code, text, where, value=one.value[:SHOWN], kind="unread", severity=Severity.WARNING))


def _next(one: Oddity) -> str:
    """What comes behind the first of several values, and where."""
    if one.value:
        return f"; behind it comes '{one.value[:SHOWN]}'" + (f" ({one.where})" if one.where else "")
    return f"; the next one is {one.where}" if one.where else ""


def shown(raw: object) -> str:
    """What was found, for people."""
    if isinstance(raw, list | tuple):
        return " + ".join(str(part).strip() for part in raw if part is not None)
    return str(raw).strip()


def issue_of(fault: Fault, document: str, *, of_set: bool = False) -> Issue:
    """The issue of what the format found."""
    if of_set:
        return Issue(set_code(fault.kind), fault.text, fault.where, value=fault.value[:SHOWN], kind=fault.kind, severity=fault.severity)
    field = _FIELD_OF.get(fault.kind, "")
    kind = "bad_form" if field else fault.kind
    code = code_for(document, kind, part="Invoice", field=field) if field and document == "invoice" else code_for(document, kind)
    return Issue(code, fault.text, fault.where, value=fault.value[:SHOWN], kind=kind, severity=fault.severity)


__all__ = ["WRONG", "Broken", "Out", "RuleAt", "Run", "issue_of", "shown"]
