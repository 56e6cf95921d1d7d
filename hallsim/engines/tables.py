"""The tables of a workspace, looked up from one record of addresses.

Compiled functions pass a workspace around as a single pointer: a `DAY` record with the running day's
scalars and, for each table, where it lies and how long it is. Passing forty arrays instead makes numba
copy three hundred words at every call, count references, and take a minute to compile. Each accessor
`customers(w)`, `lines(w)` ... turns an address back into a table; compiled, that is one load that the
optimiser may move anywhere. The memory is owned by the `Workspace` that the record belongs to.

A table has no length and takes no negative index, which saves two instructions and a load at every access;
with NUMBA_BOUNDSCHECK=1 the accessors give real arrays, whose indices numba checks.
"""

from __future__ import annotations

from hallsim.engines.views import accessor, as_array, as_table

stations = accessor("stations", as_table)
by_type = accessor("by_type", as_table)
works = accessor("works", as_table)
skills = accessor("skills", as_table)
machines = accessor("machines", as_table)
people = accessor("people", as_table)
staffing = accessor("staffing", as_table)
breaks = accessor("breaks", as_table)
thresholds = accessor("thresholds", as_table)
machine_heap = accessor("machine_heap", as_table)
outages = accessor("outages", as_table)
routes = accessor("routes", as_table)
cases = accessor("cases", as_table)
case_firsts = accessor("case_firsts", as_table)
case_routes = accessor("case_routes", as_table)
terms = accessor("terms", as_table)
endings = accessor("endings", as_table)
ending_keys = accessor("ending_keys", as_table)
quoted = accessor("quoted", as_table)
quote_steps = accessor("quote_steps", as_table)
line_quotes = accessor("line_quotes", as_table)
lines = accessor("lines", as_table)
servers = accessor("servers", as_table)
sources = accessor("sources", as_table)
pieces = accessor("pieces", as_table)
booked = accessor("booked", as_table)
group_sizes = accessor("group_sizes", as_table)
listed = accessor("listed", as_table)
changes = accessor("changes", as_table)
mixes = accessor("mixes", as_table)
balk_join = accessor("balk_join", as_table)
exit_outcome = accessor("exit_outcome", as_table)
route_most = accessor("route_most", as_table)
route_bound_first = accessor("route_bound_first", as_table)
reaches = accessor("reaches", as_table)
law_code = accessor("law_code", as_array)
law_numbers = accessor("law_numbers", as_array)
law_first = accessor("law_first", as_array)
law_size = accessor("law_size", as_array)
law_part = accessor("law_part", as_array)
law_table = accessor("law_table", as_array)
customers = accessor("customers", as_table)
arrivals = accessor("arrivals", as_table)
keys = accessor("keys", as_table)
types = accessor("types", as_table)
origins = accessor("origins", as_table)
indices = accessor("indices", as_table)
services = accessor("services", as_table)
ticks = accessor("ticks", as_table)
patiences = accessor("patiences", as_table)
next_rows = accessor("next_rows", as_table)
stays = accessor("stays", as_table)
refusals = accessor("refusals", as_table)
places = accessor("places", as_table)
told = accessor("told", as_table)
scratch = accessor("scratch", as_table)
gap_times = accessor("gap_times", as_table)
gaps = accessor("gaps", as_table)
ends = accessor("ends", as_table)
heap = accessor("heap", as_table)
rows = accessor("rows", as_table)
server_rows = accessor("server_rows", as_table)
notes = accessor("notes", as_table)

# the columns that are drawn ahead, as arrays, whose loops compilers vectorise
arrivals_array = accessor("arrivals", as_array)
keys_array = accessor("keys", as_array)
types_array = accessor("types", as_array)
origins_array = accessor("origins", as_array)
indices_array = accessor("indices", as_array)
services_array = accessor("services", as_array)
ticks_array = accessor("ticks", as_array)
patiences_array = accessor("patiences", as_array)
next_rows_array = accessor("next_rows", as_array)
route_bounds_array = accessor("route_bounds", as_array)
scratch_array = accessor("scratch", as_array)
gaps_array = accessor("gaps", as_array)
