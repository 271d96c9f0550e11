"""Layouts of partners: one YAML file says how a file is read into our documents and written from them (mapping-language.md)."""

from __future__ import annotations

from gateway.formats import Identity
from gateway.mapping.codes import WHOLE_FILE, code_for
from gateway.mapping.drafted import by_hole
from gateway.mapping.identify import formless, identify, stranger, told_once
from gateway.mapping.library import Library, load_mapping
from gateway.mapping.program import Mapping
from gateway.mapping.proof import moulds_of, stencils
from gateway.mapping.readings import UNKNOWN, Preflight, Problem, Reading, Values
from gateway.mapping.several import OneOrSeveral, Several, set_readers, together
from gateway.mapping.spec import RuleSpec
from gateway.mapping.trace import Origin, Traced, preview
from gateway.mapping.trial import TrialResult, run_tests, samples

__all__ = [
    "UNKNOWN",
    "WHOLE_FILE",
    "Identity",
    "Library",
    "Mapping",
    "OneOrSeveral",
    "Origin",
    "Preflight",
    "Problem",
    "Reading",
    "RuleSpec",
    "Several",
    "Traced",
    "TrialResult",
    "Values",
    "by_hole",
    "code_for",
    "formless",
    "identify",
    "load_mapping",
    "moulds_of",
    "preview",
    "run_tests",
    "samples",
    "set_readers",
    "stencils",
    "stranger",
    "together",
    "told_once",
]
