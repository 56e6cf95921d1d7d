"""Tables of who comes, for random halls: customers of whom services, patiences and places are stated."""

from __future__ import annotations

import dataclasses
import random

from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Model, Source


def with_tables(rng: random.Random, model: Model) -> Model:
    """Return the model of a day; as often as not tables state more of their customers."""
    if rng.random() < 0.5:
        return model
    sources = [_stated(rng, source) for source in model.sources]
    if rng.random() < 0.7:
        # most of a day from one list, in bursts of whole minutes
        mix = model.sources[0].mix
        times = sorted(9 * US_PER_HOUR + rng.randrange(60) * US_PER_MINUTE for _ in range(rng.choice([5, 60])))
        types = tuple(rng.choice([-1, rng.choice([i for i, p in enumerate(mix) if p > 0])]) for _ in times)
        source = Source("extra", "table", mix, table_times=tuple(times), table_types=types)
        sources.insert(rng.randrange(len(sources) + 1), _stated(rng, source))
    return dataclasses.replace(model, sources=tuple(sources))


def _stated(rng: random.Random, source: Source) -> Source:
    """Return a source whose table, if it has one, states some services, patiences and places."""
    n = len(source.table_times) if source.kind == "table" else 0
    silent = rng.choice([0.0, 0.3])

    def column(most: int, unit: int, likely: float) -> tuple[int, ...]:
        if n == 0 or rng.random() > likely:
            return ()
        return tuple(-1 if rng.random() < silent else round(rng.randrange(most) * unit / 7) for _ in range(n))

    return dataclasses.replace(
        source,
        table_services=column(50, US_PER_MINUTE, 0.6),
        table_patiences=column(50, US_PER_MINUTE, 0.6),
        table_places=column(rng.choice([4, 1000]), 7, 0.8),
    )
