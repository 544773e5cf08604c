"""Takes plans, weights and heads; gives networks in torch and OpenVINO, INT8 forms and how far they are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.training.nets.crack_net import CrackNet, fresh_net, head_of, open_stages, read_weights, weights_bytes
    from cracklens.training.nets.detail_layers import averaged, convolved, detail_node, soft_maximum_node
    from cracklens.training.nets.int8_forms import FLOAT, RANGE_TILES, Agreement, agreement_on, first_agreeing
    from cracklens.training.nets.network import ScoreNet, as_pixels, torch_run
    from cracklens.training.nets.parity import (
        MOST_FLIPPED,
        Parity,
        WindowLogits,
        check_parity,
        compare,
        tile_logits,
        uncalibrated,
    )
    from cracklens.training.nets.plan import NetPlan, Strides, build, map_depths, plan_to_json, stages
    from cracklens.training.nets.quantize import OUTPUT_NAMES, convert_net, quiet_nncf
    from cracklens.training.nets.starting import StartingNet, open_starting, read_state_dict
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "crack_net": ("CrackNet", "fresh_net", "head_of", "open_stages", "read_weights", "weights_bytes"),
            "detail_layers": ("averaged", "convolved", "detail_node", "soft_maximum_node"),
            "int8_forms": ("FLOAT", "RANGE_TILES", "Agreement", "agreement_on", "first_agreeing"),
            "network": ("ScoreNet", "as_pixels", "torch_run"),
            "parity": (
                "MOST_FLIPPED",
                "Parity",
                "WindowLogits",
                "check_parity",
                "compare",
                "tile_logits",
                "uncalibrated",
            ),
            "plan": ("NetPlan", "Strides", "build", "map_depths", "plan_to_json", "stages"),
            "quantize": ("OUTPUT_NAMES", "convert_net", "quiet_nncf"),
            "starting": ("StartingNet", "open_starting", "read_state_dict"),
        },
    )

__all__ = [
    "FLOAT",
    "MOST_FLIPPED",
    "OUTPUT_NAMES",
    "RANGE_TILES",
    "Agreement",
    "CrackNet",
    "NetPlan",
    "Parity",
    "ScoreNet",
    "StartingNet",
    "Strides",
    "WindowLogits",
    "agreement_on",
    "as_pixels",
    "averaged",
    "build",
    "check_parity",
    "compare",
    "convert_net",
    "convolved",
    "detail_node",
    "first_agreeing",
    "fresh_net",
    "head_of",
    "map_depths",
    "open_stages",
    "open_starting",
    "plan_to_json",
    "quiet_nncf",
    "read_state_dict",
    "read_weights",
    "soft_maximum_node",
    "stages",
    "tile_logits",
    "torch_run",
    "uncalibrated",
    "weights_bytes",
]
