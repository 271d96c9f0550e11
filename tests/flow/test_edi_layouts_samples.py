"""Every layout over every published interchange that it fits: never a defect, and whatever is wrong is told with its place.

The files are read where they lie (`GATEWAY_SAMPLES`); what each must hold is tested beside this.
"""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest

from gateway.formats.edi import Standard
from gateway.mapping import Library, Values

ROOT = Path(__file__).parents[2]
SAMPLES = Path(os.environ["GATEWAY_SAMPLES"]) / "edi"
FILES = sorted(path for folder in ("x12", "edifact") for path in (SAMPLES / folder).iterdir())
PARTNER = {"brand": "1", "system": "OMS", "location": "100", "vendor": "257", "carrier": "50", "unit_cost": "0.00"}
FILE = {"name": "sample.edi"}
LIBRARY = Library(ROOT / "mappings")
LAYOUTS = [one for one in map(LIBRARY.get, LIBRARY.names()) if one.reads and one.format in set(Standard)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_published_interchange_ends_no_layout_in_a_defect(file: Path) -> None:
    data = file.read_bytes()
    standard = Standard.X12 if file.parent.name == "x12" else Standard.EDIFACT
    for layout in LAYOUTS:
        if layout.format == standard:
            readings = list(layout.read(BytesIO(data), Values(partner=PARTNER, file=FILE)))
            told = [issue for reading in readings for issue in reading.issues]
            assert {issue.kind for issue in told if not issue.where} <= {
                "unreadable"
            }  # of a file in which nothing is, no place can be told
