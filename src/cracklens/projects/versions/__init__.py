"""Takes a project's database of an older version; gives it one version on, a module for each step."""

__all__: list[str] = []
