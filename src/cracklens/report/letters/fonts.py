"""Takes the characters of a report; gives fonts that can draw them, and says which none can. Knows no pages."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from cracklens.report.letters.right_to_left import visual

BASE = "Vera"
BOLD = "VeraBd"
"""They come with ReportLab, so that Latin text is the same on every machine."""

KNOWN_FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "Arial Unicode.ttf",
    "ARIALUNI.TTF",
    "LiberationSans-Regular.ttf",
    "arial.ttf",
    "Arial.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "DroidSansFallbackFull.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "msyh.ttc",
    "simsun.ttc",
    "malgun.ttf",
    "leelawui.ttf",
    "Nirmala.ttf",
)
"""Fonts of the system that are looked for, in this order; ReportLab reads TrueType outlines only."""

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
MAC_FOLDERS = ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts")

NOT_EMBEDDED = (
    ("HeiseiKakuGo-W5", "shift_jis", r"[\u3040-\u30ff]"),
    ("HYGothic-Medium", "euc_kr", r"[\u1100-\u11ff\uac00-\ud7af]"),
    ("STSong-Light", "gb2312", r"[\u2e80-\u9fff\uff00-\uffef]"),
    ("MSung-Light", "big5", r"[\u2e80-\u9fff]"),
)
"""Fonts that every PDF reader brings for Chinese, Japanese and Korean: name, what it holds, characters that ask for it.
Source: ISO 32000-1, 9.7.5.2, predefined CMaps."""

ZWNJ, ZWJ = "\u200c", "\u200d"
JOINERS = f"\n{ZWNJ}{ZWJ}"

JOINING = re.compile(r"[\u0900-\u0dff\u0f00-\u109f\u1780-\u17ff]")
"""Scripts whose letters change places or shapes in a word, which ReportLab does not do."""


class MissingGlyphWarning(UserWarning):
    """Some characters stand as question marks in the PDF, or are drawn with a font of the reader's."""


@dataclass(frozen=True)
class Face:
    """One font and the characters that it draws; None for a font of the reader, held by its encoding."""

    name: str
    covers: frozenset[int] | None = None
    encoding: str = ""

    def draws(self, character: str) -> bool:
        """Say whether the font has a glyph for a character."""
        if self.covers is not None:
            return ord(character) in self.covers
        try:
            character.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return ord(character) > 0x2E7F


@dataclass(frozen=True)
class Typeface:
    """The fonts of one report, the first that draws a character first."""

    faces: tuple[Face, ...]

    def markup(self, text: str) -> str:
        """Give text as ReportLab's paragraph markup; a character that no font draws is a question mark."""
        runs = groupby(_drawn(text), key=self._face_of)
        return "".join(_run(face, "".join(run)) for face, run in runs)

    def lacking(self, text: str) -> frozenset[str]:
        """Give the characters of a text that no font draws."""
        return frozenset(letter for letter in _drawn(text) if self._face_of(letter) is None)

    def borrowed(self, text: str) -> bool:
        """Say whether some of a text is drawn with a font that is not in the PDF: a reader without it shows boxes."""
        return any(face is not None and face.covers is None for face in map(self._face_of, _drawn(text)))

    def _face_of(self, letter: str) -> Face | None:
        if letter in " \n":
            return self.faces[0]
        return next((face for face in self.faces if face.draws(letter)), None)


def _run(face: Face | None, text: str) -> str:
    if face is None:
        return "?" * len(text)
    if face.name == BASE:
        return escape(text).replace("\n", "<br/>")
    return f'<font name="{face.name}">{escape(text)}</font>'


def plain(text: str) -> str:
    """Give text in which bytes of file names that are no UTF-8 (lone surrogates in Python) are backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _drawn(text: str) -> str:
    """Give text as it is drawn, without what draws nothing or turns a line around; joiners have then had their say."""
    kept = (
        letter
        for letter in plain(text).replace("\t", " ")
        if letter in JOINERS or unicodedata.category(letter) not in ("Cc", "Cf")
    )
    return visual("".join(kept)).replace(ZWNJ, "").replace(ZWJ, "")


def joins_letters(text: str) -> bool:
    """Say whether a text is in a script whose letters this report cannot join as they should be."""
    return bool(JOINING.search(text))


def typeface_for(texts: Iterable[str], *, own_fonts: tuple[Path, ...] = ()) -> Typeface:
    """Find fonts for all characters of some texts: ReportLab's own, then these files, then the system's, then CJK's.

    Args:
        texts: that will be drawn.
        own_fonts: TrueType files of a template; they come before the system's.
    """
    from reportlab.pdfbase.ttfonts import TTFont

    base = _register(TTFont(BASE, f"{BASE}.ttf"), BASE)
    _register(TTFont(BOLD, f"{BOLD}.ttf"), BOLD)
    faces = [base]
    wanted = {letter for text in texts for letter in _drawn(text) if letter not in " \n"}
    for face in _more_faces(wanted, own_fonts):
        lacking = {letter for letter in wanted if not any(known.draws(letter) for known in faces)}
        if not lacking:
            break
        if any(face.draws(letter) for letter in lacking):
            faces.append(face)
    return Typeface(tuple(faces))


def _more_faces(wanted: set[str], own_fonts: tuple[Path, ...]) -> Iterator[Face]:
    for path in (*own_fonts, *system_fonts()):
        face = _open(path)
        if face:
            yield face
    text = "".join(sorted(wanted))
    for name, encoding, asks in NOT_EMBEDDED:
        if re.search(asks, text):
            yield _reader_face(name, encoding)


def system_fonts() -> tuple[Path, ...]:
    """Give the files of known fonts on this machine, the best first; where one lies twice, the first by its path."""
    windows = os.environ.get("WINDIR")
    folders = [Path(folder).expanduser() for folder in (*FOLDERS, *MAC_FOLDERS)]
    folders += [Path(windows) / "Fonts"] if windows else []
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.tt[fc]")) if folder.is_dir() else ():
            found.setdefault(path.name, path)
    return tuple(found[name] for name in KNOWN_FONTS if name in found)


def _open(path: Path) -> Face | None:
    """Open a TrueType file; None where ReportLab cannot read it, as with PostScript outlines."""
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    name = f"cracklens-{path.stem}"
    try:
        return _register(TTFont(name, str(path)), name)
    except (TTFError, OSError, ValueError, KeyError, IndexError):
        return None


def _register(font: object, name: str) -> Face:
    from reportlab.pdfbase import pdfmetrics

    pdfmetrics.registerFont(font)
    covers = pdfmetrics.getFont(name).face.charToGlyph
    return Face(name, frozenset(covers))


def _reader_face(name: str, encoding: str) -> Face:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont(name))
    return Face(name, None, encoding)
