"""What queueing theory says without a simulation: waits, blocking, abandonment, load, and staff needed.

In: rates per unit of time (any unit: times come out in the same one), numbers of servers, probabilities as
fractions of 1. Out: plain floats. Nothing here knows of halls; planners' questions start from these numbers,
and results are held against them.

    erlang_b, erlang_c            chance of being blocked, of having to wait, from the offered load
    load_for_blocking             offered load that n servers carry with a given blocking
    ErlangC, ErlangA, FiniteRoom  M/M/n, M/M/n+M (customers give up), M/M/n/K, in steady state
    pollaczek_khinchine           mean wait of M/G/1, exact
    allen_cunneen, kingman_bound  mean wait of G/G/n, an approximation; of G/G/1, an upper bound
    infinite_server_load          M(t)/G/inf: how many would be in service if nobody ever waited
    square_root_beta, square_root_staffing, fewest_servers, cheapest_servers
    cover                         the cheapest shifts with enough people in every slot, an integer program

Everything is a sum or integral of positive terms, so that it keeps about 12 digits up to 10,000 servers and at
loads near or above one. An overloaded system without abandonment has no steady state: its waits are infinite,
its chance of waiting is 1.
"""

from __future__ import annotations

from hallsim.theory.abandonment import ErlangA
from hallsim.theory.delay import ErlangC, FiniteRoom
from hallsim.theory.erlang import erlang_b, erlang_c, load_for_blocking
from hallsim.theory.general import allen_cunneen, kingman_bound, pollaczek_khinchine
from hallsim.theory.load import exponential_up_to, infinite_server_load, lognormal_up_to, sample_up_to
from hallsim.theory.shifts import Cover, Cut, cover, on_duty_matrix
from hallsim.theory.staffing import Cheapest, cheapest_servers, fewest_servers, square_root_beta, square_root_staffing

__all__ = [
    "Cheapest",
    "Cover",
    "Cut",
    "ErlangA",
    "ErlangC",
    "FiniteRoom",
    "allen_cunneen",
    "cheapest_servers",
    "cover",
    "erlang_b",
    "erlang_c",
    "exponential_up_to",
    "fewest_servers",
    "infinite_server_load",
    "kingman_bound",
    "load_for_blocking",
    "lognormal_up_to",
    "on_duty_matrix",
    "pollaczek_khinchine",
    "sample_up_to",
    "square_root_beta",
    "square_root_staffing",
]
