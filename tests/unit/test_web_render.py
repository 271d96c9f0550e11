"""What templates show of sentences that name instants."""

from __future__ import annotations

from datetime import UTC, datetime

from jinja2 import DictLoader, Environment
from markupsafe import Markup

from gateway.web.reading import reading_of
from gateway.web.render import as_read_here

SAID = "cut off since 2026-11-22 03:26:13 UTC <now>"


def test_instants_in_sentences_are_told_in_the_zone_of_the_reader_but_files_stay_as_they_are() -> None:
    template = "{{ said }}|{{ marked }}"
    pages = Environment(autoescape=True, finalize=as_read_here, loader=DictLoader({"page.html": template, "raw.html": template}))
    fmt = reading_of(None, zone="America/New_York", now=datetime(2026, 11, 22, tzinfo=UTC))
    marked = Markup("<b>{}</b>").format(SAID)
    told = "cut off since 2026-11-21 22:26:13 EST &lt;now&gt;"
    assert pages.get_template("page.html").render(fmt=fmt, said=SAID, marked=marked) == f"{told}|<b>{told}</b>"
    assert pages.get_template("raw.html").render(fmt=fmt, said=SAID, marked=marked).count("03:26:13 UTC") == 2
    assert "03:26:13 UTC" in pages.get_template("page.html").render(said=SAID, marked=marked)
