"""The report of a sweep: one HTML file with its charts, its effects, and its best points.

In: a `Swept`, the figure that is looked at, where it comes from. Out: a page of the same kind as that of a run
(`hallsim.report.build`): self-contained, the same input giving the same bytes, everything in Chinese and English.
"""

from __future__ import annotations

import math
import os
import shlex
from pathlib import Path
from typing import Any

from hallsim.charts import SWEEP_CHARTS, SweepMaterial
from hallsim.charts.text import name_of
from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.sweeps.effects import main_effects
from hallsim.experiment.sweeps.pareto import front, usual
from hallsim.experiment.sweeps.swept import Swept
from hallsim.experiment.sweeps.words import change, point_rows, sentences, title
from hallsim.files import atomic_write
from hallsim.model import Label
from hallsim.report.figures import as_json
from hallsim.report.origin import MOST_TEXT, FileText, Origin, shown_path
from hallsim.report.pieces import asset, drawing_of, environment_of
from hallsim.report.script import packed, plotly_script
from hallsim.report.texts import DASH, LANGUAGES, text
from hallsim.report.writing import Writer
from hallsim.scenario.text import read_text

MOST_ROWS = 100
"""Points of the front in the table."""


def report_sweep(
    found: Swept,
    path: str | os.PathLike[str],
    lang: str = "both",
    kpi: str = "mean_wait",
    origin: Origin | None = None,
) -> None:
    """Write the report of a sweep.

    Parameters
    ----------
    found : Swept
    path : the file; replaced as a whole or not at all
    lang : {"zh", "en", "both"}
    kpi : str
        The figure that the charts show.
    origin : Origin, optional

    Raises
    ------
    UsageError
        For another language, or a figure that was not measured.
    """
    if lang not in (*LANGUAGES, "both"):
        raise UsageError(not_one_of(lang, "a language of reports", (*LANGUAGES, "both")))
    page = render_sweep(found, lang, kpi, origin or Origin())
    with atomic_write(path) as file:
        file.write(page.encode("utf-8", errors="replace"))  # names may hold halves of surrogate pairs


def render_sweep(found: Swept, lang: str, kpi: str, origin: Origin) -> str:
    """Return the report as HTML text."""
    languages = LANGUAGES if lang == "both" else (lang,)
    material = SweepMaterial(found, found.figure(kpi))
    drawn = [drawing_of(chart, material, languages) for chart in SWEEP_CHARTS if chart.applies(material)]
    rows = front(found)
    figures = packed(as_json({d.name: d.figures for d in drawn}).encode("ascii")) if drawn else ""
    return (
        environment_of(Writer(languages))
        .get_template("sweep.html")
        .render(
            languages=languages,
            lang=languages[0],
            found=found,
            title=text("title_sweep"),
            head=Label(title(found, "en"), title(found, "zh")),
            sentences=_both(*(sentences(found, language, material.figure) for language in ("en", "zh"))),
            drawn=drawn,
            effects=_effects(found),
            front=_front(found.take(rows[:MOST_ROWS])),
            front_left_out=max(len(rows) - MOST_ROWS, 0),
            facts=_facts(found, origin),
            origin=origin,
            style=asset("page.css"),
            code=asset("page.js"),
            figures=figures,
            script=plotly_script() if drawn else "",
        )
    )


def origin_of_sweep(file: str | Path, kpi: str, path: str | Path, lang: str, made: str = "") -> Origin:
    """Return the origin of a sweep's report: its file as written, and the command line that makes it again."""
    words = ["hallsim", "sweep", shown_path(file), "--figure", kpi, "--report", shown_path(path), "--lang", lang]
    words += ["--date", made] if made else []
    written = read_text(str(file), kind="sweep")
    shown = FileText(shown_path(file), written[:MOST_TEXT], MOST_TEXT if len(written) > MOST_TEXT else 0)
    return Origin(files=(shown,), command=shlex.join(words), made=made)


def _effects(found: Swept) -> tuple[list[Label], list[list[Label]]]:
    """Return heads and rows: a row for each factor, a column for each figure."""
    effects = [{e.factor: e for e in main_effects(found, i)} for i in range(len(found.figures))]
    heads = [text("what"), *(_name(figure.label) for figure in found.figures)]
    rows = []
    for k, factor in enumerate(found.factors):
        cells = [_name(factor.label)]
        for i, by_factor in enumerate(effects):
            cells.append(_effect(by_factor.get(k), found.figures[i].kpi.unit))
        rows.append(cells)
    return heads, rows


def _effect(effect: Any, unit: str) -> Label:
    if effect is None or effect.is_noise or math.isnan(effect.change_half):
        return Label(DASH, DASH)
    en, zh = (
        f"{change(effect.change, unit, lang)} ± {change(effect.change_half, unit, lang)}" for lang in ("en", "zh")
    )
    level = effect.levels[effect.most]
    return Label(f"{en}, highest at {level}", f"{zh}，{level} 时最高")


def _front(found: Swept) -> tuple[list[Label], list[list[Label]]]:
    """Return heads and rows of points."""
    (en, *english), (zh, *chinese) = (point_rows(found, lang, list(usual(found))) for lang in ("en", "zh"))
    return _both(en, zh), [_both(a, b) for a, b in zip(english, chinese, strict=True)]


def _facts(found: Swept, origin: Origin) -> list[tuple[Label, Label]]:
    """Return what is needed to get the same numbers again."""
    manifest, about = found.manifest, found.about
    facts: list[tuple[Label, Any]] = [
        (text("version"), manifest["hallsim"]),
        (text("semantics"), manifest["semantics"]),
        (text("scenario"), about["base"]),
        (text("scenario_hash"), manifest["identity"]["the base"]),
        (text("sweep_design"), about["design"]),
        (text("sweep_points"), f"{found.wanted:,}"),
        (text(f"replications_{found.replication}"), about["days"]),
        (text("seed"), about["seed"]),
    ]
    facts += [(text("made"), origin.made)] if origin.made else []
    return [(name, Label(str(value), str(value))) for name, value in facts]


def _both(en: list[str], zh: list[str]) -> list[Label]:
    return [Label(a, b) for a, b in zip(en, zh, strict=True)]


def _name(label: Label) -> Label:
    return Label(name_of(label, "en", 60), name_of(label, "zh", 60))
