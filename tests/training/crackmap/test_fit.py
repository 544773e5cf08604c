"""Takes small drawn crops; gives faults where a decoder is not fitted, not resumed, or another once converted."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from cracklens import draw_wall
from cracklens.errors import CheckpointError, SettingError
from cracklens.models import INT8_BACKBONE
from cracklens.network.taps import with_crack_map
from cracklens.training.crackmap import (
    Decoder,
    MapFit,
    Mixed,
    Pictures,
    Shards,
    Taps,
    convert_decoder,
    fit_decoder,
    quantize_decoder,
    read_decoder,
    write_decoder,
)
from cracklens.training.crackmap import fit as module
from cracklens.training.crackmap.decoder import CHANNELS, as_input
from cracklens.training.crackmap.fit import batch_loss, map_loss, read_state
from cracklens.training.crackmap.source import CRACK, LINE, OTHER, UNSURE, varied

SIDE = 64


def drawn(count: int = 4) -> tuple[list[np.ndarray], list[np.ndarray]]:
    walls = [draw_wall((160, 160), widths_px=(5.0,), seed=seed) for seed in range(count)]
    return [wall.pixels for wall in walls], [np.where(wall.true_mask, CRACK, 0).astype(np.uint8) for wall in walls]


def source(size: int = 4) -> Mixed:
    pictures, labels = drawn()
    return Mixed([(Pictures(pictures, labels, SIDE, (64.0, 96.0)), size)], seed=3)


@pytest.fixture(scope="module")
def taps() -> Taps:
    return Taps(INT8_BACKBONE)


@pytest.mark.slow
def test_loss_falls_and_a_killed_fit_goes_on_as_if_nothing_had_been(taps: Taps, tmp_path: Path) -> None:
    losses: list[float] = []
    settings = MapFit(12, save_every=4, bfloat16=False, device="cpu")  # a GPU rounds in another order each time
    told = lambda done, of, loss: losses.append(loss)  # noqa: E731, ARG005
    whole = fit_decoder(source(), taps, settings=settings, state=tmp_path / "whole", told=told)
    assert losses[-1] < losses[0]

    class KilledError(Exception):
        pass

    def killed(done: int, of: int, loss: float) -> None:
        if done == 6:
            raise KilledError

    with pytest.raises(KilledError):
        fit_decoder(source(), taps, settings=settings, state=tmp_path / "cut", told=killed)
    resumed = fit_decoder(source(), taps, settings=settings, state=tmp_path / "cut")
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


class Blank:
    """Gives empty maps in place of the frozen network's, on the CPU."""

    def __call__(self, windows: np.ndarray) -> dict[str, torch.Tensor]:
        count, height, width, _ = windows.shape
        return {tap: torch.zeros(count, of, height // by, width // by) for tap, (of, by) in CHANNELS.items()}


@pytest.mark.parametrize("bfloat16", [True, False])
def test_a_step_runs_on_the_gpu_with_all_that_it_takes(monkeypatch: pytest.MonkeyPatch, bfloat16: bool) -> None:
    """Tensors without numbers stand on a GPU that is not there; two devices in one operation are an error."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: bfloat16)
    used: list[tuple[str, bool]] = []

    def told(device: str, *, dtype: torch.dtype, enabled: bool) -> AbstractContextManager[None]:
        used.append((device, enabled))
        return nullcontext()

    monkeypatch.setattr(torch, "autocast", told)
    pixels = np.zeros((2, SIDE, SIDE, 3), np.uint8)
    taps: Any = Blank()
    with FakeTensorMode(allow_non_fake_inputs=True):
        with torch.device("cuda"):
            decoder = Decoder().train()
        loss = batch_loss(decoder, taps, pixels, pixels[..., 0], MapFit(1))
    assert loss.device.type == "cuda"
    assert used == [("cuda", bfloat16)]


def test_a_fit_takes_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    moved: list[str] = []

    def move(decoder: Decoder, device: torch.device | None = None, **_: object) -> Decoder:
        moved.extend([device.type] if device else [])
        return decoder

    def there(of: str) -> str:
        said.append(of)
        return ("cpu", "cuda")[len(moved)]

    taps: Any = Blank()
    with monkeypatch.context() as patch:
        patch.setattr(module, "device_there", there)
        patch.setattr(Decoder, "to", move)
        for name in ("without", "with"):
            fit_decoder(source(1), taps, settings=MapFit(1, bfloat16=False), state=tmp_path / name)
    assert said == ["auto", "auto"]
    assert moved == ["cpu", "cuda"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingError, match=r"device cuda needs a GPU that torch can use; none was found. Leave device"):
        fit_decoder(source(1), taps, settings=MapFit(1, device="cuda"), state=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_what_a_gpu_has_saved_goes_on_without_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "state"
    run: Any = {"source": source(1), "taps": Blank(), "state": path}
    run["settings"] = MapFit(2, save_every=1, bfloat16=False, device="cpu")
    whole = fit_decoder(**run)
    path.unlink()

    class KilledError(Exception):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(torch.serialization, "location_tag", lambda _: "cuda:0")
        with pytest.raises(KilledError):
            fit_decoder(**run, told=killed)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(path, weights_only=True)
    assert read_state(path)["step"] == 1
    resumed = fit_decoder(**run)
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    path.write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"(?s)state: the file is damaged .* Start anew in another folder"):
        fit_decoder(**run)


def test_the_state_goes_where_the_decoder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taps: Any = Blank()
    fit_decoder(source(1), taps, settings=MapFit(1, bfloat16=False, device="cpu"), state=tmp_path / "state")
    with FakeTensorMode(allow_non_fake_inputs=True):
        with torch.device("cuda"):
            decoder = Decoder()
        optimiser = torch.optim.AdamW(decoder.parameters())
        monkeypatch.setattr(optimiser, "load_state_dict", lambda _: None)
        averaged = module._resumed(tmp_path / "state", decoder, optimiser)[2]
    assert {of.device.type for of in averaged.values()} == {"cuda"}


def test_int8_form_is_near_the_float_one_and_one_network_with_the_backbone(taps: Taps) -> None:
    torch.manual_seed(0)
    decoder = Decoder().eval()
    pixels = np.ascontiguousarray(np.stack(drawn(2)[0]))
    with torch.no_grad():
        crack, line = decoder(as_input(torch.from_numpy(pixels)), taps(pixels))
    part = quantize_decoder(convert_decoder(decoder), taps, list(pixels))
    core = ov.Core()
    found = core.compile_model(with_crack_map(core.read_model(INT8_BACKBONE), part), "CPU")(pixels)
    assert np.abs(found["crack"] / 255 - torch.sigmoid(crack).numpy()).mean() < 0.01
    assert np.abs(found["line"] / 255 - torch.sigmoid(line).numpy()).mean() < 0.02


def test_weights_are_read_as_they_were_written_or_refused(tmp_path: Path) -> None:
    decoder, path = Decoder(), tmp_path / "decoder.safetensors"
    write_decoder(decoder, path)
    for name, value in read_decoder(path).state_dict().items():
        torch.testing.assert_close(value, decoder.state_dict()[name])
    write_decoder(Decoder(wide=32), path)
    with pytest.raises(CheckpointError, match=r"this cracklens's decoder \(its layers are others\). Take another"):
        read_decoder(path)
    path.write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"decoder.safetensors: expected the float weights"):
        read_decoder(path)


def test_what_is_unsure_costs_nothing_and_other_ground_little() -> None:
    labels = torch.zeros(1, 8, 8, dtype=torch.uint8)
    zero, line = torch.zeros(1, 8, 8), torch.full((1, 2, 2), 5.0)
    labels[0, :, :4] = UNSURE
    wrong = torch.where(labels == UNSURE, 9.0, -9.0)
    calm = torch.full((1, 2, 2), -9.0)
    right = torch.full((1, 8, 8), -9.0)
    assert float(map_loss(wrong, calm, labels)) == pytest.approx(float(map_loss(right, calm, labels)), abs=1e-3)
    other = torch.full_like(labels, OTHER)
    assert map_loss(zero, line, other) < map_loss(zero, line, torch.zeros_like(labels))
    assert map_loss(zero, line, torch.full_like(labels, LINE)) < map_loss(zero, -line, torch.full_like(labels, LINE))


def test_batches_are_the_same_by_number_and_labels_turn_with_pixels(tmp_path: Path) -> None:
    one, other = source().batch(7), source().batch(7)
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])
    assert (source().batch(8)[0] != one[0]).any()
    labels = np.arange(3 * SIDE**2, dtype=np.int64).reshape(3, SIDE, SIDE) % 251
    pixels = np.repeat(labels[..., np.newaxis], 3, axis=3).astype(np.uint8)
    turned, with_it = varied((pixels, labels.astype(np.uint8)), np.random.default_rng(1))
    order = [np.corrcoef(a[..., 0].ravel(), b.ravel())[0, 1] for a, b in zip(turned, with_it, strict=True)]
    assert min(order) > 0.95
    np.savez(tmp_path / "0.npz", pixels=pixels.repeat(4, axis=0), labels=labels.repeat(4, axis=0).astype(np.uint8))
    shards = Shards([tmp_path / "0.npz"], 12)
    seen = [shards.batch(number, 4, np.random.default_rng()) for number in range(3)]
    assert sorted(int(a.sum()) for batch in seen for a in batch[1]) == sorted(
        int(a.sum()) for a in labels.repeat(4, axis=0)
    )
