"""Takes the command line; gives the verbs, one per file."""
