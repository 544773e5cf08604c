"""Takes a decoder and a file; gives the file of its float weights, and a decoder of one. Knows nothing of training."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from cracklens.errors import CheckpointError
from cracklens.files import write_whole
from cracklens.training.crackmap.decoder import Decoder


def read_decoder(path: Path) -> Decoder:
    """Give a decoder from its file.

    Raises:
        CheckpointError: missing, damaged, or of a decoder of another shape.
    """
    decoder = Decoder()
    try:
        decoder.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        expected = "expected the float weights of this cracklens's decoder"
        reason = "its layers are others" if isinstance(error, RuntimeError) else error
        raise CheckpointError(
            f"{path}: {expected} ({reason}). Take another checkpoint, or make its crack map again."
        ) from error
    return decoder.eval()


def write_decoder(decoder: Decoder, path: Path) -> None:
    """Write a decoder's weights into a file, whole or not at all."""
    write_whole(path, save({name: value.contiguous() for name, value in decoder.state_dict().items()}))
