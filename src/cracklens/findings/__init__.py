"""Takes a photo and its score map; gives findings: regions, traced cracks, their sizes in px and mm."""
