"""The words of a mapping file with what they mean: the one list that reading, checking and the editor's schema share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TOP: Mapping[str, str] = MappingProxyType(
    {
        "mapping": "name, the same as the file name",
        "version": "whole number, raised with every change of meaning",
        "language": "version of this language, 1 when absent",
        "note": "remark",
        "document": "kind of document",
        "format": "format of the file",
        "options": "options of the format",
        "only": "the one direction this mapping promises: read or write",
        "answers": "of a result: the kinds of documents that it is made to answer",
        "accepts": "address: value or list; a document that shows another value is not for this mapping",
        "extends": "start from another mapping",
        "without": "rules of the other mapping to take away, `- PO1 > PO103` inside a group",
        "shared": "named blocks of rules for `use:`",
        "lookups": "named tables, theirs: ours, or the name of tables/NAME.csv",
        "split": "one document for each different value of `by:`",
        "set": "our fields that the file does not say",
        "fields": "the rules, theirs: ours",
        "head": "rules for what stands once before the documents",
        "tail": "rules for what stands once after the documents",
        "unread": "what no rule reads: ignore, note, keep or refuse",
        "tests": "samples with what they must give",
    }
)
RULE: Mapping[str, str] = MappingProxyType(
    {
        "field": "our field, or a list of fields for codecs and lookups that give several",
        "as": "codecs, decoded left to right, encoded right to left",
        "lookup": "table that translates theirs to ours",
        "const": "must be this, or one of these; writes the first",
        "count": "number of entries of a list: verified when read, computed when written",
        "total": "sum of a number: verified when read, computed when written",
        "default": "value when nothing is found",
        "none": "texts that mean nothing",
        "required": "true: an issue when absent",
        "each": "the list of which every occurrence is an entry",
        "into": "the part that this group fills",
        "fields": "rules inside this group",
        "use": "shared block of rules inside this group",
        "set": "fields of every entry, when anything was read",
        "when": "condition, one direction only",
        "compute": "computed value, one direction only",
        "on_error": "warn: a wrong value is reported and left out",
        "only": "read or write",
        "note": "remark, shown in issues",
    }
)
SPLIT: Mapping[str, str] = MappingProxyType(
    {
        "by": "addresses whose different values make different documents; an empty list makes one document of all rows",
        "rows": "what is a row; CSV: each line",
        "apart": "rows of one key that stand apart: join (file is held) or again (a new document)",
    }
)
TEST: Mapping[str, str] = MappingProxyType(
    {
        "note": "remark",
        "given": "file to read",
        "text": "text to read",
        "with": "values of `$partner.x`, `$file.x`, `$message.x`, `$batch.x`",
        "gives": "one entry a document: path to text, a list to its length",
        "issues": "kind, where and field of every issue, and no other",
        "refused": "true: the file gives no document",
        "back": "bytes, values or no with a reason: whether writing gives the same again",
        "document": "a document to write, or a list of them",
        "writes": "the text it must give",
    }
)
ISSUE: Mapping[str, str] = MappingProxyType({"kind": "kind of issue", "where": "place", "field": "our field"})
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "only": ("read", "write"),
        "unread": ("ignore", "note", "keep", "refuse"),
        "apart": ("join", "again"),
        "on_error": ("warn",),
        "required": ("true",),
        "refused": ("true",),
    }
)
LANGUAGE = 1
DEEPEST = 8
MOST_RULES = 2_000
MOST_EXTENDS = 4
