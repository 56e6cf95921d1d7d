"""What all pages are made of: charts with their texts and numbers, the templates, and the filters they use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hallsim.charts.text import name_of
from hallsim.model import Label
from hallsim.report.answer import NAME_COLUMNS
from hallsim.report.figures import Point, data_of, points_of
from hallsim.report.texts import text
from hallsim.report.writing import Writer

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from jinja2 import Environment

M = TypeVar("M", contravariant=True)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart as the page needs it."""

    name: str
    label: Label
    finding: Label
    note: Label
    figures: dict[str, Any]
    points: list[Point]
    height: int
    first_page: bool


class Drawable(Protocol[M]):
    """What a page draws: a chart of a run, or of a sweep."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> Label: ...
    @property
    def first_page(self) -> bool: ...
    @property
    def finding(self) -> Callable[[M, str], str]: ...
    @property
    def figure(self) -> Callable[[M, str], go.Figure]: ...
    def about(self, material: M, lang: str) -> str: ...


def drawing_of(chart: Drawable[M], material: M, languages: Sequence[str]) -> Drawing:
    """Return a chart with its texts in both languages, and its figure and numbers in those asked for."""
    figures = {lang: chart.figure(material, lang) for lang in languages}
    return Drawing(
        name=chart.name,
        label=chart.label,
        finding=Label(chart.finding(material, "en"), chart.finding(material, "zh")),
        note=Label(chart.about(material, "en"), chart.about(material, "zh")),
        figures=data_of(figures),
        points=points_of(figures),
        height=int(figures[languages[0]].layout.height),
        first_page=chart.first_page,
    )


def asset(name: str) -> str:
    """Return a file of the page's folder."""
    return (resources.files("hallsim.report") / "page" / name).read_text(encoding="utf-8")


def short(label: Label) -> Label:
    """Return a name cut to what fits into a line or two."""
    return Label(name_of(label, "en", NAME_COLUMNS), name_of(label, "zh", NAME_COLUMNS))


def environment_of(writer: Writer) -> Environment:
    """Return the template engine: everything is escaped unless the writer has made it."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(say=writer.say, name=writer.name, plain=writer.plain, keys=writer.keys, short=short)
    environment.globals.update(w=lambda key, **values: writer.say(text(key, **values)), label=text)
    return environment
