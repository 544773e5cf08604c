"""Takes an opened image; gives its pixels as 8-bit sRGB, of every format and depth. Knows no EXIF."""
