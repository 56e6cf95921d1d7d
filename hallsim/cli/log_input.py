"""Logs as commands take them: raw files with a mapping, or tables of visits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.logs import CleaningReport

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
