"""What became of transaction records that were joined to a log: counts, the clocks, how services were split."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hallsim.errors import UsageError, not_one_of
from hallsim.model import Label

MOST_DAYS = 4

_BY = {"staff": Label("staff", "办理人员"), "counter": Label("counter", "台席")}
_HOW = {
    "end": Label("booked {:.0f} s before their end", "结束前 {:.0f} 秒受理"),
    "start": Label("booked {:.0f} s after their beginning", "开始后 {:.0f} 秒受理"),
    "together": Label("booked in one go, shared out by usual services", "集中受理，按各业务常见时长分摊"),
}


@dataclass(frozen=True, slots=True)
class JoinReport:
    """How records met services.

    Attributes
    ----------
    by : {"staff", "counter"}
    records, joined : int
        All that were read, and those that are of a service.
    outside : int
        Of a person (or counter) and day of the log, but in none of the services.
    elsewhere : int
        Of nobody or no day of the log, or without a transaction.
    services, with_record, several : int
        Of the log that name who served; those with a record, and with more than one.
    how : {"end", "start", "together"}
        How services with several records were split.
    distance_s : float
        How long before the end of its service a single record stands, in the middle; with "start" after its beginning.
    offset_s, offset_low_s, offset_high_s : float
        By how much the clock of the records is ahead; with ends of 95 %, equal where they are not known.
    clocks_told : bool
        Whether records and services tell it at all; else the offset is 0.
    days_without : tuple of str
        Dates of the log without any record.
    """

    by: str
    records: int
    joined: int
    outside: int
    elsewhere: int
    services: int
    with_record: int
    several: int
    how: str
    distance_s: float
    offset_s: float
    offset_low_s: float
    offset_high_s: float
    clocks_told: bool
    days_without: tuple[str, ...]

    @property
    def per_service(self) -> float:
        """Mean number of records of services that have any."""
        return self.joined / self.with_record if self.with_record else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self) | {"per_service": self.per_service}

    def table(self, lang: str = "en") -> str:
        """Return the report as text to print.

        Raises
        ------
        UsageError
            For a language other than "en" and "zh".
        """
        if lang not in ("en", "zh"):
            raise UsageError(not_one_of(lang, "a language", ("en", "zh")))
        lines = [*self._counts(lang), self._clock(lang)]
        if self.days_without:
            named = ", ".join(self.days_without[:MOST_DAYS]) + (" …" if len(self.days_without) > MOST_DAYS else "")
            n = len(self.days_without)
            lines.append(
                f"Days of the log without any record: {n} ({named})"
                if lang == "en"
                else f"日志中无流水的日期：{n} 天（{named}）"
            )
        return "\n".join(lines)

    def _counts(self, lang: str) -> list[str]:
        by, how, without = _BY[self.by], _HOW[self.how], self.services - self.with_record
        share = 100.0 * self.joined / self.records if self.records else 0.0
        if lang == "zh":
            return [
                f"业务流水：{self.records} 条，按{by.zh}和时间匹配 {self.joined} 条（{share:.1f}%）",
                f"  {self.outside} 条不在任何办理时段内，{self.elsewhere} 条的人员或日期不在日志中",
                f"  {self.services} 次办理中 {without} 次无流水，{self.several} 次有多笔：",
                f"  每次 {self.per_service:.2f} 笔；{how.zh.format(self.distance_s)}",
            ]
        return [
            f"Records: {self.records}, of which {self.joined} ({share:.1f} %) joined by {by.en} and time",
            f"  {self.outside} in no service, {self.elsewhere} of nobody or no day of the log",
            f"  of {self.services} services {without} have no record, {self.several} several:",
            f"  {self.per_service:.2f} transactions a service, {how.en.format(self.distance_s)}",
        ]

    def _clock(self, lang: str) -> str:
        ends = (
            f" ({self.offset_low_s:.0f} … {self.offset_high_s:.0f})" if self.offset_low_s < self.offset_high_s else ""
        )
        if not self.clocks_told:
            return {
                "en": "  the two clocks cannot be compared: taken to agree",
                "zh": "  无法比较两个系统的时钟，按一致处理",
            }[lang]
        if lang == "zh":
            return f"  流水时钟比排队机快 {self.offset_s:.0f} 秒{ends}，含惯常的受理延迟"
        return f"  their clock is {self.offset_s:.0f} s ahead{ends}, the usual delay of booking included"
