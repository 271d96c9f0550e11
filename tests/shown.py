"""What a page of the console shows: its facts by their labels, its tables by their heads, its links and fields."""

from __future__ import annotations

from lxml import html

Row = dict[str, str]


class Shown:
    """One page, read."""

    def __init__(self, text: str) -> None:
        self.root = html.document_fromstring(text)

    @property
    def text(self) -> str:
        """All its words, without the frame."""
        (main,) = self.root.xpath("//main") or [self.root]
        return _words(main)

    @property
    def facts(self) -> Row:
        """Labels and what stands beside them."""
        return {_words(it.find("dt")): _words(it.find("dd")) for it in self.root.xpath("//dl[@class='facts']/div")}

    @property
    def heads(self) -> list[str]:
        """The heads of all its sections."""
        return [_words(it) for it in self.root.xpath("//main//h1 | //main//h2 | //main//h3")]

    def table(self, first: str) -> list[Row]:
        """The rows of the table whose first column has this head."""
        for table in self.root.xpath("//main//table"):
            heads = [_words(it) for it in table.xpath(".//thead//th")]
            if heads[:1] == [first]:
                return [dict(zip(heads, [_words(cell) for cell in row.xpath("./td")], strict=False)) for row in table.xpath("./tbody/tr")]
        raise LookupError(first)

    def hovers(self) -> list[str]:
        """What is told to who holds the pointer over a cell."""
        return list(self.root.xpath("//main//td/@title"))

    def links(self) -> list[str]:
        """Where its content leads."""
        return list(self.root.xpath("//main//a/@href"))

    def fields(self) -> Row:
        """The fields of its form with what stands in them."""
        found = {it.name: str(it.value or "") for it in self.root.xpath("//main//form//input | //main//form//textarea") if it.name}
        return found | {it.name: str(it.value or "") for it in self.root.xpath("//main//form//select")}


def _words(node: html.HtmlElement) -> str:
    return " ".join(" ".join(node.itertext()).split())
