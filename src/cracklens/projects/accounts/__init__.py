"""Takes people who come over a network; gives who of them may do what in a project. Local use needs none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.projects.accounts.guesses import Guesses
    from cracklens.projects.accounts.people import (
        User,
        add_user,
        check_password,
        disable,
        set_password,
        set_role,
        users,
    )
    from cracklens.projects.accounts.sessions import close_session, open_session, session_user
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "guesses": ("Guesses",),
            "sessions": (
                "close_session",
                "open_session",
                "session_user",
            ),
            "people": (
                "User",
                "add_user",
                "check_password",
                "disable",
                "set_password",
                "set_role",
                "users",
            ),
        },
    )

__all__ = [
    "Guesses",
    "User",
    "add_user",
    "check_password",
    "close_session",
    "disable",
    "open_session",
    "session_user",
    "set_password",
    "set_role",
    "users",
]
