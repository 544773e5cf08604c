"""The splits of sets that come without an official one, each with the script that made it."""
