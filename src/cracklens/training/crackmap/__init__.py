"""Takes pictures with masks; gives a decoder that finds which px are crack. Knows no detector."""
