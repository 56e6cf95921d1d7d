"""Whom the people of a catchment ask first, by customer type, and why: as a table and as plain data.

In: a model with a catchment. Out: text of at most so many columns in English or Chinese, or a document for JSON.
Nothing is simulated: it is the table that the scenario says, by `first_choice`, `match` and `shift` (semantics 49).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from hallsim.errors import UsageError
from hallsim.experiment.table import wrap
from hallsim.model import ALLOWED, HALL, FirstChoice, Label, Model
from hallsim.units import format_share

THE_HALL = Label("hall", "本厅")
REASONS = {
    "": Label("as written", "按方案所述"),
    "preference": Label("preference first", "偏好优先"),
    "electronic": Label("electronic first", "电子渠道优先"),
    "partner": Label("partners first", "社会渠道优先"),
    "cost": Label("cheapest first", "成本优先"),
}
KINDS = {
    "sales": Label("sales", "销售"),
    "strategic": Label("strategic", "战略"),
    "incentive": Label("incentive", "激励"),
    "retention": Label("retention", "保有"),
    "service": Label("service", "服务"),
    "sensitive": Label("sensitive", "敏感"),
}
"""Kinds of business, as readers see them."""
LEAST = 0.0005
"""Smaller shares are not printed."""
_WORDS = {
    "en": {
        "may": "Beside the hall {kind} business may be done by: {channels}",
        "nobody": "nobody",
    },
    "zh": {
        "may": "{kind}类业务除本厅外可由以下渠道办理：{channels}",
        "nobody": "无",
    },
}


class _Row(NamedTuple):
    """Types of a segment and a transaction that ask alike."""

    segment: Label
    transaction: Label
    kind: str
    choice: FirstChoice


def _rows(model: Model) -> Iterator[_Row]:
    """Yield every segment and transaction once, or more often where its types ask differently."""
    seen = set()
    for kind, choice in zip(model.types, model.first_choices, strict=True):
        if (kind.segment, kind.transaction, choice) not in seen:
            seen.add((kind.segment, kind.transaction, choice))
            business = model.transactions[kind.transaction]
            yield _Row(model.segments[kind.segment].label, business.label, business.kind, choice)


def document(model: Model) -> list[dict[str, Any]]:
    """Return the table as plain data, a mapping for each segment and transaction.

    Raises
    ------
    UsageError
        If the hall has no catchment.
    """
    _check(model)
    names = [HALL, *(c.name for c in model.channels)]
    return [
        {
            "segment": {"en": row.segment.en, "zh": row.segment.zh},
            "transaction": {"en": row.transaction.en, "zh": row.transaction.zh},
            "kind": row.kind,
            "reason": row.choice.reason,
            "first_choice": {n: share for n, share in zip(names, row.choice.shares, strict=True) if share > 0},
        }
        for row in _rows(model)
    ]


def render(model: Model, lang: str = "en", width: int = 80) -> str:
    """Return the table as text.

    Raises
    ------
    UsageError
        If the hall has no catchment.
    """
    _check(model)
    w = _WORDS[lang]
    labels = [THE_HALL, *(c.label for c in model.channels)]
    lines: list[str] = []
    kinds: dict[str, None] = {}
    comma = "，" if lang == "zh" else ", "
    for row in _rows(model):
        parts = sorted(zip(row.choice.shares, labels, strict=True), key=lambda part: -part[0])
        shown = [(round(share, 3), label) for share, label in parts if share >= LEAST]
        text = comma.join(f"{getattr(label, lang)} {format_share(share)}" for share, label in shown)
        who = f"{getattr(row.segment, lang)} · {getattr(row.transaction, lang)}"
        reason = getattr(REASONS[row.choice.reason], lang)
        lines += [f"{who} ({reason})", *(f"    {line.rstrip()}" for line in wrap(text, width - 4))]
        kinds |= {row.kind: None} if row.kind else {}
    for kind in kinds:
        allowed = [c for c in model.channels if c.kind in ALLOWED[kind]]
        names = comma.join(getattr(c.label, lang) for c in allowed) or w["nobody"]
        text = w["may"].format(kind=getattr(KINDS[kind], lang), channels=names)
        lines += [line.rstrip() for line in wrap(text, width)]
    return "\n".join(lines)


def _check(model: Model) -> None:
    if not model.first_choices:
        raise UsageError("the hall has no catchment, so nobody asks a channel first; add catchment: to the scenario")
