"""The report: one HTML file that opens anywhere, in Chinese, English, or both."""

from __future__ import annotations

from hallsim.report.build import CHOICES, render, write
from hallsim.report.make import report
from hallsim.report.origin import Origin, origin_of_run

__all__ = ["CHOICES", "Origin", "origin_of_run", "render", "report", "write"]
