"""Takes names and files of weights; gives faults where one is read wrongly, guessed about or run as code."""

from __future__ import annotations

import http.server
import json
import os
import pickle
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import ResNet50_Weights

from cracklens.errors import CheckpointError, SettingError
from cracklens.models.registry import FLOAT_BACKBONE
from cracklens.training.nets.plan import NetPlan, build, map_depths, plan_to_json, stages
from cracklens.training.nets.starting import StartingNet, open_starting, read_state_dict

NAMES = ["conv1", "bn1", "layer1", "layer2", "layer3", "layer4"]


@pytest.fixture(scope="module")
def bundled() -> StartingNet:
    return open_starting("bundled")


@pytest.fixture(scope="module")
def state(bundled: StartingNet) -> dict[str, torch.Tensor]:
    """Give a state dict as torchvision writes it, classifier included."""
    classifier = {"fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.zeros(1000)}
    return bundled.net.get_submodule("net").state_dict() | classifier


@pytest.fixture(scope="module")
def pth(state: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "mine.pth"
    torch.save(state, path)
    return path


def strides_of(net: Any) -> list[tuple[int, int]]:
    """Give where the strides of layer2 to layer4 stand: of the 1x1 and of the 3x3 convolution."""
    blocks = [getattr(net.net, f"layer{n}")[0] for n in (2, 3, 4)]
    return [(block.conv1.stride[0], block.conv2.stride[0]) for block in blocks]


def test_bundled_has_the_strides_of_v1(bundled: StartingNet) -> None:
    assert strides_of(bundled.net) == [(2, 1)] * 3
    assert bundled.plan == NetPlan()
    assert map_depths(bundled.net) == (1024, 2048)
    assert list(stages(bundled.net)) == NAMES


@pytest.mark.parametrize(("strides", "stand"), [("v1", (2, 1)), ("v1.5", (1, 2))])
def test_a_state_dict_opens_with_the_strides_that_are_said(pth: Path, strides: Any, stand: tuple[int, int]) -> None:
    started = open_starting(pth, strides=strides)
    assert strides_of(started.net) == [stand] * 3
    assert started.plan.strides == strides
    assert torch.equal(started.net.state_dict()["net.conv1.weight"], torch.load(pth)["conv1.weight"])


def test_strides_are_not_guessed(pth: Path) -> None:
    with pytest.raises(SettingError, match=r"does not tell where the strides .* v1\.5 for torchvision's own, v1 for"):
        open_starting(pth)
    with pytest.raises(SettingError, match=r"strides must be one of v1, v1\.5; got 'v2'"):
        open_starting(pth, strides="v2")  # type: ignore[arg-type]


def test_a_run_folder_says_them(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    plan = NetPlan(strides="v1.5", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    torch.save({"state_dict": state}, tmp_path / "mine.pth")
    (tmp_path / "config.json").write_text(json.dumps({"net": plan_to_json(plan)}))
    started = open_starting(str(tmp_path / "mine.pth"))
    assert started.plan == plan
    assert started.net.state_dict()["mean"].ravel().tolist() == [127.5] * 3


@pytest.mark.parametrize("content", ["no JSON", '{"net": 3}', '{"net": {"architecture": "resnet50"}}'])
def test_a_damaged_config_is_said(state: dict[str, torch.Tensor], tmp_path: Path, content: str) -> None:
    torch.save(state, tmp_path / "mine.pth")
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"config\.json: expected the"):
        open_starting(tmp_path / "mine.pth")


def test_safetensors_of_a_run_carry_their_plan(bundled: StartingNet, tmp_path: Path) -> None:
    tensors = {f"backbone.{name}": value.clone() for name, value in bundled.net.state_dict().items()}
    metadata = {"net": json.dumps(plan_to_json(bundled.plan))}
    save_file(tensors | {"head.weight": torch.zeros(2, 3072)}, tmp_path / "weights.safetensors", metadata)
    started = open_starting(tmp_path / "weights.safetensors")
    assert started.plan == bundled.plan
    pixels = 255 * torch.rand(1, 3, 64, 64)
    assert torch.equal(started.net.eval()(pixels)[1], bundled.net.eval()(pixels)[1])


def test_safetensors_without_a_plan_need_strides() -> None:
    with pytest.raises(SettingError, match="does not tell"):
        open_starting(FLOAT_BACKBONE)
    assert strides_of(open_starting(FLOAT_BACKBONE, strides="v1").net) == [(2, 1)] * 3


class Evil:
    """A pickle that runs code where it is read without care."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.witness),)


def test_code_in_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.save({"conv1.weight": Evil(tmp_path / "ran")}, tmp_path / "evil.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Evil(tmp_path / "ran"), protocol=2))
    for name in ("evil.pth", "plain.pth"):
        with pytest.raises(
            CheckpointError, match=r"holds code besides weights.*it was not run\. Save only its weights"
        ):
            open_starting(tmp_path / name, strides="v1")
    assert not (tmp_path / "ran").exists()


def test_a_whole_model_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match="holds code besides weights"):
        read_state_dict(tmp_path / "model.pth")


@pytest.mark.parametrize("what", [{}, [1], {"a": 1}, {"state_dict": 5}])
def test_what_is_no_state_dict_is_refused(tmp_path: Path, what: object) -> None:
    torch.save(what, tmp_path / "thing.pth")
    with pytest.raises(CheckpointError, match="expected a state dict, names and tensors"):
        read_state_dict(tmp_path / "thing.pth")


@pytest.mark.parametrize("n_bytes", [0, 10, 5000])
def test_a_cut_file_is_damaged(pth: Path, tmp_path: Path, n_bytes: int) -> None:
    (tmp_path / "cut.pth").write_bytes(pth.read_bytes()[:n_bytes])
    with pytest.raises(CheckpointError, match=r"cut\.pth"):
        read_state_dict(tmp_path / "cut.pth")


def test_a_damaged_safetensors_is_said(tmp_path: Path) -> None:
    (tmp_path / "cut.safetensors").write_bytes(b"\x10" * 40)
    with pytest.raises(CheckpointError, match="damaged"):
        open_starting(tmp_path / "cut.safetensors")


def test_names_and_shapes_that_do_not_fit_are_named(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    wrong = {name: value for name, value in state.items() if not name.startswith("layer4")}
    torch.save(wrong | {"extra": torch.zeros(1), "conv1.weight": torch.zeros(3)}, tmp_path / "wrong.pth")
    with pytest.raises(
        CheckpointError, match=r"missing: layer4.* and \d+ more; unknown: extra; of another shape: conv1"
    ):
        open_starting(tmp_path / "wrong.pth", strides="v1")


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(SettingError, match="Did you mean 'IMAGENET1K_V1'"):
        open_starting("IMAGENET1KV1")


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(CheckpointError, match=r"architecture must be one of resnet50, timm.*; got 'vgg'"):
        build(NetPlan("vgg"))


# torchvision's own weights, from a server on this machine


@pytest.fixture
def hub(pth: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Serve the state dict where torchvision's weights are asked for; give the paths that were asked."""
    asked: list[str] = []

    class Serve(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path.startswith("/resnet50") else 404)
            self.end_headers()
            self.wfile.write(pth.read_bytes())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
        for name in ("IMAGENET1K_V1", "IMAGENET1K_V2"):
            weights = ResNet50_Weights[name]
            url = f"http://127.0.0.1:{server.server_address[1]}/{Path(weights.url).stem.split('-')[0]}-{name}.pth"
            monkeypatch.setattr(weights, "_value_", weights.value.__class__(url, weights.transforms, weights.meta))
        yield asked
        server.shutdown()


@pytest.fixture
def without_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file served has not the hash that its name promises."""
    load = torch.hub.load_state_dict_from_url
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url",
        lambda url, **_: load(url, progress=False, weights_only=True),
    )


@pytest.mark.usefixtures("without_hash")
def test_torchvisions_weights_are_downloaded_once_and_have_its_strides(hub: list[str]) -> None:
    for _ in range(2):
        started = open_starting("IMAGENET1K_V2")
    assert len(hub) == 1
    assert strides_of(started.net) == [(1, 2)] * 3
    assert "IMAGENET1K_V2" in started.source


def test_no_connection_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("unreachable")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", unreachable)
    with pytest.raises(CheckpointError, match=r"cannot be downloaded \(unreachable\)\. Check the connection"):
        open_starting("IMAGENET1K_V1")


# timm, which need not be installed


class FakeTimmModel(nn.Module):
    def __init__(self, strides: tuple[int, ...] = (16, 32)) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 4, 16, 16), nn.Conv2d(4, 6, 2, 2)
        self.feature_info = SimpleNamespace(reduction=lambda: list(strides))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        fine = self.fine(x)
        return [fine, self.coarse(fine)]


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    told = SimpleNamespace(mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.1))
    stand_in = SimpleNamespace(
        list_models=lambda: ["tinynet", "vit"],
        get_pretrained_cfg=lambda _: told,
        create_model=lambda name, **_: FakeTimmModel((16, 32) if name == "tinynet" else (16,)),
    )
    monkeypatch.setitem(sys.modules, "timm", stand_in)
    return stand_in


@pytest.mark.usefixtures("timm")
def test_a_timm_model_opens_by_name() -> None:
    started = open_starting("timm:tinynet")
    assert started.plan == NetPlan("timm:tinynet", mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.1))
    assert map_depths(started.net) == (4, 6)
    assert list(stages(started.net)) == ["fine", "coarse"]
    again = build(started.plan)
    assert again.state_dict().keys() == started.net.state_dict().keys()


@pytest.mark.usefixtures("timm")
def test_a_timm_model_must_be_there_and_have_both_strides() -> None:
    with pytest.raises(SettingError, match="Did you mean 'timm:tinynet'"):
        open_starting("timm:tinynett")
    with pytest.raises(CheckpointError, match=r"expected a model with maps at strides of 16 and 32 px; it has \[16\]"):
        open_starting("timm:vit")


def test_timm_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(SettingError, match="Run: pip install timm"):
        open_starting("timm:resnet18")


def test_a_net_with_other_maps_is_refused() -> None:
    class Odd(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x, x

    with pytest.raises(CheckpointError, match="must give maps at strides of 16 and 32 px"):
        map_depths(Odd())


def test_a_net_of_one_size_is_refused() -> None:
    class Fixed(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            assert x.shape[-1] == 224, "224 px only"
            return x, x

    with pytest.raises(CheckpointError, match="refuses 64 px"):
        map_depths(Fixed())
