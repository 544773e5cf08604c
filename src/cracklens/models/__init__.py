"""Takes names and folders; gives checkpoints, their cards and the bundled weights."""
