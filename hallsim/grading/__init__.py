"""Grades of halls: scores from outer and inner figures, a ranking, and a scenario from the template of a grade."""

from __future__ import annotations

from hallsim.grading.rules import DEFAULT_RULES, Grade, Rules, read_rules
from hallsim.grading.scores import Graded, grade, read_halls
from hallsim.grading.table import document, render
from hallsim.grading.template import Filled, fill

__all__ = [
    "DEFAULT_RULES",
    "Filled",
    "Grade",
    "Graded",
    "Rules",
    "document",
    "fill",
    "grade",
    "read_halls",
    "read_rules",
    "render",
]
