"""Takes labelled tiles; gives a checkpoint whose network learnt from them. Needs torch and Lightning."""
