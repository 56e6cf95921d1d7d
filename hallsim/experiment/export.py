"""Tables into files that other programs open: CSV and Excel.

In: a pandas table, a path whose ending says the format. Out: the file, as a whole or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hallsim.errors import UsageError
from hallsim.files import atomic_write

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".xlsx")
MOST_EXCEL_ROWS = 1_048_575
"""Rows of a sheet below its head."""


def export(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV (UTF-8 with BOM, which Excel needs to read Chinese) or as an Excel sheet.

    Raises
    ------
    UsageError
        If a sheet cannot hold so many rows.
    OSError
    """
    if path.suffix.lower() == ".csv":
        with atomic_write(path, "w", encoding="utf-8-sig", newline="") as file:
            frame.to_csv(file, index=False, lineterminator="\n")
        return
    if len(frame) > MOST_EXCEL_ROWS:
        raise UsageError(
            f"{path}: an Excel sheet has {MOST_EXCEL_ROWS:,} rows and the table {len(frame):,}; write .csv"
        )
    import pandas as pd

    # a name that begins with = is a name, and the file holds no formulas
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with (
        atomic_write(path) as file,
        pd.ExcelWriter(file, engine="xlsxwriter", engine_kwargs=options) as writer,
    ):
        frame.to_excel(writer, sheet_name="results", index=False, freeze_panes=(1, 0))
