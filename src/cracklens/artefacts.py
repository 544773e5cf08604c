"""Takes frozen values and a key; gives each as a file named by it, and back. Knows nothing of what they say."""

from __future__ import annotations

import hashlib
import re
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from cracklens.errors import SettingError
from cracklens.files import make_folder, output_errors, write_whole

MAGIC = b"cracklens artefact 11\n"
"""Opens every file, followed by the SHA-256 of the rest; its number rises with the layout and with what a number means,
and old files are made again."""

FAST = 1
"""A crack map is nearly all zeros: the fastest compression makes 16 MB of it 0.3 MB in 30 ms."""

Value = TypeVar("Value")
_MAKING, _DECODERS = threading.Lock(), dict[tuple[Any, Any], Any]()
_KEY = re.compile(r"[0-9a-f]{8,128}")


@dataclass(frozen=True)
class Artefacts:
    """Values on disk, one per file, so that a run can be killed at any time and goes on from what is done.

    Attributes:
        folder: where; made when the first is put.
    """

    folder: Path

    def put(self, key: str, value: Any) -> None:
        """Keep a frozen value of `cracklens.values`; there from one moment to the next, or not at all.

        Args:
            key: 8-128 hex digits that stand for all that the value was made from.
            value: its arrays come back exactly as they are.

        Raises:
            SettingError: the key is none.
            OutputError: the folder cannot be written.
        """
        path = self.path(key, type(value))
        make_folder(path.parent)
        content = pack(value)
        with output_errors(path):
            write_whole(path, MAGIC + hashlib.sha256(content).digest() + content)

    def get(self, key: str, kind: type[Value]) -> Value | None:
        """Give the value of a kind kept under a key; None where there is none, or it is damaged or half written.

        Raises:
            SettingError: the key is none.
        """
        try:
            raw = self.path(key, kind).read_bytes()
        except OSError:
            return None  # absent or unreadable: both mean that it is made again
        digest, content = raw[len(MAGIC) : len(MAGIC) + 32], raw[len(MAGIC) + 32 :]
        if not raw.startswith(MAGIC) or hashlib.sha256(content).digest() != digest:
            return None
        try:
            return unpack(content, kind)
        except (msgspec.MsgspecError, zlib.error, KeyError, TypeError, ValueError):
            return None  # whole, as its digest says, but of another layout

    def path(self, key: str, kind: type) -> Path:
        """Give the file of a key, there or not.

        Raises:
            SettingError: the key is none.
        """
        if not _KEY.fullmatch(key):
            raise SettingError(f"key must be 8-128 digits of 0-9 and a-f; got {key!r}. Use the hex digest of a hash.")
        return Path(self.folder) / f"{key}.{kind.__name__.lower()}"


def pack(value: Any) -> bytes:
    """Give a frozen value with arrays as bytes."""
    return zlib.compress(msgspec.msgpack.encode(value, enc_hook=_plain), FAST)


def unpack(content: bytes, kind: type[Value]) -> Value:
    """Give the value back that `pack` made bytes of.

    Raises:
        msgspec.ValidationError: they hold another kind.
    """
    return from_msgpack(zlib.decompress(content), kind)


def from_msgpack(content: bytes, kind: type[Value]) -> Value:
    """Give a value of a kind from MessagePack.

    Raises:
        msgspec.MsgspecError: it holds another kind, or is none.
    """
    value: Value = _decoder(kind, msgspec.msgpack.Decoder).decode(content)
    return value


def from_json(content: bytes, kind: type[Value]) -> Value:
    """Give a value of a kind from JSON.

    Raises:
        msgspec.MsgspecError: it holds another kind, or is none.
    """
    value: Value = _decoder(kind, msgspec.json.Decoder).decode(content)
    return value


def _decoder(kind: Any, of: Callable[..., Any]) -> Any:
    """Give what decodes a kind, made once and by one thread alone.

    msgspec keeps what it finds out of a class at the class itself, half done while it still looks: a second thread that
    decodes the same class for the first time at that moment ends the process. So nothing else of ours decodes by type.
    """
    with _MAKING:
        if (kind, of) not in _DECODERS:
            _DECODERS[kind, of] = of(kind, dec_hook=_array)
        return _DECODERS[kind, of]


def _plain(value: object) -> object:
    """Give NumPy's arrays and numbers as plain parts; msgpack knows no others."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, np.ascontiguousarray(value).tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"cannot be stored: {value!r}")


def _array(_: type, parts: Any) -> np.ndarray:
    kind, shape, content = parts
    return np.frombuffer(content, kind).reshape(shape).copy()
