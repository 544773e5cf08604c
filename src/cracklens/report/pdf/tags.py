"""Takes what is drawn on the pages of a PDF; gives its structure tree, which says what each thing is. Draws nothing."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas


@dataclass
class Element:
    """One node of the tree while it grows.

    Attributes:
        kind: its type, such as "P", "H1", "Table", "Figure".
        alt: what a picture shows, for who cannot see it.
        scope: of a heading of a table, "Column" or "Row".
        kids: elements below it; (name of the page, number there) of what is drawn; (name of the page, name of the
            object) of a link's hot area.
    """

    kind: str
    alt: str = ""
    scope: str = ""
    kids: list[Element | tuple[str, int | str]] = field(default_factory=list)


class Structure:
    """The tree of one document, grown in the order of drawing.

    ReportLab writes pages, outlines and languages but no structure; it passes on the keys that a tagged file needs, and
    marks within a page are plain operators.

    Source: ISO 32000-1, 14.6 marked content, 14.7 logical structure, 14.8 tagged PDF.
    """

    def __init__(self, canvas: Canvas) -> None:
        """Stand on an open PDF."""
        self._canvas, self._root = canvas, Element("Document")
        self._pages: list[list[Element]] = [[]]
        self._links: list[tuple[Element, Any]] = []

    def element(self, kind: str, parent: Element | None = None, *, alt: str = "", scope: str = "") -> Element:
        """Give a new node, the last of its parent; None takes the document."""
        made = Element(kind, alt, scope)
        (parent or self._root).kids.append(made)
        return made

    @contextmanager
    def mark(self, element: Element) -> Iterator[None]:
        """Say that what is drawn within belongs to an element."""
        self.begin(element)
        yield
        self.end()

    def begin(self, element: Element) -> None:
        """Open what belongs to an element."""
        number = len(self._pages[-1])
        self._pages[-1].append(element)
        element.kids.append((self._canvas._doc.thisPageName(), number))
        self._canvas._code.append(f"/{element.kind} <</MCID {number}>> BDC")

    def take_links(self, element: Element, since: int) -> None:
        """Make what was drawn last a link, where it has a hot area: `since` is how many the page had before."""
        document, new = self._canvas._doc, self._canvas._annotationrefs[since:]
        if not new:
            return
        (drawn,) = element.kids
        link = Element("Link", kids=[drawn])
        element.kids[:] = [link]
        self._pages[-1][-1] = link
        for area in new:
            made = document.idToObject[area.name]
            made.permitted = (*made.permitted, "StructParent")
            made.Contents = made.Destination.name
            link.kids.append((document.thisPageName(), area.name))
            self._links.append((link, made))

    @property
    def links(self) -> int:
        """How many hot areas the page has."""
        return len(self._canvas._annotationrefs)

    def begin_artifact(self) -> None:
        """Open what only adorns the page: rules, footers, repeated heads."""
        self._canvas._code.append("/Artifact BMC")

    def end(self) -> None:
        """Close what was opened last."""
        self._canvas._code.append("EMC")

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Say that what is drawn within only adorns the page."""
        self.begin_artifact()
        yield
        self.end()

    def turn(self) -> None:
        """Give the page that was just ended its number in the tree."""
        name = f"Page{self._canvas._doc.pageCounter - 1}"
        page = self._canvas._doc.idToObject[name]
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = len(self._pages) - 1, pdfdoc.PDFName("S")
        self._pages.append([])

    def close(self) -> None:
        """Write the tree; what is drawn later belongs to nothing."""
        document = self._canvas._doc
        names = {id(element): f"Struct{i}" for i, element in enumerate(_all(self._root))}
        for element in _all(self._root):
            for kid in element.kids:
                if isinstance(kid, Element):
                    document.Reference(_Node(kid, names, names[id(element)]), names[id(kid)])
        document.Reference(_Node(self._root, names, "StructTree"), names[id(self._root)])
        for number, (_, area) in enumerate(self._links, len(self._pages)):
            area.otherkw["StructParent"] = number
        pages = [f"[{' '.join(_reference(names[id(of)], document) for of in page)}]" for page in self._pages]
        links = [_reference(names[id(of)], document) for of, _ in self._links]
        tree = _Tree(names[id(self._root)], [*pages, *links])
        document.Reference(tree, "StructTree")
        document.Catalog.StructTreeRoot = pdfdoc.PDFObjectReference("StructTree")
        document.Catalog.MarkInfo = pdfdoc.PDFDictionary({"Marked": "true"})


def _all(element: Element) -> Iterator[Element]:
    yield element
    for kid in element.kids:
        if isinstance(kid, Element):
            yield from _all(kid)


def _text(text: str) -> str:
    return f"<{binascii.hexlify(chr(0xFEFF).encode('utf-16-be') + text.encode('utf-16-be', 'replace')).decode()}>"


class _Node(pdfdoc.PDFObject):  # type: ignore[misc]
    """One element as the file has it."""

    __RefOnly__ = 1

    def __init__(self, element: Element, names: dict[int, str], parent: str) -> None:
        self._element, self._names, self._parent = element, names, parent

    def format(self, document: Any) -> bytes:
        """Give its bytes; ReportLab asks when the file is written."""
        of = self._element
        kids = " ".join(self._kid(kid, document) for kid in of.kids)
        more = f"/Alt {_text(of.alt)}" if of.alt else ""
        more += f"/A <</O /Table /Scope /{of.scope}>>" if of.scope else ""
        return f"<</Type /StructElem /S /{of.kind} /P {_reference(self._parent, document)} /K [{kids}]{more}>>".encode()

    def _kid(self, kid: Element | tuple[str, int | str], document: Any) -> str:
        if isinstance(kid, Element):
            return _reference(self._names[id(kid)], document)
        page, of = _reference(kid[0], document), kid[1]
        if isinstance(of, str):
            return f"<</Type /OBJR /Pg {page} /Obj {_reference(of, document)}>>"
        return f"<</Type /MCR /Pg {page} /MCID {of}>>"


class _Tree(pdfdoc.PDFObject):  # type: ignore[misc]
    """The root, with what belongs to each number: the elements of a page in order, or that of a hot area."""

    __RefOnly__ = 1

    def __init__(self, root: str, owners: list[str]) -> None:
        self._root, self._owners = root, owners

    def format(self, document: Any) -> bytes:
        """Give its bytes; ReportLab asks when the file is written."""
        numbered = " ".join(f"{i} {owner}" for i, owner in enumerate(self._owners))
        root = _reference(self._root, document)
        return f"<</Type /StructTreeRoot /K [{root}] /ParentTree <</Nums [{numbered}]>>>>".encode()


def _reference(name: str, document: Any) -> str:
    found: bytes = pdfdoc.PDFObjectReference(name).format(document)
    return found.decode()


class TableTags:
    """What a ReportLab table calls while it draws itself: rows and cells become elements, its rules adornment.

    A head that is repeated on the next page is adornment there.
    """

    def __init__(self, structure: Structure) -> None:
        """Open a table's element."""
        self._structure, self.table = structure, structure.element("Table")
        self._parts, self._row, self._repeated = 0, self.table, False
        self._cell, self._links = self.table, 0

    def __call__(self, _table: Any, what: str, *about: Any) -> None:
        """Hear of one step of the drawing."""
        step = getattr(self, f"_{what}", None)
        if step:
            step(*about)

    def _startTable(self) -> None:  # noqa: N802 the names are ReportLab's
        self._parts += 1

    def _startRow(self, row: int) -> None:  # noqa: N802
        self._repeated = self._parts > 1 and row == 0
        if not self._repeated:
            self._row = self._structure.element("TR", self.table)

    def _startCell(self, row: int, column: int, *_: Any) -> None:  # noqa: N802
        if self._repeated:
            self._structure.begin_artifact()
            return
        scope = "Column" if row == 0 and self._parts == 1 else "Row" if column == 0 else ""
        self._cell, self._links = (
            self._structure.element("TH" if scope else "TD", self._row, scope=scope),
            self._structure.links,
        )
        self._structure.begin(self._cell)

    def _endCell(self) -> None:  # noqa: N802
        self._structure.end()
        if not self._repeated:
            self._structure.take_links(self._cell, self._links)

    def _startBG(self) -> None:  # noqa: N802
        self._structure.begin_artifact()

    def _startLines(self) -> None:  # noqa: N802
        self._structure.begin_artifact()

    def _endBG(self) -> None:  # noqa: N802
        self._structure.end()

    def _endLines(self) -> None:  # noqa: N802
        self._structure.end()
