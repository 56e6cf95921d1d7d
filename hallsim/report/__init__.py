"""The report: one HTML file that opens anywhere, in Chinese, English, or both."""

from __future__ import annotations

from hallsim.report.build import CHOICES, render, write
from hallsim.report.make import material_of, report, report_log
from hallsim.report.origin import Origin, origin_of_comparison, origin_of_run

__all__ = [
    "CHOICES",
    "Origin",
    "material_of",
    "origin_of_comparison",
    "origin_of_run",
    "render",
    "report",
    "report_log",
    "write",
]
