"""Text into HTML: both languages side by side, and names that cannot disturb what stands around them.

A text in two languages becomes two spans with their `lang`, of which the page shows one. A name that a
planner chose goes into `<bdi>`, so that a right-to-left name keeps its direction to itself; names inside
sentences have been isolated by `hallsim.charts.text.name_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup, escape

from hallsim.model import Label


class Writer:
    """Writes texts for one page.

    Parameters
    ----------
    languages : "zh", "en", or both, the one to begin with first
    """

    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = tuple(languages)

    def say(self, label: Label) -> Markup:
        """Return a sentence as HTML."""
        return self._both(label, escape)

    def name(self, label: Label | str) -> Markup:
        """Return a name as HTML."""
        if isinstance(label, str):
            label = Label(label, label)
        return self._both(label, Markup("<bdi>{}</bdi>").format)

    def plain(self, label: Label, lang: str) -> str:
        """Return a sentence as plain text, for attributes."""
        return label.zh if lang == "zh" else label.en

    def keys(self, keys: Iterable[tuple[str, str]]) -> Markup:
        """Return keys as data attributes."""
        return Markup("").join(Markup(' data-{}="{}"').format(key, value) for key, value in keys)

    def _both(self, label: Label, write: Callable[[str], Markup]) -> Markup:
        if len(self.languages) == 1 or label.en == label.zh:
            return write(self.plain(label, self.languages[0]))
        spans = (
            Markup('<span lang="{}">{}</span>').format(lang, write(self.plain(label, lang))) for lang in self.languages
        )
        return Markup("").join(spans)
