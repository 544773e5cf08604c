"""Takes a project's database; gives its rows, each change by a person logged. Knows no files beside it."""

from cracklens.projects.records.audit import (
    changes_of,
    changing,
    check_version,
    last_line,
    now,
    others_since,
    take_back,
)
from cracklens.projects.records.database import Database
from cracklens.projects.records.dates import ChangeRow, ComparisonRow, EarlierRow, GoneSaid
from cracklens.projects.records.tables import (
    AuditRow,
    Base,
    CrackRow,
    Decision,
    InspectionRow,
    JobRow,
    JobState,
    PhotoRow,
    PhotoState,
    ProjectRow,
    Role,
    SessionRow,
    SignatureRow,
    UserRow,
)

__all__ = [
    "AuditRow",
    "Base",
    "ChangeRow",
    "ComparisonRow",
    "CrackRow",
    "Database",
    "Decision",
    "EarlierRow",
    "GoneSaid",
    "InspectionRow",
    "JobRow",
    "JobState",
    "PhotoRow",
    "PhotoState",
    "ProjectRow",
    "Role",
    "SessionRow",
    "SignatureRow",
    "UserRow",
    "changes_of",
    "changing",
    "check_version",
    "last_line",
    "now",
    "others_since",
    "take_back",
]
