"""Takes the bundled network and a crack map's decoder; gives one network of both. Knows not how they are made."""

from __future__ import annotations

from typing import Any

RELU = {
    "stem": "__module.net.relu/aten::relu_/Relu",
    "layer1": "__module.net.layer1.2.relu/aten::relu_/Relu_2",
    "layer2": "__module.net.layer2.3.relu/aten::relu_/Relu_2",
}
"""Names of the operations in the bundled network whose rounded outputs are read; layer3 and layer4 are its outputs."""

TAPS = ("stem", "layer1", "layer2", "layer3", "layer4")
"""What a decoder reads of the network, at strides of 2, 4, 8, 16 and 32 px."""

FULL = 255
"""A map's probability of 1, as it leaves the network."""


def tap_outputs(network: Any) -> dict[str, Any]:
    """Give the outputs of an INT8 network that a decoder reads, each as the next layer reads it: rounded to 8 bits.

    Read before the rounding, they would have to be computed in float beside: a third of the network's time.

    Args:
        network: an `openvino.Model` of the bundled backbone.
    """
    operations = {operation.get_friendly_name(): operation for operation in network.get_ops()}
    found = {tap: _rounded(operations[name].output(0)) for tap, name in RELU.items()}
    for result in network.get_results():
        source = result.input_value(0)
        (tap,) = source.get_names() & {"layer3", "layer4"}
        found[tap] = _rounded(source) if tap == "layer3" else source
    return {tap: found[tap] for tap in TAPS}


def _rounded(output: Any) -> Any:
    readers = [reader.get_node() for reader in output.get_target_inputs()]
    rounded = [node for node in readers if node.get_type_name() == "FakeQuantize"]
    first = min(rounded, key=lambda node: str(node.get_friendly_name()))  # any: all round alike, as a test holds
    return first.output(0)


def with_crack_map(network: Any, decoder: Any, *, maps_alone: bool = False) -> Any:
    """Give one network with the outputs layer3, layer4, crack (N, H, W) and line (N, H / 4, W / 4), the last two uint8.

    Where nobody reads layer3, OpenVINO rounds it in another step, which may turn a level of 8 bits: the maps of a
    network that gives its features are not those of one that does not, to the bit.

    Args:
        network: `openvino.Model` of the bundled backbone, taken apart.
        decoder: `openvino.Model` with the inputs pixels (N, 3, H, W), -1 to 1, and `TAPS`, and the outputs crack and
            line, logits; taken apart too.
        maps_alone: leave layer3 and layer4 out.
    """
    import numpy as np
    import openvino
    from openvino import opset13 as op

    taps = tap_outputs(network)
    (pixels,) = network.get_parameters()
    planar = op.transpose(op.convert(pixels, "f32"), op.constant(np.array([0, 3, 1, 2])))
    scaled = op.subtract(op.multiply(planar, op.constant(np.float32(2 / 255))), op.constant(np.float32(1)))
    sources = {"pixels": scaled.output(0), **taps}
    for parameter in decoder.get_parameters():
        parameter.output(0).replace(sources[parameter.get_friendly_name()])
    features = [] if maps_alone else network.get_results()
    return openvino.Model([*features, *_maps(decoder)], [pixels], "cracklens")


def _maps(decoder: Any) -> list[Any]:
    """Give a decoder's outputs as probabilities of 0-255."""
    import numpy as np
    from openvino import opset13 as op

    found = []
    for result in decoder.get_results():
        source = result.input_value(0)
        (name,) = source.get_names() & {"crack", "line"}
        levels = op.round(op.multiply(op.sigmoid(source), op.constant(np.float32(FULL))), "half_to_even")
        rounded = op.convert(levels, "u8")
        rounded.output(0).get_tensor().set_names({name})
        found.append(op.result(rounded))
    return found
