"""Takes the method and the path of a request; gives the role that it needs. What has no line here is for nobody."""

from __future__ import annotations

from functools import lru_cache
from re import Pattern
from typing import Literal

from starlette.routing import compile_path

from cracklens.projects.records import Role

Need = Role | Literal["nothing"]
"""What a request needs; "nothing" is for who is not known yet."""

RULES: dict[tuple[str, str], Need] = {
    ("GET", "/static/{path:path}"): "nothing",
    ("GET", "/login"): "nothing",
    ("POST", "/login"): "nothing",
    ("POST", "/logout"): "nothing",
    ("GET", "/"): "look",
    ("GET", "/review"): "look",
    ("GET", "/report"): "look",
    ("GET", "/teach"): "review",
    ("GET", "/photos/{photo}"): "look",
    ("GET", "/tiles/{sha256}/{level}/{column}_{row}.jpg"): "look",
    ("GET", "/crackmap/{key}.png"): "look",
    ("GET", "/report/{name}"): "look",
    ("GET", "/api/photos"): "look",
    ("GET", "/api/photos/{photo}"): "look",
    ("GET", "/api/photos/{photo}/earlier"): "look",
    ("GET", "/api/progress"): "look",
    ("GET", "/api/folders/progress"): "look",
    ("GET", "/api/report/progress"): "look",
    ("GET", "/api/signatures"): "look",
    ("GET", "/api/openapi.json"): "look",
    ("POST", "/api/folders"): "review",
    ("POST", "/api/inspections"): "review",
    ("POST", "/api/uploads"): "review",
    ("HEAD", "/api/uploads/{key}"): "review",
    ("PATCH", "/api/uploads/{key}"): "review",
    ("DELETE", "/api/uploads/{key}"): "review",
    ("POST", "/api/cracks/{crack}/decision"): "review",
    ("PATCH", "/api/cracks/{crack}"): "review",
    ("DELETE", "/api/cracks/{crack}"): "review",
    ("POST", "/api/cracks/{crack}/cut"): "review",
    ("POST", "/api/cracks/{crack}/join"): "review",
    ("PUT", "/api/cracks/{crack}/line"): "review",
    ("POST", "/api/changes/{change}/said"): "review",
    ("PATCH", "/api/photos/{photo}"): "review",
    ("PUT", "/api/photos/{photo}/done"): "review",
    ("DELETE", "/api/photos/{photo}/done"): "review",
    ("PUT", "/api/photos/{photo}/scale"): "review",
    ("POST", "/api/photos/{photo}/snap"): "review",
    ("POST", "/api/photos/{photo}/cracks"): "review",
    ("PATCH", "/api/project"): "review",
    ("PUT", "/api/lists"): "review",
    ("PUT", "/api/threshold"): "review",
    ("GET", "/api/teach"): "review",
    ("POST", "/api/teach"): "review",
    ("GET", "/api/teach/progress"): "review",
    ("PUT", "/api/detector"): "review",
    ("GET", "/api/promise"): "review",
    ("POST", "/api/undo"): "review",
    ("POST", "/api/redo"): "review",
    ("POST", "/api/report"): "review",
    ("POST", "/api/signatures"): "sign",
}
"""By method and path of a route, as the route itself has it; a test holds that there is a line for each route."""


def needed(method: str, path: str) -> Need | None:
    """Give what a request needs; None where no rule says so, and nobody may.

    Args:
        method: of the request; HEAD needs what GET does, where it has no rule of its own.
        path: without the query.
    """
    methods = (method, "GET") if method == "HEAD" else (method,)
    found = (need for of in methods for pattern, need in _patterns(of) if pattern.match(path))
    return next(found, None)


@lru_cache(maxsize=16)
def _patterns(method: str) -> tuple[tuple[Pattern[str], Need], ...]:
    """Give the rules of a method, each path as the router itself reads it."""
    return tuple((compile_path(path)[0], need) for (of, path), need in RULES.items() if of == method)
