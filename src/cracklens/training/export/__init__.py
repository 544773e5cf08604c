"""Takes a checkpoint and labelled tiles; gives it as OpenVINO or ONNX for other programs. Needs torch."""
