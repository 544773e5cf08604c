"""Takes a TOML file; gives a firm's name, logo, colour and words for its reports. Knows no report."""

from __future__ import annotations

import difflib
import io
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PIL import Image, UnidentifiedImageError

from cracklens.errors import SettingError
from cracklens.report.words.catalogue import Words, words_of

LOGO_PX = 600
"""Long side of a logo in a report; a larger one is shrunk."""

KEYS = ("name", "logo", "colour", "fonts", "extra", "words")
EXTRA = ("cover", "method", "limits", "signature")
COLOUR = "#7a0070"


@dataclass(frozen=True)
class Template:
    """How a firm's reports look.

    Attributes:
        name: of the firm; "" for none.
        logo_png: picture, at most 600 px; b"" for none.
        colour: of headings, "#rrggbb".
        fonts: TrueType files for characters that the report's own font lacks.
        cover, method, signature: the firm's own words, added to those of the report; "" for none.
        limits: the firm's own limits of use, added to those of the detector.
        words: texts that stand in the place of the report's own, by key.
    """

    name: str = ""
    logo_png: bytes = b""
    colour: str = COLOUR
    fonts: tuple[Path, ...] = ()
    cover: str = ""
    method: str = ""
    limits: tuple[str, ...] = ()
    signature: str = ""
    words: Words = field(default_factory=lambda: MappingProxyType({}))


def read_template(path: str | Path) -> Template:
    """Read a template; paths in it are relative to it.

    Raises:
        SettingError: it, its logo or a font is missing or damaged, or a key is not known; all faults at once.
    """
    path = Path(path)
    raw = _read_toml(path)
    faults = [*_key_faults(raw, KEYS, ""), *_key_faults(_table(raw, "extra"), EXTRA, "extra.")]
    faults += _kind_faults(raw)
    if not faults:
        fonts = tuple(path.parent / name for name in raw.get("fonts", ()))
        faults += [f"font {font} is missing. Mend the path." for font in fonts if not font.is_file()]
    if faults:
        raise SettingError(f"{path}: {' '.join(faults)}")
    extra, own = _table(raw, "extra"), _table(raw, "words")
    try:
        words_of(own=own)
        logo = _read_logo(path.parent / raw["logo"]) if raw.get("logo") else b""
    except SettingError as error:
        raise SettingError(f"{path}: {error}") from error
    texts = {key: extra.get(key, "") for key in ("cover", "method", "signature")}
    limits, words = tuple(extra.get("limits", ())), MappingProxyType(own)
    colour = raw.get("colour", COLOUR)
    return Template(raw.get("name", ""), logo, colour, fonts, limits=limits, words=words, **texts)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        came = (error.strerror or str(error)).lower()
        raise SettingError(
            f"{path}: expected a template, a TOML file; the system says: {came}. Mend --template."
        ) from error
    except ValueError as error:
        raise SettingError(f"{path}: expected a template, a TOML file; it is none ({error}). Mend the line.") from error


def _table(raw: dict[str, Any], name: str) -> dict[str, Any]:
    value = raw.get(name, {})
    return value if isinstance(value, dict) else {}


def _key_faults(raw: dict[str, Any], known: tuple[str, ...], where: str) -> list[str]:
    faults = []
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
            advice = f"Did you mean {where}{near[0]}?" if near else f"It knows {', '.join(known)}."
            faults.append(f"no key {where}{key}. {advice}")
    return faults


def _kind_faults(raw: dict[str, Any]) -> list[str]:
    extra = _table(raw, "extra")
    texts = {**{key: raw.get(key, "") for key in ("name", "logo", "colour")}}
    texts |= {f"extra.{key}": extra.get(key, "") for key in ("cover", "method", "signature")}
    lists = {"fonts": raw.get("fonts", []), "extra.limits": extra.get("limits", [])}
    tables = {key: raw.get(key, {}) for key in ("extra", "words")}
    faults = [f"{key} must be a text; got {value!r}." for key, value in texts.items() if not isinstance(value, str)]
    faults += [f"{key} must be a list of texts; got {value!r}." for key, value in lists.items() if not _is_list(value)]
    faults += [f"{key} must be a table; got {value!r}." for key, value in tables.items() if not isinstance(value, dict)]
    colour = raw.get("colour", COLOUR)
    if isinstance(colour, str) and not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        faults.append(f'colour must be like "{COLOUR}"; got {colour!r}.')
    return faults


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _read_logo(path: Path) -> bytes:
    """Give a logo as PNG, at most 600 px.

    Raises:
        SettingError: missing, damaged, or no PNG or JPEG.
    """
    try:
        with Image.open(path, formats=["PNG", "JPEG"]) as image:
            image.load()
            logo = image.convert("RGBA")
    except UnidentifiedImageError as error:
        expected = f"logo {path}: expected a PNG or JPEG; its content is none. Export it as PNG."
        raise SettingError(expected) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        came = getattr(error, "strerror", None) or str(error)
        raise SettingError(
            f"logo {path}: expected a PNG or JPEG; it cannot be read ({came.lower()}). Mend it."
        ) from error
    logo.thumbnail((LOGO_PX, LOGO_PX))
    buffer = io.BytesIO()
    logo.save(buffer, "PNG")
    return buffer.getvalue()
