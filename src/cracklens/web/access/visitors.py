"""Takes a request that was let in; gives who sends it, and what they may do, to the routes. Lets nobody in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, get_args

from fastapi import Depends, Request

from cracklens.projects.records import Role

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Visitor:
    """Who sends a request.

    Attributes:
        name: of the user, as the log keeps it; "" in local use.
        role: of the user; in local use one may do everything.
    """

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Say whether who needs this role is this one, or a lesser one."""
        return ROLES.index(self.role) >= ROLES.index(role)


ALONE = Visitor("", "sign")
"""Who sits at the machine itself."""


async def here(request: Request) -> Visitor:
    """Give who sends a request that the gate has let in."""
    visitor: Visitor = request.scope["user"]
    return visitor


async def who(visitor: Annotated[Visitor, Depends(here)]) -> str:
    """Give the name under which a change is kept."""
    return visitor.name


Here = Annotated[Visitor, Depends(here)]
"""Of a parameter: who sends the request."""

Who = Annotated[str, Depends(who)]
"""Of a parameter: the name under which the change is kept."""
