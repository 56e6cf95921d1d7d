"""Blocking and delay from the offered load: Erlang B, its inverse, Erlang C."""

from __future__ import annotations

from hallsim.theory.numbers import bisect, check, check_servers, check_share


def erlang_b(load: float, servers: int) -> float:
    """Return the chance that all servers are busy in M/G/n/n (Erlang B): who comes then is lost.

    By the recursion 1/B(n) = 1 + n/a * 1/B(n - 1), whose terms are positive (Jagerman 1974,
    doi:10.1002/j.1538-7305.1974.tb02756.x). Below 1e-308 the result is 0.

    Parameters
    ----------
    load : float
        Offered load a = arrival rate x mean service time, erlangs, at least 0.
    servers : int
        From 0 (nobody is served: 1).

    Raises
    ------
    UsageError

    Examples
    --------
    >>> round(erlang_b(20.0, 10), 12)
    0.537963168632
    """
    check(load=load)
    check_servers(servers, least=0)
    if load == 0.0:
        return 1.0 if servers == 0 else 0.0
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1.0 + n / load * inverse
    return 1.0 / inverse


def erlang_c(load: float, servers: int) -> float:
    """Return the chance that a customer has to wait in M/M/n without abandonment (Erlang C); 1 if overloaded.

    C = n B / (n - a + a B) with Erlang B's B (Gross et al. 2008, "Fundamentals of Queueing Theory", 4th ed., sec. 2.4).

    Examples
    --------
    >>> round(erlang_c(20.0, 25), 12)
    0.209102826599
    """
    blocked = erlang_b(load, servers)
    if load >= servers:
        return 1.0
    return servers * blocked / (servers - load + load * blocked)


def load_for_blocking(blocking: float, servers: int) -> float:
    """Return the offered load at which n servers lose the given share of customers (Erlang B solved for its load).

    Raises
    ------
    UsageError
        If the share is not inside (0, 1).
    """
    check_share(blocking=blocking)
    check_servers(servers)
    # with A erlangs at most n are carried, so at least 1 - n / A are lost
    return bisect(lambda load: erlang_b(load, servers) - blocking, 0.0, servers / (1.0 - blocking))
