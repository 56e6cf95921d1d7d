"""Logs as commands take them: raw files with a mapping, perhaps with transaction records, or tables of visits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.logs import CleaningReport, Joining

RECORDS = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE", help="Transaction records without ticket numbers, joined by staff or counter and time."
    ),
]
RECORDS_MAPPING = Annotated[
    str, typer.Option(metavar="NAME|FILE", help="How to read the records; default: transaction_records.")
]
TABLES = (".parquet",)


def read_logs(files: list[Path], mapping: str | None) -> tuple[pd.DataFrame, CleaningReport | None]:
    """Return the visits of several files of one log, and the report of their cleaning where they are raw.

    Read together, so that people have the same pseudonyms in all of them.

    Raises
    ------
    LogError, ScenarioError, UsageError
        If a file or the mapping cannot be read, or raw files come without a mapping.
    """
    if mapping is not None:
        from hallsim import logs

        return logs.read(mapping, files)
    if raw := [str(path) for path in files if path.suffix.lower() not in TABLES]:
        raise UsageError(f"{raw[0]} is a raw log; --mapping says how to read it (`hallsim import-log --list`)")
    import pandas as pd

    from hallsim.visits import load

    tables = [load(path) for path in files]
    return (pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]), None


def read_with_records(
    files: list[Path],
    mapping: str | None,
    records: list[Path],
    records_mapping: str,
    keep_staff: bool = False,
    staff_key: str = "",
) -> tuple[pd.DataFrame, Joining]:
    """Return the visits of raw files joined with transaction records, and what became of both.

    Raises
    ------
    LogError, ScenarioError, UsageError
        If a file or a mapping cannot be read, the two have nothing in common, or no mapping of the log is named.
    """
    if mapping is None:
        raise UsageError(
            "records are joined to raw logs: --mapping says how to read them (`hallsim import-log --list`)"
        )
    from hallsim import logs
    from hallsim.logs.joined import RECORD_MAPPING

    how = records_mapping or RECORD_MAPPING
    return logs.read_joined(mapping, files, records, how, keep_staff=keep_staff, staff_key=staff_key)
