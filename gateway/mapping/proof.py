"""Shows the stencils and moulds of a mapping, as they come of the documents of its tests. Not for reading or writing files."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import msgspec

from gateway.documents import Document
from gateway.formats import SetLayout
from gateway.mapping.build import built
from gateway.mapping.library import Library
from gateway.mapping.printing import FIRST, PATIENCE
from gateway.mapping.program import Mapping
from gateway.mapping.trial import Sample, samples
from gateway.mapping.writing import Prints

ROUNDS = FIRST + 3 * PATIENCE
"""So often each document is shown, that stencils are made of all that can have them."""

TIMES = 32
"""So often each file is read, that its forms are learned."""


def stencils(library: Library, name: str) -> tuple[str, ...]:
    """The source texts of stencils, in the order in which they were made; none where the rules of the mapping write alone."""
    mapping, found = library.get(name), list[str]()
    for sample in samples(library, name):
        prints = _prints(mapping, sample)
        if prints is None:
            continue
        documents = [document for document in specimens(mapping, sample) for _ in range(ROUNDS)]
        for number, document in enumerate(documents, 1):
            prints.printed(document, number)
        found += prints.sources
    return tuple(dict.fromkeys(found))


def moulds_of(library: Library, name: str) -> tuple[str, ...]:
    """The source texts of moulds; none where the rules of the mapping read alone."""
    mapping = library.get(name)
    for sample in samples(library, name) if mapping.reads and isinstance(mapping.layout, SetLayout) else ():
        source = sample.source()
        for _ in range(TIMES if source is not None else 0):
            for _reading in mapping.read(BytesIO(source or b""), sample.values):
                pass
    return mapping.moulds.sources


def specimens(mapping: Mapping, sample: Sample) -> Iterator[Document]:
    """The documents of one test of a mapping: those that are read from its file, or the one that it writes."""
    source, table = sample.source(), sample.table.get("document")
    if source is not None and mapping.reads:
        for reading in mapping.read(BytesIO(source), sample.values):
            if reading.document is not None:
                yield reading.document
    elif table is not None:
        for node in getattr(table, "items", None) or [table]:
            made, problems = built(node, mapping.type)
            if made is not None and not problems:
                yield made


def _prints(mapping: Mapping, sample: Sample) -> Prints | None:
    layout = mapping.layout
    if mapping.writer is None or not isinstance(layout, SetLayout):
        return None
    return mapping.writer.prints(layout, msgspec.structs.replace(sample.values, envelope=layout.specimen()))
