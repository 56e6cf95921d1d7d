"""What became of a log's rows when it was read: the cleaning report that lies beside an imported log, as a table.

Only counts by rule are printed. The examples stay in the file: they show cells of single rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hallsim.errors import LogError
from hallsim.logs import report_path
from hallsim.logs.rules import DROPPED, KEPT, REPAIRED, RULE
from hallsim.model import Label

_EFFECTS = {
    DROPPED: Label("dropped", "剔除"),
    REPAIRED: Label("kept, repaired", "保留并修正"),
    KEPT: Label("kept, reported", "保留并提示"),
}


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Rows read and kept, and for each rule that was met: what it says, what became of the rows, how many."""

    read: int
    kept: int
    rules: tuple[tuple[Label, Label, int], ...]


def cleaning_of(log: str | Path) -> Cleaning | None:
    """Return the cleaning report that lies beside a log; None if there is none.

    Raises
    ------
    LogError
        If the file beside it is no cleaning report.
    """
    path = report_path(log)
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rules = []
        for count in found["counts"]:
            rule = RULE[count["rule"]]
            rules.append((Label(rule.en, rule.zh), _EFFECTS[rule.effect], int(count["count"])))
        return Cleaning(int(found["rows_read"]), int(found["rows_kept"]), tuple(rules))
    except (ValueError, KeyError, TypeError):
        raise LogError("is not a cleaning report; import the log again, or take the file away", str(path)) from None
