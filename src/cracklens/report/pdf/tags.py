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
        kids: elements below it, or (name of the page, number there) of what is drawn.
    """

    kind: str
    alt: str = ""
    scope: str = ""
    kids: list[Element | tuple[str, int]] = field(default_factory=list)


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
        tree = _Tree(names[id(self._root)], [[names[id(of)] for of in page] for page in self._pages])
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

    def _kid(self, kid: Element | tuple[str, int], document: Any) -> str:
        if isinstance(kid, Element):
            return _reference(self._names[id(kid)], document)
        return f"<</Type /MCR /Pg {_reference(kid[0], document)} /MCID {kid[1]}>>"


class _Tree(pdfdoc.PDFObject):  # type: ignore[misc]
    """The root, with the elements of each page by their numbers there."""

    __RefOnly__ = 1

    def __init__(self, root: str, pages: list[list[str]]) -> None:
        self._root, self._pages = root, pages

    def format(self, document: Any) -> bytes:
        """Give its bytes; ReportLab asks when the file is written."""
        lists = (" ".join(_reference(name, document) for name in page) for page in self._pages)
        numbered = " ".join(f"{i} [{names}]" for i, names in enumerate(lists))
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
        self._structure, self._table = structure, structure.element("Table")
        self._parts, self._row, self._repeated = 0, self._table, False

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
            self._row = self._structure.element("TR", self._table)

    def _startCell(self, row: int, column: int, *_: Any) -> None:  # noqa: N802
        if self._repeated:
            self._structure.begin_artifact()
            return
        scope = "Column" if row == 0 and self._parts == 1 else "Row" if column == 0 else ""
        self._structure.begin(self._structure.element("TH" if scope else "TD", self._row, scope=scope))

    def _endCell(self) -> None:  # noqa: N802
        self._structure.end()

    def _startBG(self) -> None:  # noqa: N802
        self._structure.begin_artifact()

    def _startLines(self) -> None:  # noqa: N802
        self._structure.begin_artifact()

    def _endBG(self) -> None:  # noqa: N802
        self._structure.end()

    def _endLines(self) -> None:  # noqa: N802
        self._structure.end()
