"""Takes labelled tiles; gives checkpoints. Only some of its modules need torch."""
