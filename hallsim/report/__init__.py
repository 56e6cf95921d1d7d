"""The report: one HTML file that opens anywhere, in Chinese, English, or both."""

from __future__ import annotations

from hallsim.report.build import CHOICES, render, write
from hallsim.report.fitted import report_backtest, report_calibration
from hallsim.report.make import material_of, report, report_log
from hallsim.report.origin import Origin, command_of, origin_of_comparison, origin_of_plan, origin_of_run
from hallsim.report.swept import origin_of_sweep, report_sweep

__all__ = [
    "CHOICES",
    "Origin",
    "command_of",
    "material_of",
    "origin_of_comparison",
    "origin_of_plan",
    "origin_of_run",
    "origin_of_sweep",
    "render",
    "report",
    "report_backtest",
    "report_calibration",
    "report_log",
    "report_sweep",
    "write",
]
