"""JSON Schemas of everything people write in YAML and TOML: the files in schemas/, and what the console offers to editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from gateway.config.schemas import configuration_schemas
from gateway.formats.edi.guide_schema import guide_schema
from gateway.mapping.schema import mapping_schema


@cache
def schema_texts() -> Mapping[str, str]:
    """File name to text."""
    schemas = {**configuration_schemas(), "guide": guide_schema(), "mapping": mapping_schema()}
    return {f"{name}.json": json.dumps(found, indent=2, ensure_ascii=False) + "\n" for name, found in sorted(schemas.items())}
