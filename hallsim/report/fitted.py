"""Pages of what was fitted to a log: a calibration, and a back-test.

In: a `Hall` with its figures, or a `Backtest`. Out: one HTML file of the same kind as that of a run
(`hallsim.report.build`): the verdict, charts of what was fitted beside the log, the tables, what to beware of and what
the log cannot tell, and the command line that makes it again. Self-contained, in Chinese, English or both.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import hallsim
from hallsim.calibrate import backtest_text
from hallsim.calibrate.backtest import Backtest
from hallsim.calibrate.hall import words
from hallsim.calibrate.hall.figure import Figure
from hallsim.calibrate.hall.fit import Hall
from hallsim.charts import BACKTEST_CHARTS, FIT_CHARTS
from hallsim.charts.base import PageChart
from hallsim.errors import UsageError, not_one_of
from hallsim.files import atomic_write
from hallsim.model import Label
from hallsim.report.figures import as_json
from hallsim.report.pieces import asset, drawing_of, environment_of
from hallsim.report.script import packed, plotly_script
from hallsim.report.texts import LANGUAGES, text
from hallsim.report.writing import Writer

M = TypeVar("M")
CHOICES = (*LANGUAGES, "both")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page: its name, and its cells with the heads first."""

    head: Label
    rows: list[list[Label]]


@dataclass(frozen=True, slots=True)
class Remarks:
    """Sentences under a head."""

    head: Label
    sentences: list[Label]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says beside its charts."""

    title: Label
    subject: Label
    sentences: list[Label]
    tables: list[Table]
    remarks: list[Remarks]
    command: str


def report_calibration(
    hall: Hall,
    figures: Sequence[Figure],
    factor: float,
    path: str | os.PathLike[str],
    lang: str = "both",
    command: str = "hallsim calibrate",
) -> None:
    """Write the report of a calibration.

    Parameters
    ----------
    hall, figures : what was fitted
    factor : float
        The workload that the scenario takes.
    path : the file; replaced as a whole or not at all
    lang : {"zh", "en", "both"}
    command : the command line that makes it again

    Raises
    ------
    UsageError
        For another language.
    """
    tables = [
        Table(Label(en, zh), _cells(english, chinese))
        for (en, english), (zh, chinese) in _both(*(words.rows_by_day(hall, figures, x) for x in ("en", "zh")))
    ]
    remarks = [
        Remarks(Label(en, zh), [Label(a, b) for a, b in _both(english, chinese)])
        for (en, english), (zh, chinese) in _both(*(words.remarks(hall, figures, x) for x in ("en", "zh")))
    ]
    sentences = words.verdict(hall, figures, factor)
    page = Page(text("title_calibration"), Label(hall.name, hall.name), sentences, tables, remarks, command)
    _write(page, FIT_CHARTS, hall, path, lang)


def report_backtest(
    found: Backtest, path: str | os.PathLike[str], lang: str = "both", command: str = "hallsim backtest"
) -> None:
    """Write the report of a back-test; parameters and errors as `report_calibration`."""
    tables = [
        Table(Label(en, zh), _cells(english, chinese))
        for (en, english), (zh, chinese) in _both(*(backtest_text.tables(found, x) for x in ("en", "zh")))
    ]
    names = ", ".join(p.period.name for p in found.predictions)
    subject = Label(f"{found.fitted.name} → {names}", f"{found.fitted.name} → {names}")
    remarks = [Remarks(text("fitted_how"), backtest_text.fitted(found))]
    sentences = [backtest_text.verdict(found)]
    _write(
        Page(text("title_backtest"), subject, sentences, tables, remarks, command), BACKTEST_CHARTS, found, path, lang
    )


def _write(page: Page, charts: Sequence[PageChart[M]], material: M, path: str | os.PathLike[str], lang: str) -> None:
    if lang not in CHOICES:
        raise UsageError(not_one_of(lang, "a language of reports", CHOICES))
    languages = LANGUAGES if lang == "both" else (lang,)
    drawn = [drawing_of(chart, material, languages) for chart in charts if chart.applies(material)]
    html = (
        environment_of(Writer(languages))
        .get_template("fitted.html")
        .render(
            languages=languages,
            lang=languages[0],
            title=page.title,
            subject=page.subject,
            sentences=page.sentences,
            tables=page.tables,
            remarks=page.remarks,
            command=page.command,
            version=hallsim.__version__,
            drawn=drawn,
            style=asset("page.css"),
            code=asset("page.js"),
            figures=packed(as_json({d.name: d.figures for d in drawn}).encode("ascii")) if drawn else "",
            script=plotly_script() if drawn else "",
        )
    )
    with atomic_write(path) as file:
        file.write(html.encode("utf-8", errors="replace"))  # names may hold halves of surrogate pairs


def _both(en: Sequence[M], zh: Sequence[M]) -> list[tuple[M, M]]:
    return list(zip(en, zh, strict=True))


def _cells(en: list[list[str]], zh: list[list[str]]) -> list[list[Label]]:
    return [[Label(a, b) for a, b in _both(*rows)] for rows in _both(en, zh)]
