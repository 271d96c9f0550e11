"""How the documentation is built: Sphinx reads the Markdown pages through MyST."""

from __future__ import annotations

from gateway import __version__

project = "vendor-gateway"
author = "the vendor-gateway authors"
project_copyright = "the vendor-gateway authors, Apache-2.0"
version = release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"vendor-gateway {release}"
html_copy_source = False
