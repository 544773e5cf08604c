"""Takes an opened image; gives what is wrong with its file though a decoder reads it. Knows no cracks."""
