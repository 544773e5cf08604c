"""Takes settings and a machine; gives faults of what is chosen where nothing is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import torch

from cracklens.errors import SettingError
from cracklens.training.finetune.settings import (
    FinetuneSettings,
    MachineSettings,
    chosen_device,
    chosen_precision,
    chosen_strategy,
)

pytestmark = pytest.mark.slow  # minutes of torch; the fast suite stays under 90 s


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let torch believe in GPUs."""

    def there(count: int) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: count > 1)

    return there


def test_the_device_is_the_one_that_is_there(gpus: Callable[[int], None]) -> None:
    gpus(0)
    assert chosen_device(MachineSettings()) == "cpu"
    with pytest.raises(SettingError, match="device cuda needs a GPU"):
        chosen_device(MachineSettings(device="cuda"))
    gpus(2)
    assert [chosen_device(MachineSettings(device=of)) for of in ("auto", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]
    with pytest.raises(SettingError, match="at most the 2 GPUs that are there; got 3"):
        chosen_device(MachineSettings(devices=3))


def test_precision_is_mixed_where_the_device_has_it(gpus: Callable[[int], None]) -> None:
    gpus(2)
    assert chosen_precision(MachineSettings(), "cuda") == "bf16-mixed"
    assert chosen_precision(MachineSettings(), "cpu") == "32-true"
    gpus(1)
    assert chosen_precision(MachineSettings(), "cuda") == "16-mixed"
    assert chosen_precision(MachineSettings(precision="32-true"), "cuda") == "32-true"


def test_several_processes_train_by_ddp_that_bears_a_resting_backbone() -> None:
    assert chosen_strategy(MachineSettings()) == "auto"
    for machine in (MachineSettings(devices=2), MachineSettings(hosts=2), MachineSettings(devices=2, strategy="ddp")):
        assert chosen_strategy(machine) == "ddp_find_unused_parameters_true"
    assert chosen_strategy(MachineSettings(devices=2, strategy="fsdp")) == "fsdp"


def test_all_faults_of_settings_come_at_once() -> None:
    with pytest.raises(SettingError, match=r"epochs must be ≥ 1; got 0; devices must be ≥ 1; got 0; learning_rate"):
        FinetuneSettings(epochs=0, learning_rate=-1, machine=MachineSettings(devices=0))
    with pytest.raises(
        SettingError, match=r"average must be .* got 1; most_flipped must be .*; precision must be one of"
    ):
        FinetuneSettings(average=1, most_flipped=2, machine=MachineSettings(precision="8"))  # type: ignore[arg-type]
