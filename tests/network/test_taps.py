"""Takes the bundled network with its crack map; gives faults where the one changes what the other gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import openvino
import pytest
from tests.stand_ins import int8_backbone, mapping_backbone

from cracklens import draw_wall
from cracklens.errors import CheckpointError
from cracklens.models import INT8_BACKBONE, bundled_map, read_checkpoint
from cracklens.models.registry import find_checkpoint
from cracklens.network import OpenVinoBackbone, cut, local_maps, plan_windows, read_both, read_crack_map
from cracklens.network.dense import dense
from cracklens.network.taps import tap_outputs


def walls() -> np.ndarray:
    return np.stack([draw_wall((256, 320), widths_px=(3.0,), seed=seed).pixels for seed in (1, 2)])


def test_all_that_round_a_tap_round_alike() -> None:
    """So that it does not matter which of them the decoder reads."""
    network, counts = openvino.Core().read_model(INT8_BACKBONE), []
    for tap, output in tap_outputs(network).items():
        rounded = output.get_node()
        if rounded.get_type_name() != "FakeQuantize":
            continue  # layer4 is read as it is
        readers = [reader.get_node() for reader in rounded.input_value(0).get_target_inputs()]
        ranges = [
            [of.get_node().data for of in node.input_values()[1:]] + [node.get_attributes()["levels"]]
            for node in readers
            if node.get_type_name() == "FakeQuantize"
        ]
        counts.append(len(ranges))
        for one in ranges[1:]:
            assert all(np.array_equal(a, b) for a, b in zip(one, ranges[0], strict=True)), tap
    assert max(counts) > 1, "if each is rounded once there is nothing to choose, and this test may go"


def test_features_are_bit_equal_with_and_without_the_crack_map() -> None:
    plain, both = int8_backbone().feature_maps(walls()), mapping_backbone().feature_maps(walls())
    np.testing.assert_array_equal(plain.layer3, both.layer3)
    np.testing.assert_array_equal(plain.layer4, both.layer4)
    assert plain.crack is None
    assert both.crack is not None
    assert both.line is not None
    assert both.crack.shape == (2, 256, 320)
    assert both.line.shape == (2, 64, 80)
    assert both.crack.dtype == both.line.dtype == np.uint8


FROZEN = "f67e1e0ba3f9ac3cfde253f518d92308848dfbaa0bf2a92bcc42e7089fef5676"


def test_layer3_and_layer4_are_of_the_network_that_heads_were_fitted_on() -> None:
    """The weights are those of commit a3ec6a2, before there was a crack map: caches and checkpoints of then still fit.

    The hash is that of its files, the structure first:
    `for end in xml bin; do git show a3ec6a2:src/cracklens/models/weights/resnet50_int8.$end; done | sha256sum`.
    Values of layer3 and layer4 cannot be written down: by hand, CPUs with and without VNNI give values that are .04 of
    14.5 apart. So they are compared on the CPU that runs the test, with the network opened as that commit opened it.
    """
    assert mapping_backbone().hash == FROZEN
    alone = openvino.Core().compile_model(INT8_BACKBONE, "CPU", {"PERFORMANCE_HINT": "LATENCY"})(walls())
    found = mapping_backbone().feature_maps(walls())
    np.testing.assert_array_equal(found.layer3, alone["layer3"])
    np.testing.assert_array_equal(found.layer4, alone["layer4"])


@pytest.mark.slow
def test_features_of_a_whole_window_are_bit_equal() -> None:
    """For sizes that windows of large photos have, the CPU may take other ways of computing."""
    photo = np.tile(walls()[0], (14, 15, 1))
    window = cut(photo, plan_windows((photo.shape[0], photo.shape[1]))[0])[np.newaxis]
    assert min(window.shape[1:3]) > 1500
    plain, both = int8_backbone().feature_maps(window), mapping_backbone().feature_maps(window)
    np.testing.assert_array_equal(plain.layer3, both.layer3)
    np.testing.assert_array_equal(plain.layer4, both.layer4)


def test_hash_covers_the_features_alone() -> None:
    assert mapping_backbone().hash == int8_backbone().hash == bundled_map().card.backbone_hash


def test_one_pass_gives_what_two_give() -> None:
    pixels = draw_wall((300, 700), widths_px=(4.0,), seed=3).pixels
    head = replace(read_checkpoint(find_checkpoint("concrete")).head, map_weight=None)
    local, crack_map = read_both(pixels, mapping_backbone(), head)
    (alone,) = dense([pixels], int8_backbone(), lambda maps: local_maps(maps, head))
    np.testing.assert_array_equal(local, alone)
    again = read_crack_map(pixels, mapping_backbone())
    np.testing.assert_array_equal(crack_map.crack, again.crack)
    np.testing.assert_array_equal(crack_map.line, again.line)
    assert crack_map.crack.shape == (300, 700)
    assert crack_map.line.shape == (75, 175)


def test_crack_lights_up() -> None:
    drawn = draw_wall((300, 700), widths_px=(4.0,), seed=3)
    crack = read_crack_map(drawn.pixels, mapping_backbone()).crack
    assert crack[drawn.true_mask].mean() > 150
    assert crack[~drawn.true_mask].mean() < 15


def test_network_without_a_crack_map_says_so() -> None:
    with pytest.raises(CheckpointError, match="no crack map"):
        read_crack_map(walls()[0], OpenVinoBackbone(INT8_BACKBONE))
