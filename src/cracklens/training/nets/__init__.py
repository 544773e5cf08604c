"""Takes plans, weights and heads; gives networks in torch and OpenVINO, INT8 forms and how far they are apart."""
