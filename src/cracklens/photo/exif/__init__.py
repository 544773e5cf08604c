"""Takes an opened image; gives the facts it carries: when, where, with which lens. Knows no pixels."""
