"""Graded halls as a table in two languages, and as plain data."""

from __future__ import annotations

from typing import Any

from hallsim.experiment.table import table_within, wrap
from hallsim.grading.rules import Rules
from hallsim.grading.scores import Graded
from hallsim.grading.template import Filled

_WORDS = {
    "en": {
        "head": ["hall", "rank", "outer", "inner", "score", "grade"],
        "posts": "{hall}: {zones}; {posts}",
        "assumed": "Weights, thresholds and templates are assumptions that come with hallsim; --rules takes your own.",
    },
    "zh": {
        "head": ["营业厅", "名次", "外部", "内部", "总分", "等级"],
        "posts": "{hall}：{zones}；{posts}",
        "assumed": "权重、分档和模板均为 hallsim 自带的假设值；可用 --rules 换成自己的。",
    },
}


def document(halls: list[Graded], filled: list[Filled], rules: Rules) -> dict[str, Any]:
    """Return the ranking as plain data."""
    return {
        "rules": rules.file,
        "assumed": rules.assumed,
        "halls": [
            {
                "hall": g.hall.name,
                "rank": g.rank,
                "score": g.score,
                **{side: None if score != score else score for side, score in g.sides.items()},
                "grade": g.grade.name,
                "label": {"en": g.grade.label.en, "zh": g.grade.label.zh},
                "zones": {"en": g.grade.zones.en, "zh": g.grade.zones.zh},
                "posts": {name: {"least": low, "most": high} for name, (low, high) in f.posts.items()},
            }
            for g, f in zip(halls, filled, strict=True)
        ],
    }


def render(halls: list[Graded], filled: list[Filled], rules: Rules, lang: str = "en", width: int = 80) -> str:
    """Return the ranking as text: scores and grades, then the zones and posts of each hall's template."""
    w: dict[str, Any] = _WORDS[lang]
    rows = [w["head"]]
    for g in halls:
        scores = ["–" if s != s else f"{s:.1f}" for s in (*g.sides.values(), g.score)]
        rows.append([g.hall.name, str(g.rank), *scores, getattr(g.grade.label, lang)])
    lines = [*table_within(rows, width), ""]
    for g, f in zip(halls, filled, strict=True):
        posts = ("、" if lang == "zh" else ", ").join(f"{name} {_number(*span)}" for name, span in f.posts.items())
        text = w["posts"].format(hall=g.hall.name, zones=getattr(g.grade.zones, lang), posts=posts)
        lines += [line.rstrip() for line in wrap(text, width)]
    if rules.assumed:
        lines += ["", *(line.rstrip() for line in wrap(w["assumed"], width))]
    return "\n".join(lines)


def _number(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"
