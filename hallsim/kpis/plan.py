"""Which numbers a run reports: every KPI, by every scope and hour that makes sense for it.

In: a model's `Layout`. Out: `Plan`, which aggregates the vectors of a chunk of replications (lines to
stations, hours to the day) and says for each reported number which aggregated sums are its numerator and
its denominator. Everything here is linear, so that a ratio's interval comes from the same sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.horizon.law import STATS as HORIZON_STATS
from hallsim.kpis import KPIS
from hallsim.kpis.accounts import Sums, area_of, fill_accounts, money_items
from hallsim.kpis.base import (
    BOOKING_STATS,
    CHANNEL_STATS,
    CLOCK_STATS,
    DAY_STATS,
    DUTY_STATS,
    FOLLOWED,
    MONEY_STATS,
    N_CLOCK,
    N_DAY,
    N_DUTY,
    N_FLOOR,
    N_SERVER,
    N_STAY,
    N_VISIT,
    N_ZONE,
    OUTAGE_STATS,
    PAID,
    QUOTA_STATS,
    SCOPES,
    SERVED,
    SERVER_STATS,
    STAY_STATS,
    TRANSACTIONS,
    VISIT_STATS,
    VISITS,
    WAY_STATS,
    ZONE_STATS,
    Kpi,
)
from hallsim.kpis.histogram import GRID_SIZE
from hallsim.kpis.horizon import CAUSES
from hallsim.kpis.items import Item as Item
from hallsim.kpis.layout import Layout
from hallsim.kpis.outages import outage_items
from hallsim.kpis.ways import fill_ways, way_items
from hallsim.model import ELECTRONIC_KINDS, Label, Model

I64 = NDArray[np.int64]
MAX_TERMS = 3
"""Most stats in a numerator or a denominator."""
_NO_ROWS: I64 = np.zeros((0, 2, MAX_TERMS, 2), dtype=np.int64)
_STATS = {
    **{"visit": VISIT_STATS, "clock": CLOCK_STATS, "server": SERVER_STATS, "duty": DUTY_STATS},
    **{"booking": BOOKING_STATS, "quota": QUOTA_STATS, "channel": CHANNEL_STATS},
    **{"way": WAY_STATS, "money": MONEY_STATS, "zone": ZONE_STATS, "outage": OUTAGE_STATS},
    **{"horizon": HORIZON_STATS, "day": DAY_STATS},
}
"""Stats of every block but those of stays, which have further ones by threshold."""


_KNOWN = ("booked", "quota", "outages", "area")
"""Sums that are not counted, since they are the same on every day."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One reported number: a KPI of an item, in an hour or half-hour (-1: all), for a threshold (-1: none)."""

    kpi: Kpi
    item: Item
    hour: int
    threshold: int = -1


class Plan:
    """Aggregation and index tables of a model; built once per run.

    Parameters
    ----------
    model : Model
    layout : Layout
    only : set of str, optional
        Names of the only KPIs to report, of the whole day.

    Attributes
    ----------
    ratios : list of Quantity
        What row i of the moments is.
    terms, signs : int64[n_rows, 2, MAX_TERMS]
        Aggregated sums (and +1, -1; 0 beyond the last, or the length of the window) of numerator and denominator.
    percentiles : list of (Quantity, int)
        With the first of the GRID_SIZE rows of moments that hold the shares up to the coarse thresholds;
        those rows come after the ratios.
    """

    def __init__(self, model: Model, layout: Layout, only: frozenset[str] | None = None) -> None:
        self.model = model
        self.layout = layout
        self.only = only
        spec = layout.spec
        self.counters = [i for i, s in enumerate(model.stations) if s.role == "counter"] or [
            i for i, s in enumerate(model.stations) if not s.delay and not s.outside and s.role != "pda"
        ]
        self.items = {block: list(self._items(block)) for block in SCOPES}
        self._place = {
            (block, item.scope, item.name): i for block, items in self.items.items() for i, item in enumerate(items)
        }
        self.hours = len(layout.hours)
        by_hour = dict.fromkeys(("stay", "visit", "clock", "server"), self.hours + 1)
        self._planes = dict.fromkeys(SCOPES, 1) | by_hour | {"duty": len(layout.slots) + 1}
        self._width = {
            **{"stay": spec.cell, "visit": N_VISIT, "clock": N_CLOCK, "server": N_SERVER, "duty": N_DUTY},
            **{"booking": len(BOOKING_STATS), "quota": len(QUOTA_STATS)},
            **{"channel": len(CHANNEL_STATS), "way": len(WAY_STATS), "money": len(MONEY_STATS)},
            **{"zone": N_ZONE, "outage": len(OUTAGE_STATS) * spec.n_thresholds},
            **{"horizon": len(HORIZON_STATS), "day": N_DAY},
        }
        self._base: dict[str, int] = {}
        at = 0
        for block, width in self._width.items():
            self._base[block] = at
            at += len(self.items[block]) * self._planes[block] * width
        self._exits_at = at
        self.size = at + len(model.exits)
        self.ratios: list[Quantity] = []
        self.percentiles: list[tuple[Quantity, int]] = []
        terms = [self._add_ratios(kpi, item, threshold, hours) for kpi, item, threshold, hours in self._figures()]
        if only is None:
            terms += self._add_exits()
        terms += self._add_grids(sum(len(rows) for rows in terms))
        rows = np.concatenate([_NO_ROWS, *terms])
        self.terms, self.signs = np.ascontiguousarray(rows[..., 0]), np.ascontiguousarray(rows[..., 1])

    # --- what is reported --------------------------------------------------------------------------------

    def _figures(self, percentiles: bool = False) -> Iterator[tuple[Kpi, Item, int, list[int]]]:
        """Yield KPI, item and threshold of what is reported, and by which hours; -1 is the whole day."""
        for kpi in KPIS.values():
            if kpi.needs not in self.layout.features or (self.only is not None and kpi.name not in self.only):
                continue
            if (kpi.percentile != 0.0) != percentiles:
                continue
            thresholds = range(self.layout.spec.n_thresholds) if kpi.per_threshold else (-1,)
            scopes = kpi.scopes or SCOPES[kpi.block]
            for item in self.items[kpi.block]:
                if item.scope not in scopes:
                    continue
                when = [-1, *self._hours_of(kpi, item)]
                for threshold in thresholds:
                    yield kpi, item, threshold, when

    def _hours_of(self, kpi: Kpi, item: Item) -> Iterable[int]:
        """Return the hours or half-hours that a figure is reported by."""
        if self.only is not None:
            return ()
        if kpi.block == "duty":
            return (i for i, (begin, end) in enumerate(self.layout.slots) if begin < end)
        return range(self.hours) if kpi.by_hour and item.scope not in ("server", "pool") else ()

    def _add_ratios(self, kpi: Kpi, item: Item, threshold: int, hours: list[int]) -> I64:
        """Report a KPI of an item by some hours; return the rows, int64[len(hours), 2, MAX_TERMS, 2]."""
        self.ratios += [Quantity(kpi, item, hour, threshold) for hour in hours]
        rows = np.zeros((len(hours), 2, MAX_TERMS, 2), dtype=np.int64)
        for side, stats in enumerate((kpi.numerator, kpi.denominator)):
            if stats == ("window",):
                rows[:, side, 0, 0] = self._base["day"]
                rows[:, side, 0, 1] = [end - start for start, end in (self._stretch(kpi, hour) for hour in hours)]
                continue
            for k, (index, sign, by_hour) in enumerate(self._sum(kpi, item, threshold, stats)):
                rows[:, side, k, 0], rows[:, side, k, 1] = index, sign
                if by_hour:
                    rows[:, side, k, 0] += (np.array(hours) + 1) * self._width[kpi.block]
        return rows

    def _stretch(self, kpi: Kpi, hour: int) -> tuple[int, int]:
        """Return begin and end of an hour or half-hour, or of the whole window (-1)."""
        slots = self.layout.slots if kpi.block == "duty" else self.layout.hours
        return slots[hour] if hour >= 0 else self.window

    def _add_exits(self) -> list[I64]:
        """Report visits per day by the way out, a scope that only this one count has; return the rows."""
        kpi = KPIS["visits"]
        rows = np.zeros((len(self.model.exits), 2, MAX_TERMS, 2), dtype=np.int64)
        for i, way_out in enumerate(self.model.exits):
            self.ratios.append(Quantity(kpi, Item("exit", way_out.name, way_out.label, (i,)), -1))
            rows[i, :, 0] = (self._exits_at + i, 1), (self._base["day"], 1)
        return [rows]

    def _add_grids(self, at: int) -> list[I64]:
        """Give every item and hour with percentiles its rows of shares up to the coarse thresholds, from `at` on."""
        first: dict[tuple[str, str, int], int] = {}
        found: list[I64] = []
        for kpi, item, threshold, hours in self._figures(percentiles=True):
            for hour in hours:
                if hour >= 0 and self.layout.spec.histogram_hours == 1 < self.hours:
                    continue
                key = (item.scope, item.name, hour)
                if key not in first:
                    first[key] = at + GRID_SIZE * len(found)
                    cell = self._at("stay", item) + (hour + 1) * self._width["stay"]
                    rows = np.zeros((GRID_SIZE, 2, MAX_TERMS, 2), dtype=np.int64)
                    rows[:, 0, 0, 0] = cell + N_STAY + 3 * self.layout.spec.n_thresholds + np.arange(GRID_SIZE)
                    rows[:, 1, 0, 0] = cell
                    rows[:, :, 0, 1] = 1
                    found.append(rows)
                self.percentiles.append((Quantity(kpi, item, hour, threshold), first[key]))
        return found

    def _at(self, block: str, item: Item) -> int:
        """Return where the sums of an item's whole day begin."""
        place = self._place[block, item.scope, item.name]
        return self._base[block] + place * self._planes[block] * self._width[block]

    def _sum(self, kpi: Kpi, item: Item, threshold: int, stats: tuple[str, ...]) -> list[tuple[int, int, bool]]:
        """Return the sums that make a numerator or a denominator: index, sign, and whether there is one by hour."""
        n_thresholds = self.layout.spec.n_thresholds
        if stats == ("days",):
            return [(self._base["day"], 1, False)]
        found = []
        for stat in stats:
            sign, name = (-1, stat[1:]) if stat.startswith("-") else (1, stat)
            if name in _KNOWN:
                found.append((self._base["day"], sign * self._known(name, item), False))
                continue
            if name == "called_within":
                offset = N_STAY + threshold
            elif name == "left_within":
                offset = N_STAY + n_thresholds + threshold
            elif name == "closed_within":
                offset = N_STAY + 2 * n_thresholds + threshold
            else:
                offset = _STATS.get(kpi.block, STAY_STATS).index(name)
                if kpi.block == "outage":
                    offset = offset * n_thresholds + threshold
            if kpi.block == "day":
                found.append((self._base["day"] + offset, sign, False))
            else:
                found.append((self._at(kpi.block, item) + offset, sign, True))
        return found

    def _known(self, name: str, item: Item) -> int:
        """Return how much there is of something on every day."""
        if name == "booked":
            return len(self.model.sources[item.members[0]].table_times)
        if name == "area":
            return area_of(self.model, item.members)
        return self._quota_of(item) if name == "quota" else len(item.members)

    def _quota_of(self, item: Item) -> int:
        """Return how many transactions a day are asked for, all together in the hall."""
        return sum(t.quota for t in self.model.transactions if item.scope == "hall" or item.name == t.name)

    @property
    def window(self) -> tuple[int, int]:
        """The observed stretch [start, close), in microseconds."""
        return self.layout.spec.start, self.layout.spec.close

    # --- things ------------------------------------------------------------------------------------------

    def _items(self, block: str) -> Iterator[Item]:
        if block == "stay":
            yield from self._stay_items()
        elif block == "visit":
            yield from self._visit_items()
        elif block == "clock":
            lines = self._lines()
            yield self._hall([i for i, line in enumerate(lines) if line[0] in self.counters])
            yield from self._branches([line[0] for line in lines])
            for i, station in enumerate(self.model.stations):
                yield Item("station", station.name, station.label, tuple(j for j, x in enumerate(lines) if x[0] == i))
            for j, line in enumerate(lines):
                yield Item("line", line[1], line[2], (j,))
        elif block == "server":
            yield self._hall(self.counters)
            yield from self._branches(range(len(self.model.stations)))
            for i, station in enumerate(self.model.stations):
                if not station.delay:
                    yield Item("station", station.name, station.label, (i,))
            yield from self._pool_items()
            yield from self._server_items()
        elif block == "duty":
            if self.layout.spec.n_slots:
                yield self._hall(self.counters)
                for i, station in enumerate(self.model.stations):
                    if not station.delay:
                        yield Item("station", station.name, station.label, (i,))
        elif block == "booking":
            for i, source in enumerate(self.model.sources):
                if self.layout.spec.source_booking[i] >= 0:
                    yield Item("source", source.name, Label(source.name, source.name), (i,))
        elif block == "quota":
            if "quotas" in self.layout.features:
                yield self._hall([])
                asked = {t.name for t in self.model.transactions if t.quota}
                yield from (item for item in self._visit_items() if item.scope == "transaction" and item.name in asked)
        elif block == "channel":
            if self.model.catchment:
                yield self._hall([])
                yield Item("channel", "hall", Label("this hall", "本厅"), ())
                for channel in self.model.channels:
                    used = (i for i, way_out in enumerate(self.model.exits) if way_out.channel == channel.name)
                    yield Item("channel", channel.name, channel.label, tuple(used))
        elif block == "way":
            yield from way_items(self.model)
        elif block == "money":
            yield from money_items(self.model)
        elif block == "zone":
            yield from (Item("zone", zone.name, zone.label, (i,)) for i, zone in enumerate(self.model.zones))
        elif block == "outage":
            yield from outage_items(self.model, self.layout.outages)
        elif block == "horizon":
            if self.model.horizon is not None:
                yield self._hall([])
                for name, _ in self.model.horizon.returns:
                    yield Item("cause", name, CAUSES[name], (HORIZON_STATS.index(f"after_{name}"),))
        else:
            yield self._hall([0])

    def _hall(self, members: list[int]) -> Item:
        return Item("hall", self.model.name, self.model.label, tuple(members))

    def _branches(self, station_of: Sequence[int]) -> Iterator[Item]:
        """Yield the halls of a network, with those parts, each of a station, that are of their counters."""
        for branch in self.model.network.branches if self.model.network else ():
            own = range(branch.first, branch.beyond)
            members = (i for i, s in enumerate(station_of) if s in own and s in self.counters)
            yield Item("branch", branch.name, branch.label, tuple(members))

    def _lines(self) -> list[tuple[int, str, Label, int]]:
        """Return station, name, label and ticket class of every line in the compiled order."""
        lines = []
        for i, station in enumerate(self.model.stations):
            for line in sorted(station.lines, key=lambda x: x.rank):
                ticket = self.model.ticket_classes[line.ticket_class].label
                if len(station.lines) == 1:
                    name, label = station.name, station.label
                else:
                    name = f"{station.name}/{self.model.ticket_classes[line.ticket_class].name}"
                    label = Label(f"{station.label.en} / {ticket.en}", f"{station.label.zh}/{ticket.zh}")
                lines.append((i, name, label, line.ticket_class))
        return lines

    def _stay_items(self) -> Iterator[Item]:
        lines, layout = self._lines(), self.layout

        def pairs(keep: list[bool]) -> tuple[int, ...]:
            return tuple(i for i, flag in enumerate(keep) if flag)

        at_counter = [lines[k][0] in self.counters for k in layout.pair_line]
        yield self._hall(list(pairs(at_counter)))
        yield from self._branches([lines[k][0] for k in layout.pair_line])
        for i, station in enumerate(self.model.stations):
            yield Item("station", station.name, station.label, pairs([lines[k][0] == i for k in layout.pair_line]))
        for j, line in enumerate(lines):
            yield Item("line", line[1], line[2], pairs([k == j for k in layout.pair_line]))
        for c, ticket in enumerate(self.model.ticket_classes):
            of_class = [lines[k][3] == c for k in layout.pair_line]
            members = pairs([a and b for a, b in zip(at_counter, of_class, strict=True)])
            yield Item("class", ticket.name, ticket.label, members)
        for g, segment in enumerate(self.model.segments):
            of_segment = [k == g for k in layout.pair_segment]
            members = pairs([a and b for a, b in zip(at_counter, of_segment, strict=True)])
            yield Item("segment", segment.name, segment.label, members)

    def _visit_items(self) -> Iterator[Item]:
        types = self.model.types
        yield self._hall(list(range(len(types))))
        for g, segment in enumerate(self.model.segments):
            yield Item("segment", segment.name, segment.label, tuple(i for i, t in enumerate(types) if t.segment == g))
        for b, business in enumerate(self.model.transactions):
            members = tuple(i for i, t in enumerate(types) if t.transaction == b)
            yield Item("transaction", business.name, business.label, members)

    def _pool_items(self) -> Iterator[Item]:
        """Yield the pools of stations with several, with their servers."""
        first = 0
        for station in self.model.stations:
            for p, pool in enumerate(station.pools if len(station.pools) > 1 else ()):
                label = Label(f"{station.label.en} / {pool.name}", f"{station.label.zh}/{pool.name}")
                members = tuple(first + i for i, server in enumerate(station.servers) if server.pool == p)
                yield Item("pool", f"{station.name}/{pool.name}", label, members)
            first += len(station.servers)

    def _server_items(self) -> Iterator[Item]:
        i = 0
        for station in self.model.stations:
            for server in station.servers:
                label = Label(f"{station.label.en} / {server.name}", f"{station.label.zh}/{server.name}")
                yield Item("server", f"{station.name}/{server.name}", label, (i,))
                i += 1

    # --- aggregation -------------------------------------------------------------------------------------

    def aggregate(self, sums: I64, into: I64 | None = None) -> I64:
        """Return the aggregated sums of a chunk of replications.

        Parameters
        ----------
        sums : int64[n, spec.size]
            One reduced vector per replication.
        into : int64[self.size, n], optional
            An earlier result, to be written over: fresh memory costs more than the sums.

        Returns
        -------
        int64[self.size, n]
        """
        spec = self.layout.spec
        n = sums.shape[0]
        x = np.ascontiguousarray(sums.T)
        # What has no member stays 0 for ever; everything else is written in every call.
        y = np.zeros((self.size, n), dtype=np.int64) if into is None else into

        def block(name: str) -> I64:
            items, base, width, planes = len(self.items[name]), self._base[name], self._width[name], self._planes[name]
            return y[base : base + items * planes * width].reshape(items, planes, width, n)

        def fill(name: str, x_hours: I64) -> None:
            width = x_hours.shape[2]
            by_hour = self._planes[name] > 1
            for item, into in zip(self.items[name], block(name)[:, :, :width], strict=True):
                hours = into[1:] if by_hour else into
                _sum(x_hours, item.members, hours)
                if by_hour:
                    hours.sum(axis=0, out=into[0])

        hours = spec.n_hours
        fill("stay", x[: spec.at_visits].reshape(spec.n_pairs, hours, spec.cell, n))
        visits = x[spec.at_visits : spec.at_exits].reshape(spec.n_types, hours, N_VISIT, n)
        counts = np.array([kind.count for kind in self.model.types], dtype=np.int64)
        _count_transactions(visits.transpose(1, 0, 2, 3), counts)
        fill("visit", visits)
        fill("clock", x[spec.at_clock : spec.at_inside].reshape(spec.n_lines, hours, 2, n))
        inside = x[spec.at_inside : spec.at_floor].reshape(hours, n)
        clock = block("clock")
        clock[0, 0, 2] = inside.sum(axis=0)
        if self.hours:
            clock[0, 1:, 2] = inside
        self._fill_servers(block("server"), x)
        if spec.n_slots:
            fill("duty", x[spec.at_duty : spec.at_bookings].reshape(spec.n_stations, spec.n_slots, N_DUTY, n))
        fill("zone", x[spec.at_zones : spec.at_recoveries].reshape(spec.n_zones, 1, N_ZONE, n))
        fill("outage", x[spec.at_recoveries : spec.at_branches].reshape(spec.n_outages, 1, self._width["outage"], n))
        bookings = x[spec.at_bookings : spec.at_zones]
        if self.items["quota"]:
            self._fill_quotas(block("quota"), visits[:, :, TRANSACTIONS].sum(axis=1))
        y[self._base["booking"] : self._base["booking"] + len(bookings)] = bookings
        y[self._base["day"] : self._base["day"] + N_DAY] = x[spec.at_day : spec.at_day + N_DAY]
        exits = x[spec.at_exits : spec.at_clock].reshape(spec.n_types, spec.n_exits, n)
        by_branch = x[spec.at_branches : spec.at_day].reshape(spec.n_branches, spec.n_types, N_VISIT + spec.n_exits, n)
        _count_transactions(by_branch, counts)
        if self.model.catchment:
            self._fill_channels(block("channel"), visits.sum(axis=1), exits, counts)
        if self.items["way"]:
            stays = self._by_station("stay", block("stay")[:, :1])[:, 0]
            fill_ways(self.model, self.items["way"], stays, by_branch.sum(axis=1), block("way")[:, 0])
        if self.items["money"]:
            whole = self._sums(block("stay"), block("server"), visits.sum(axis=1), exits)
            of_branches = [item for item in self.items["stay"] if item.scope == "branch"]
            counters = [block("stay")[self._place["stay", item.scope, item.name], 0] for item in of_branches]
            fill_accounts(self.model, whole, counters, by_branch, block("money")[:, 0])
        if self.items["horizon"]:
            self._fill_horizon(block("horizon"), x[spec.at_horizon :])
        y[self._exits_at :] = exits.sum(axis=0)
        return y

    def _fill_horizon(self, into: I64, account: I64) -> None:
        """Take the accounts between days int64[N_STATS, n]; a cause has those who come again for it."""
        into[0, 0] = account
        again = HORIZON_STATS.index("come_again")
        for item, out in zip(self.items["horizon"][1:], into[1:, 0], strict=True):
            out[again] = account[item.members[0]]

    def _fill_channels(self, into: I64, visits: I64, exits: I64, counts: I64) -> None:
        """Count transactions by channel: of visits int64[type, N_VISIT, n] and ways out int64[type, exit, n]."""
        model = self.model
        unpaid = np.array([kind.transaction not in model.payments for kind in model.types])
        whole, hall = into[0, 0], into[1, 0]
        in_hall = visits[:, TRANSACTIONS]
        came = visits[:, VISITS] + visits[:, VISIT_STATS.index("elsewhere")] + visits[:, FOLLOWED]
        whole[...] = 0
        hall[0], whole[5] = in_hall.sum(axis=0), (came * counts[:, None]).sum(axis=0)
        whole[0], whole[2], whole[4] = hall[0], in_hall[unpaid].sum(axis=0), hall[0]
        for item, channel, out in zip(self.items["channel"][2:], model.channels, into[2:, 0], strict=True):
            done = exits[:, list(item.members)].sum(axis=1) * counts[:, None]
            out[0] = done.sum(axis=0)
            both = (out[0], done[unpaid].sum(axis=0))
            whole[0] += both[0]
            whole[2] += both[1]
            if channel.kind in ELECTRONIC_KINDS:
                whole[1] += both[0]
                whole[3] += both[1]

    def _by_station(self, name: str, block: I64) -> I64:
        """Return a block of stations alone: [station, plane, stat, n], nothing of those that it has not."""
        found = np.zeros((len(self.model.stations), *block.shape[1:]), dtype=np.int64)
        for i, station in enumerate(self.model.stations):
            at = self._place.get((name, "station", station.name), -1)
            if at >= 0:
                found[i] = block[at]
        return found

    def _sums(self, stays: I64, servers: I64, visits: I64, exits: I64) -> Sums:
        """Return what accounts are made of; blocks are [item, plane, stat, n]."""
        staff, whole = self._by_station("server", servers), self._by_station("stay", stays[:, :1])
        return Sums(
            counters=stays[0, 0],
            stays=whole[:, 0],
            servers=staff[:, 0],
            paid=staff[:, 1:, PAID],
            hours=tuple(start for start, _ in self.layout.hours),
            visits=visits,
            exits=exits,
            thresholds=self.layout.spec.thresholds,
        )

    def _fill_quotas(self, into: I64, done: I64) -> None:
        """Hold the transactions done, int64[type, n], against the quotas; the hall's are met if all are."""
        hall, of_tasks = into[0, 0], into[1:, 0]
        for item, out in zip(self.items["quota"][1:], of_tasks, strict=True):
            quota = self._quota_of(item)
            out[0] = done[list(item.members)].sum(axis=0)
            np.minimum(out[0], quota, out=out[1])
            out[2] = out[1] == quota
        hall[:2] = of_tasks[:, :2].sum(axis=0)
        hall[2] = of_tasks[:, 2].min(axis=0)

    def _fill_servers(self, into: I64, x: I64) -> None:
        spec, n = self.layout.spec, x.shape[1]
        floor = x[spec.at_floor : spec.at_servers].reshape(spec.n_stations, spec.n_hours, N_FLOOR, n)
        servers = x[spec.at_servers : spec.at_duty].reshape(spec.n_servers, N_SERVER, n)
        of_station = np.zeros((spec.n_stations, N_SERVER, n), dtype=np.int64)
        for server, station in enumerate(spec.server_station):
            of_station[station] += servers[server]
        for i, item in enumerate(self.items["server"]):
            if item.scope in ("server", "pool"):
                _sum(servers, item.members, into[i, 0])
            else:
                _sum(of_station, item.members, into[i, 0])
                if self.hours:
                    _sum(floor, item.members, into[i, 1:, :N_FLOOR])


def _count_transactions(visits: I64, counts: I64) -> None:
    """Write how many transactions were done, into stats of visits int64[..., type, stat, n]."""
    done = visits[..., SERVED, :] + visits[..., FOLLOWED, :]
    np.multiply(done, counts[:, None], out=visits[..., TRANSACTIONS, :])


def _sum(parts: I64, members: tuple[int, ...], out: I64) -> None:
    """Write the sum of some parts to `out`; nothing if there is none."""
    for k, member in enumerate(members):
        if k == 0:
            out[...] = parts[member]
        else:
            out += parts[member]
