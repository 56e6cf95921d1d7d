"""The cleaning report: what was read, what was kept, and by which rule the rest was dropped or repaired.

In: counts and examples, gathered by `Tally` while a log is read. Out: `CleaningReport`, as a table to print in
English or Chinese and as JSON. Examples name file, row and the cells that a rule looked at, never a private one:
private columns do not come here, and long numbers, which may have slipped in from a private column in a
shifted row, are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from hallsim import __version__
from hallsim.errors import LogError, UsageError, not_one_of
from hallsim.logs.rules import DROPPED, EFFECTS, KEPT, REPAIRED, RULE, RULES
from hallsim.model import Label

MOST_EXAMPLES = 5
LONGEST_CELL = 40

_WORDS = {
    "en": {
        "title": "{label}: {read} rows read, {kept} kept ({share}), {dropped} dropped",
        "visits": "{visits} on {days}, {first} to {last}",
        "visits_undated": "{visits} on {days}",
        "file": "{name}: {rows} rows, {encoding}",
        "private": "private columns, not read: {names}",
        "staff": "staff: names replaced by pseudonyms",
        "staff_kept": "staff: names kept",
        "effects": {DROPPED: "Dropped", REPAIRED: "Kept, repaired", KEPT: "Kept, reported"},
        "clean": "Every row was kept as it is.",
        "row": "row",
        "empty": "(empty)",
    },
    "zh": {
        "title": "{label}：读取 {read} 行，保留 {kept} 行（{share}），剔除 {dropped} 行",
        "visits": "{days} 天共 {visits} {what}，{first} 至 {last}",
        "visits_undated": "{days} 天共 {visits} {what}",
        "file": "{name}：{rows} 行，{encoding}",
        "private": "隐私列，未读取：{names}",
        "staff": "办理人员：姓名已替换为代号",
        "staff_kept": "办理人员：保留姓名",
        "effects": {DROPPED: "剔除", REPAIRED: "保留并修正", KEPT: "保留并提示"},
        "clean": "所有行均原样保留。",
        "row": "行",
        "empty": "（空）",
    },
}


@dataclass(frozen=True, slots=True)
class Example:
    """A row that broke a rule: its file, its row there (the first is 1) and the cells that the rule looked at."""

    file: str
    row: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows broke a rule, and the first few of them."""

    rule: str
    effect: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file: name, rows, how its text was encoded ("" where it is no text) and the row of its header (0: none)."""

    name: str
    rows: int
    encoding: str
    header_row: int


@dataclass(frozen=True, slots=True)
class CleaningReport:
    """What became of the rows of a log; every row read is either kept or dropped by exactly one rule."""

    mapping: str
    mapping_hash: str
    label: Label
    files: tuple[FileRead, ...]
    rows_read: int
    rows_kept: int
    counts: tuple[Count, ...]
    visits: int
    days: int
    first_date: str
    last_date: str
    private: tuple[str, ...]
    staff: str
    """"pseudonyms", "kept", or "" where the log has no staff."""
    booked: bool = False
    """Whether these are transaction records."""

    @property
    def rows_dropped(self) -> int:
        """Rows dropped by any rule."""
        return sum(c.count for c in self.counts if c.effect == DROPPED)

    @property
    def clean(self) -> bool:
        """Whether every row was kept, and none repaired."""
        return all(c.effect == KEPT for c in self.counts)

    def count(self, rule: str) -> int:
        """Return how many rows broke a rule.

        Raises
        ------
        UsageError
            If there is no such rule.
        """
        if rule not in RULE:
            raise UsageError(not_one_of(rule, "a rule of cleaning", RULE))
        return next((c.count for c in self.counts if c.rule == rule), 0)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        data = asdict(self)
        return {"hallsim": __version__, **data, "rows_dropped": self.rows_dropped, "clean": self.clean}

    def table(self, lang: str = "en") -> str:
        """Return the report as text to print.

        Raises
        ------
        UsageError
            For a language other than "en" and "zh".
        """
        if lang not in _WORDS:
            raise UsageError(not_one_of(lang, "a language", _WORDS))
        w: dict[str, Any] = _WORDS[lang]
        share = f"{100 * self.rows_kept / self.rows_read:.1f}{'%' if lang == 'zh' else ' %'}" if self.rows_read else "–"
        label = self.label.zh if lang == "zh" else self.label.en
        lines = [
            w["title"].format(
                label=label, read=self.rows_read, kept=self.rows_kept, share=share, dropped=self.rows_dropped
            ),
            w["visits" if self.first_date else "visits_undated"].format(
                visits=_counted(self.visits, "record" if self.booked else "visit", lang),
                days=_counted(self.days, "day", lang),
                what="条流水" if self.booked else "次到访",
                first=self.first_date,
                last=self.last_date,
            ),
        ]
        if len(self.files) > 1:
            lines += [f"  {w['file'].format(name=f.name, rows=f.rows, encoding=f.encoding)}" for f in self.files]
        if self.private:
            lines.append(w["private"].format(names=", ".join(self.private)))
        if self.staff:
            lines.append(w["staff" if self.staff == "pseudonyms" else "staff_kept"])
        for effect in EFFECTS:
            found = [c for c in self.counts if c.effect == effect]
            if found:
                lines += ["", w["effects"][effect]]
            for c in found:
                lines.append(f"  {c.count:>9}  {c.rule:<22}{getattr(RULE[c.rule], lang)}")
                lines += [f"{'':13}{self._example(e, w)}" for e in c.examples]
        if not self.counts:
            lines += ["", w["clean"]]
        return "\n".join(lines)

    def _example(self, example: Example, w: dict[str, Any]) -> str:
        where = f"{w['row']} {example.row}" if len(self.files) == 1 else f"{example.file}:{example.row}"
        cells = ", ".join(f"{name} = {text or w['empty']}" for name, text in example.cells.items())
        return f"{where}: {cells}" if cells else where


def _counted(n: int, what: str, lang: str) -> str:
    """Return a number, in English with what it counts, one or several."""
    return str(n) if lang == "zh" else f"{n} {what}{'' if n == 1 else 's'}"


class NotCleanError(LogError):
    """A log that was to be clean and is not; `report` says why."""

    def __init__(self, report: CleaningReport) -> None:
        self.report = report
        repaired = sum(c.count for c in report.counts if c.effect == REPAIRED)
        first = next(c for c in report.counts if c.effect != KEPT)
        super().__init__(
            f"not clean: {report.rows_dropped} of {report.rows_read} rows dropped, {repaired} repairs, "
            f"first rule {first.rule} ({first.count}); nothing was written"
        )


@dataclass(slots=True)
class Tally:
    """Counts rows by rule while a log is read."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)
    rows_read: int = 0

    def wants_examples(self, rule: str) -> int:
        """Return how many more examples a rule takes."""
        return MOST_EXAMPLES - len(self.examples.get(rule, ()))

    def add(self, rule: str, count: int, examples: Iterable[Example]) -> None:
        """Count rows under a rule."""
        if count:
            self.counts[rule] = self.counts.get(rule, 0) + count
            kept = self.examples.setdefault(rule, [])
            kept += list(examples)[: self.wants_examples(rule)]

    def take_back(self, rule: str, count: int) -> None:
        """Uncount rows that turned out to be dropped later."""
        self.counts[rule] -= count
        if not self.counts[rule]:
            del self.counts[rule]

    @property
    def rows_dropped(self) -> int:
        """Rows dropped so far."""
        return sum(n for rule, n in self.counts.items() if RULE[rule].effect == DROPPED)

    def finished(self) -> tuple[Count, ...]:
        """Return the counts in the order of the rules."""
        return tuple(
            Count(rule.name, rule.effect, self.counts[rule.name], tuple(self.examples[rule.name]))
            for rule in RULES
            if rule.name in self.counts
        )


_LONG_NUMBER = re.compile(r"\d[\d\s()+-]{3,}\d")
_MOMENT = re.compile(
    r"(\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?|\d{6}|(19|20|21)\d{6})?[tT\s]*(\d{1,4}[:时][\d:.分秒]{0,14}\s?([ap]\.?m\.?)?)?",
    re.IGNORECASE,
)


_WORD = re.compile(r"[^\W\d_]+")
_WORD_OF_MOMENTS = re.compile(
    r"[年月日时点分秒上下中午晚凌晨星期周一二三四五六天]+|[ap]m?|t|z|utc|gmt"
    r"|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*",
    re.IGNORECASE,
)


def shown(text: str | None, moment: bool = False, wary: bool = False) -> str:
    """Return a cell as a message may show it: short, on one line, long numbers masked.

    Parameters
    ----------
    moment : whether it stands in a column of dates or times, whose digits may be seen if they look like that
    wary : whether words that no date or time has are masked: they may be a customer's name

    Examples
    --------
    >>> shown("call 13912345678"), shown("2024-13-05 25:00", moment=True), shown("20241305")
    ('call *****', '2024-13-05 25:00', '*****')
    >>> shown("Ada King", wary=True), shown("5 Marz 24 9:03 AM", wary=True)
    ('***** *****', '5 Marz 24 9:03 AM')
    """
    if text is None:
        return ""
    text = " ".join(text.split())
    if wary:
        text = _WORD.sub(lambda word: word[0] if _WORD_OF_MOMENTS.fullmatch(word[0]) else "*****", text)
    if not (moment and _MOMENT.fullmatch(text)):
        text = _LONG_NUMBER.sub("*****", text)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
