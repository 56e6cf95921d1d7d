"""Logs in: what queue machines and call centres write -> the table of visits, with a report of the cleaning.

>>> from hallsim import logs
>>> table, report = logs.read("clinic_tickets", "august.csv")  # doctest: +SKIP
>>> report.count("no_counter")  # doctest: +SKIP

A mapping file says what a log's columns mean (`hallsim/docs/mapping.md`); some are shipped (`shipped`).
"""

from __future__ import annotations

from hallsim.logs.importing import convert, read, report_path
from hallsim.logs.join_report import JoinReport
from hallsim.logs.joined import Joining, read_joined
from hallsim.logs.mapping import Mapping, load_mapping, shipped
from hallsim.logs.report import CleaningReport, NotCleanError

__all__ = [
    "CleaningReport",
    "JoinReport",
    "Joining",
    "Mapping",
    "NotCleanError",
    "convert",
    "load_mapping",
    "read",
    "read_joined",
    "report_path",
    "shipped",
]
