"""The page: material in, one self-contained HTML file out.

In: a `Material` (results, profile, a log beside them) and an `Origin` (what the results do not know: the
scenario's text, the command line). Out: HTML text that asks for nothing on the network, in Chinese, English,
or both with a switch. The same input gives the same bytes: no date, no random id, no path of the machine.

Names that planners choose are text, never markup: templates escape everything, names stand in `<bdi>`, and
the figures are packed like the script that draws them, which also keeps them small.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from hallsim.charts import CHARTS
from hallsim.charts.base import SECTIONS, Chart, Material
from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.beside import figures, notes, why_points_differ
from hallsim.experiment.guard import words as guard_words
from hallsim.experiment.results import Results
from hallsim.files import atomic_write
from hallsim.kpis.base import kpi_label
from hallsim.model import Label
from hallsim.report.answer import answer_of, question_of, remarks_of
from hallsim.report.beside import beside_of
from hallsim.report.compared import compared_of
from hallsim.report.figures import as_json
from hallsim.report.origin import Origin
from hallsim.report.pieces import asset, drawing_of, environment_of
from hallsim.report.script import packed, plotly_script
from hallsim.report.staffed import staffed_of
from hallsim.report.tables import Table, tables_of
from hallsim.report.texts import DASH, LANGUAGES, UNITS_OF, VERDICTS, span, text, with_unit
from hallsim.report.writing import Writer

CHOICES = (*LANGUAGES, "both")
"""Languages of a page; the first is shown first where both are there and the browser prefers neither."""


_SILENT = (
    *("no_log", "no_comparison", "no_plan", "alike_days", "no_uncertainty", "no_costs", "no_catchment", "no_zones"),
    *("no_network", "no_steps", "no_persons"),
)
"""Reasons that go without saying."""
FIRST_PAGE = 3
"""Charts on the first page."""
_IN_SHORT = ("why", "one_more")
"""Charts whose findings stand below the answer: why customers wait, and what one more server would change."""


def write(material: Material, path: str | os.PathLike[str], lang: str = "both", origin: Origin | None = None) -> None:
    """Write the report as one HTML file.

    Parameters
    ----------
    material : Material
    path : the file; replaced as a whole or not at all
    lang : {"zh", "en", "both"}
    origin : Origin, optional

    Raises
    ------
    UsageError
        For another language.
    """
    page = render(material, lang, origin)
    with atomic_write(path) as file:
        # names may hold halves of surrogate pairs, which no encoding takes
        file.write(page.encode("utf-8", errors="replace"))


def render(
    material: Material, lang: str = "both", origin: Origin | None = None, charts: Sequence[Chart] = CHARTS
) -> str:
    """Return the report as HTML text; parameters as `write`, and the charts to draw."""
    if lang not in CHOICES:
        raise UsageError(not_one_of(lang, "a language of reports", CHOICES))
    languages = LANGUAGES if lang == "both" else (lang,)
    origin = origin or Origin()
    results = material.results
    drawn = [drawing_of(chart, material, languages) for chart in charts if not chart.why_not(material, "en")]
    section_of = {chart.name: chart.section for chart in charts}
    elsewhere = [d for d in drawn if section_of[d.name]]  # stands with the tables of its section
    drawn = [d for d in drawn if d not in elsewhere]
    # three charts on the first page: where one of those meant for it cannot be drawn, the next takes its place
    first = sorted(drawn, key=lambda d: not d.first_page)[:FIRST_PAGE]
    writer = Writer(languages)
    environment = environment_of(writer)
    tables = tables_of(results)
    level = f"{100 * results.confidence:g}"
    units = UNITS_OF[f"{results.model.unit}s"]
    return environment.get_template("page.html").render(
        languages=languages,
        lang=languages[0],
        results=results,
        model=results.model,
        is_log=results.engine == "log",
        title=text("title_log" if results.engine == "log" else "title"),
        level=level,
        units=units,
        per=Label(units.en, units.zh.removeprefix("个")),
        question=question_of(results),
        answer=answer_of(results),
        remarks=remarks_of(results),
        loads=[guard_words.HEADS, *guard_words.rows_of(results.guard)] if results.engine != "log" else [],
        loads_title=guard_words.TITLE,
        loads_notes=[guard_words.NOTE, *guard_words.exact_sentences(results.guard)] if results.engine != "log" else [],
        in_brackets=results.replications > 1 and results.estimate("visits").value > 0.0,
        verdicts=[_verdict_row(v) for v in results.targets()],
        in_short=[d for d in drawn if d.name in _IN_SHORT],
        first=first,
        more=[d for d in drawn if d not in first],
        not_drawn=_not_drawn(charts, material),
        tables=tables,
        beside=beside_of(material),
        compared=compared_of(material.differences),
        staffed=staffed_of(material.plan),
        elsewhere={section: [d for d in elsewhere if section_of[d.name] == section] for section in SECTIONS},
        waits=figures(results.comparison) if results.comparison else [],
        beside_notes=_beside_notes(results),
        definitions=_definitions(tables.days),
        facts=_facts(results, origin),
        origin=origin,
        style=asset("page.css"),
        code=asset("page.js"),
        figures=packed(as_json({d.name: d.figures for d in (*drawn, *elsewhere)}).encode("ascii"))
        if drawn or elsewhere
        else "",
        script=plotly_script() if drawn or elsewhere else "",
    )


# --- parts of the page -------------------------------------------------------------------------------------


def _not_drawn(charts: Sequence[Chart], material: Material) -> list[tuple[Label, Label]]:
    """Return the charts that make no sense here, each with the reason; some reasons go without saying."""
    found = []
    for chart in charts:
        reason = chart.why_not(material, "en")
        if reason and chart.applies(material) not in _SILENT:
            found.append((chart.label, Label(reason, chart.why_not(material, "zh"))))
    return found


def _beside_notes(results: Results) -> list[Label]:
    """Return what is to be known about a log beside its simulation, a sentence each."""
    found = results.comparison
    if found is None:
        return []
    why = why_points_differ(found)
    return [*([why] if why is not None else []), *notes(found, results.model)]


def _verdict_row(verdict: Any) -> dict[str, Any]:
    e = verdict.estimate
    unit = e.kpi.unit
    sign, word = VERDICTS[verdict.status]
    bound = with_unit(verdict.bound, unit)
    return {
        "who": e.label,
        "measure": kpi_label(e.kpi, e.within_min),
        "target": text("at_least" if verdict.at_least else "at_most", bound=bound),
        "value": with_unit(e.value, unit),
        "interval": span(e.low, e.high, unit) or DASH,
        "status": verdict.status,
        "sign": sign,
        "word": word,
        "estimate": e,
    }


def _definitions(tables: Sequence[Table]) -> list[tuple[Label, Label]]:
    """Return name and meaning of every figure in the tables, in the order of the registry."""
    from hallsim.kpis import KPIS

    heads = [head for table in tables for head in (*table.columns, *(row.head for row in table.rows))]
    shown = {value for head in heads for key, value in head.keys if key == "kpi"}
    return [(Label(k.en, k.zh), Label(k.doc, k.doc_zh)) for k in KPIS.values() if k.name in shown]


def _facts(results: Results, origin: Origin) -> list[tuple[Label, Label]]:
    """Return what is needed to get the same numbers again."""
    known = results.provenance
    facts = [
        (text("version"), known["hallsim"]),
        (text("semantics"), known["semantics"]),
        (text("scenario"), known["scenario"]),
        (text("scenario_hash"), known["scenario_hash"] or DASH),
        (text(f"replications_{results.model.unit}"), known["replications"]),
    ]
    if results.engine != "log":
        facts.append((text("seed"), known["seed"]))
    facts.append((text("engine"), text(f"engine_{known['engine']}")))
    if known["code"]:
        facts.append((text("code"), ", ".join(known["code"])))
    if origin.made:
        facts.append((text("made"), origin.made))
    return [(name, value if isinstance(value, Label) else Label(str(value), str(value))) for name, value in facts]
