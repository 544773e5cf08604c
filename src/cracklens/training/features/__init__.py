"""Takes tiles and a backbone; gives features of their neighbourhoods and cells, kept by content. Knows no heads."""
