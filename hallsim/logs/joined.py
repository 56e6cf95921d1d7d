"""A log and the transaction records beside it, read together: people have the same pseudonyms in both."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.errors import UsageError
from hallsim.logs.importing import Progress, read
from hallsim.logs.join_report import JoinReport
from hallsim.logs.mapping import Mapping, load_mapping
from hallsim.logs.records import join
from hallsim.logs.report import CleaningReport

if TYPE_CHECKING:
    import pandas as pd

RECORD_MAPPING = "transaction_records"
"""The shipped mapping that reads records where none is named."""

Files = Sequence[str | os.PathLike[str]]


@dataclass(frozen=True, slots=True)
class Joining:
    """What became of the rows of the log, of those of the records, and of the records beside the log."""

    log: CleaningReport
    records: CleaningReport
    joined: JoinReport

    def to_json(self) -> dict[str, Any]:
        """Return the three reports as plain data."""
        return {"log": self.log.to_json(), "records": self.records.to_json(), "joined": self.joined.to_json()}


def read_joined(
    mapping: str | os.PathLike[str] | Mapping,
    paths: Files,
    records: Files,
    record_mapping: str | os.PathLike[str] | Mapping = RECORD_MAPPING,
    *,
    keep_staff: bool = False,
    staff_key: str = "",
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, Joining]:
    """Read a log that fits in memory, and join transaction records to its services (`records.join`).

    Parameters
    ----------
    mapping, paths, keep_staff, staff_key, progress : as in `hallsim.logs.read`
    records : raw files of transaction records
    record_mapping : how they are read; a mapping with `t_booked`

    Raises
    ------
    LogError, ScenarioError
        As `read` and `join`.
    UsageError
        If the mapping of the records is one of logs, or the other way round.
    """
    ours, theirs = load_mapping(mapping), load_mapping(record_mapping)
    if ours.booked:
        raise UsageError(f"{ours.name} reads transaction records; it is no mapping of a log")
    if not theirs.booked:
        raise UsageError(f"{theirs.name} reads no transaction records: its columns have no t_booked")
    key = staff_key or common_key([*paths, *records])
    visits, cleaned = read(ours, list(paths), keep_staff=keep_staff, staff_key=key, progress=progress)
    booked, of_records = read(theirs, list(records), keep_staff=keep_staff, staff_key=key, progress=progress)
    found, joined = join(visits, booked)
    return found, Joining(cleaned, of_records, joined)


def common_key(paths: Files) -> str:
    """Return a key for the pseudonyms of several files, of their content; what cannot be read adds nothing."""
    key = hashlib.blake2b(digest_size=32)
    for path in paths:
        with contextlib.suppress(OSError), open(path, "rb") as file:
            key.update(hashlib.file_digest(file, hashlib.blake2b).digest())
    return key.hexdigest()
