"""Names as readers see them, as the scenario language takes them: one text, or one for each language."""

from __future__ import annotations

from hallsim.scenario.kinds import Either, Key, Record, Text

LABEL_RECORD = Record(
    "a label",
    (Key("en", Text(), "English name", required=True), Key("zh", Text(), "Chinese name", required=True)),
    "A name in both languages.",
)
LABEL = Either((Text(), LABEL_RECORD))
