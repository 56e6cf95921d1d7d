"""Our own cases with closed forms: `python -m tests.reference.own_cases` writes tests/data/own_cases.jsonl.

Every value is computed here, from the textbook formula named in `source`, for parameters of our own. The
quick tests run them on every change.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import poisson

from tests.reference import f1, f2, f3, f4, f5, f6, f9, f10, f11, f12
from tests.reference.chains import chain_cases
from tests.reference.formula import evaluate
from tests.reference.own_calls import call_cases
from tests.reference.textbook import Value, birth_death, case, erlang_b, erlang_c

FILE = Path(__file__).resolve().parents[1] / "data" / "own_cases.jsonl"


def _mmc() -> dict[str, Any]:
    lam, mu, c = 1.2, 0.8, 2
    delay, wait = erlang_c(lam, mu, c)
    slack = c * mu - lam
    pi = birth_death(lambda n: lam, lambda n: min(n, c) * mu, 400)
    return case(
        "F1-own-mm2",
        "F1 M/M/c",
        f1.ADAPTERS,
        f1.steady,
        {"arrival_rate": lam, "service_rate": mu, "servers": c},
        "Erlang C",
        Wq=wait,
        W=wait + 1 / mu,
        Lq=lam * wait,
        L=lam * (wait + 1 / mu),
        P_wait=delay,
        util=lam / (c * mu),
        P_Wq_gt_2=delay * np.exp(-2 * slack),
        Wq_p30=0.0,
        Wq_p90=float(np.log(delay / 0.1) / slack),
        mean_wait_given_delayed=1 / slack,
        pi=pi[:6].tolist(),
    )


def _first_two() -> dict[str, Any]:
    lam, mu = 1.0, 0.5
    second = lam / (mu * (lam + mu))
    return case(
        "F1-own-first2",
        "F1 M/M/c",
        f1.ADAPTERS,
        f1.first_customers,
        {"arrival_rate": lam, "service_rate": mu, "servers": 1, "n": 2, "initial": "empty"},
        "the second waits if the first's service outlasts the gap; what is left of it is exponential",
        mean_wait_by_customer=[0.0, second],
        mean_of_first_n=second / 2,
    )


def _finite() -> dict[str, Any]:
    lam, mu, c, room = 2.5, 1.0, 2, 5
    pi = birth_death(lambda n: lam, lambda n: min(n, c) * mu, room)
    queue = float(sum((n - c) * pi[n] for n in range(c, room + 1)))
    accepted = 1 - pi[room]
    return case(
        "F2-own-mm25",
        "F2 loss/balk/Erlang A",
        f2.ADAPTERS,
        f2.finite_room,
        {"arrival_rate": lam, "service_rate": mu, "servers": c, "capacity_total": room},
        "birth-death",
        P_block=float(pi[room]),
        Wq_accepted=queue / (lam * accepted),
        P_wait_accepted=float(pi[c:room].sum() / accepted),
        Lq=queue,
        pi=pi.tolist(),
    )


def _balking() -> dict[str, Any]:
    lam, mu, c = 3.0, 1.0, 2
    formula = "exp(-0.4*(n-c+1)) for n>=c"
    joins = [1.0] * c + [float(evaluate(formula.split(" for")[0], n=n, c=c)) for n in range(c, 60)]
    pi = birth_death(lambda n: lam * joins[n], lambda n: min(n, c) * mu, 59)
    queue = float(sum((n - c) * p for n, p in enumerate(pi) if n > c))
    joined = float(np.dot(pi, joins))
    return case(
        "F2-own-balk",
        "F2 loss/balk/Erlang A",
        f2.ADAPTERS,
        f2.balking,
        {"arrival_rate": lam, "service_rate": mu, "servers": c, "join_probability": formula},
        "birth-death",
        P_balk=1 - joined,
        Wq_joined=queue / (lam * joined),
        Lq=queue,
        util=lam * joined / (c * mu),
    )


def _erlang_a() -> dict[str, Any]:
    lam, mu, theta, c = 3.3, 1.0, 0.5, 3
    pi = birth_death(lambda n: lam, lambda n: min(n, c) * mu + max(0, n - c) * theta, 200)
    queue = float(sum((n - c) * p for n, p in enumerate(pi) if n > c))
    return case(
        "F2-own-erlA",
        "F2 loss/balk/Erlang A",
        f2.ADAPTERS,
        f2.erlang_a,
        {"arrival_rate": lam, "service_rate": mu, "servers": c, "patience_rate": theta, "T": [1.0]},
        "birth-death",
        P_ab=theta * queue / lam,
        P_wait=float(pi[c:].sum()),
        W_all=queue / lam,
        Lq=queue,
        util=lam * (1 - theta * queue / lam) / (c * mu),
    )


def _offered() -> dict[str, Any]:
    lam, mu, n, low, high = 2.4, 1.0, 2, 0.5, 2.5

    def density(x: float) -> float:
        """Offered wait at x, up to a factor: exp(lam * integral of P(patience > u) - n mu x)."""
        survived = min(x, low) + (0.0 if x < low else (high - low) / 2 * (1 - max(0.0, (high - x) / (high - low)) ** 2))
        return float(np.exp(lam * survived - n * mu * x))

    # the balance at 0: v(0+) = lam * P(n - 1 busy), and below n - 1 the chain is that of M/M/n
    mass = [1.0]
    for k in range(1, n):
        mass.append(mass[-1] * lam / (k * mu))
    ends = [low, high]
    integral = quad(density, 0, 40, points=ends)[0] * lam * mass[n - 1]
    total = sum(mass) + integral
    late = lam * mass[n - 1] / total
    mean = late * quad(lambda x: x * density(x), 0, 40, points=ends)[0]

    def gives_up(x: float) -> float:
        return min(1.0, max(0.0, (x - low) / (high - low)))

    abandoned = late * quad(lambda x: gives_up(x) * density(x), 0, 40, points=ends)[0]
    return case(
        "F2-own-MMnG",
        "F2 loss/balk/Erlang A",
        f2.ADAPTERS,
        f2.general_patience,
        {
            "arrival_rate": lam,
            "service_rate": mu,
            "servers": n,
            "patience": {"dist": "uniform", "low": low, "high": high},
        },
        "Baccelli and Hebuterne (1981)",
        P_wait=integral / total,
        E_offered_wait=mean,
        P_ab=abandoned,
    )


def _pollaczek() -> dict[str, Any]:
    lam, mean, shape = 0.6, 1.2, 3
    rho = lam * mean
    wait = rho * mean * (1 + 1 / shape) / (2 * (1 - rho))
    third = mean**3 * (1 + 1 / shape) * (1 + 2 / shape)
    variance = wait**2 + lam * third / (3 * (1 - rho))
    return case(
        "F3-own-mg1",
        "F3 M/G/1",
        f3.ADAPTERS,
        f3.general_service,
        {"arrival_rate": lam, "service": {"dist": "erlang", "shape": shape, "mean": mean}, "servers": 1},
        "Pollaczek and Khinchine; variance by Takacs",
        Wq=wait,
        sd_Wq=float(np.sqrt(variance)),
        P_wait=rho,
        Lq=lam * wait,
    )


def _renewal() -> dict[str, Any]:
    mu, low, high = 1.0, 0.4, 2.0

    def transform(s: float) -> float:
        return float((np.exp(-s * low) - np.exp(-s * high)) / (s * (high - low)))

    sigma = brentq(lambda x: transform(mu * (1 - x)) - x, 1e-6, 1 - 1e-6)
    mean = (low + high) / 2
    wait = sigma / (mu * (1 - sigma))
    return case(
        "F3-own-gim1",
        "F3 GI/M/1",
        f3.ADAPTERS,
        f3.general_gaps,
        {
            "interarrival": {"dist": "U", "params": [low, high], "mean": mean},
            "service_rate": mu,
            "servers": 1,
        },
        "Takacs",
        Wq=wait,
        P_wait=sigma,
        sigma=sigma,
        P_Wq_gt_2=sigma * np.exp(-2 * mu * (1 - sigma)),
        Lq=wait / mean,
    )


def _cobham() -> dict[str, Any]:
    rates, mu, c = [0.6, 1.0], 1.0, 2
    delay, _ = erlang_c(sum(rates), mu, c)
    residual = delay / (c * mu)
    first = residual / (1 - rates[0] / (c * mu))
    second = first / (1 - sum(rates) / (c * mu))
    return case(
        "F4-own-np",
        "F4 priority",
        f4.ADAPTERS,
        f4.common_service,
        {"arrival_rates": rates, "service_rate": mu, "servers": c},
        "Cobham (1954), Kella and Yechiali (1985)",
        P_wait=delay,
        Wq_class1=first,
        Wq_class2=second,
        Lq_class2=rates[1] * second,
    )


def _in_system(rates: list[list[float]], mu: float, t: float) -> float:
    """Return the mean number at t of M(t)/M/inf from empty, with rates stepping at the times given."""
    starts = [s for s, _ in rates] + [np.inf]
    return float(
        sum(
            r / mu * (np.exp(-mu * (t - min(t, b))) - np.exp(-mu * (t - min(t, a))))
            for (_, r), a, b in zip(rates, starts[:-1], starts[1:], strict=False)
        )
    )


def _day(mode: str, adapter: Any) -> dict[str, Any]:
    """Return a day whose customers are as impatient in line as servers are fast.

    Everybody inside then leaves at rate mu whatever the staff does, so the number inside is Poisson, in
    all three modes of shift ends, and the time to empty is the largest of N(T) exponentials.
    """
    mu, close = 0.2, 120.0
    rates = [[0.0, 0.6], [40.0, 1.2], [80.0, 0.5]]
    staff = [[0.0, 3], [50.0, 6], [90.0, 2]]
    n = np.arange(200)
    at_close = poisson(_in_system(rates, mu, close)).pmf(n)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, 200))])
    values: dict[str, Value] = {"E_time_to_empty_after_close": float(at_close @ harmonic) / mu}
    if mode != "N":
        values["expected_arrivals"] = 40 * (0.6 + 1.2 + 0.5)
        values["E_in_system_at_close"] = _in_system(rates, mu, close)
    if mode == "P":
        rows = []
        for t, s in ((30.0, 3), (70.0, 6), (90.0, 2), (100.0, 2)):
            law = poisson(_in_system(rates, mu, t))
            waiting = float(np.maximum(n - s, 0) @ law.pmf(n))
            rows.append([t, waiting, float(law.sf(s - 1)), float(law.mean() - waiting) / s, float(law.mean())])
        values["at_time"] = rows
    return case(
        f"F5-own-day-{mode}",
        "F5 time-varying",
        f5.ADAPTERS,
        adapter,
        {"T": close, "arrival_rate_per_min": rates, "staff": staff, "service_rate": mu, "patience_rate": mu},
        "M(t)/M/inf",
        **values,
    )


def _infinite() -> dict[str, Any]:
    rate, swing, period, mean = 6.0, 0.5, 8.0, 2.0

    def arrived(t: float) -> float:
        """Return the expected arrivals in [0, t]."""
        w = 2 * np.pi / period
        return rate * (t + swing * (1 - np.cos(w * t)) / w)

    times = [1.0, 5.0, 8.0, 11.0]
    return case(
        "F5-own-inf",
        "F5 time-varying",
        f5.ADAPTERS,
        f5.infinite_servers,
        {
            "arrival_rate": f"{rate}*(1+{swing}*sin(2*pi*t/{period}))",
            "arrivals_end": None,
            "service": {"dist": "deterministic", "value": mean},
        },
        "M(t)/D/inf: the arrivals of the last service time",
        at_time=[[t, float(arrived(t) - arrived(max(0.0, t - mean)))] for t in times],
    )


def _sinusoidal() -> dict[str, Any]:
    rate, swing, mu, s = 6.0, 2.0, 1.0, 5
    times = [2.0, 6.0, 9.0]
    rows = []
    n = np.arange(200)
    for t in times:
        mean = rate * (1 - np.exp(-mu * t))
        mean += swing * (mu * np.sin(t) - np.cos(t) + np.exp(-mu * t)) / (1 + mu**2)
        law = poisson(mean)
        waiting = float(np.maximum(n - s, 0) @ law.pmf(n))
        rows.append([t, waiting, float(law.sf(s - 1)), float(mean - waiting) / s, float(mean)])
    return case(
        "F5-own-sin",
        "F5 time-varying",
        f5.ADAPTERS,
        f5.sinusoidal,
        {
            "arrival_rate": f"{rate}+{swing}*sin(t)",
            "service_rate": mu,
            "servers": s,
            "patience_rate": mu,
            "horizon": 10.0,
        },
        "M(t)/M/s+M with patience as fast as service: M(t)/M/inf",
        at_time=rows,
    )


def _jackson() -> dict[str, Any]:
    lam, fail, back, p_kiosk, p_counter = 0.8, 0.2, 0.1, 0.4, 0.4
    spec: dict[str, dict[str, Any]] = {
        "greeter": {"servers": 1, "rate": 2.0},
        "kiosk": {"servers": 2, "rate": 0.4},
        "counter": {"servers": 3, "rate": 0.25},
    }
    per = p_counter + p_kiosk * fail
    greeter = lam / (1 - back * per)
    flow = {"greeter": greeter, "kiosk": greeter * p_kiosk, "counter": greeter * per}
    values: dict[str, Value] = {}
    inside = 0.0
    for name, rate in flow.items():
        servers, mu = spec[name]["servers"], spec[name]["rate"]
        delay, wait = erlang_c(rate, mu, servers)
        values[f"{name}_rate"] = rate
        values[f"{name}_util"] = rate / (servers * mu)
        values[f"{name}_Wq"] = wait
        values[f"{name}_P_wait"] = delay
        values[f"{name}_L"] = rate * (wait + 1 / mu)
        inside += rate * (wait + 1 / mu)
    return case(
        "F6-own-jackson",
        "F6 networks",
        f6.ADAPTERS,
        f6.jackson,
        {
            "external_rate": lam,
            **spec,
            "p_kiosk": p_kiosk,
            "p_counter": p_counter,
            "p_diverted": 0.2,
            "kiosk_fail_to_counter": fail,
            "counter_return_to_greeter": back,
        },
        "Jackson (1957); time in the hall by Little's law",
        mean_time_in_hall=inside / lam,
        **values,
    )


def _tandem() -> dict[str, Any]:
    lam, a, b = 0.6, 1.0, 0.9
    x, y = a - lam, b - lam
    tail = (x * np.exp(-3 * y) - y * np.exp(-3 * x)) / (x - y)
    return case(
        "F6-own-tandem",
        "F6 networks",
        f6.ADAPTERS,
        f6.tandem,
        {"arrival_rate": lam, "rates": [a, b]},
        "Reich (1957)",
        W_total=1 / x + 1 / y,
        P_total_gt_3=float(tail),
    )


def _loss() -> dict[str, Any]:
    lam, c = 0.9, 3
    block = erlang_b(lam * 2.0, c)
    return case(
        "F6-own-loss",
        "F6 networks",
        f6.ADAPTERS,
        f6.loss,
        {"arrival_rate": lam, "kiosks": c, "service": {"dist": "gamma", "mean": 2.0, "cv": 0.7}},
        "Erlang B",
        P_overflow=block,
        util=lam * 2.0 * (1 - block) / c,
    )


def _batches() -> dict[str, Any]:
    batches, mu = 0.25, 1.0
    sizes = {1: 0.6, 2: 0.1, 4: 0.3}
    mean, square = (sum(n**k * p for n, p in sizes.items()) for k in (1, 2))
    lam = batches * mean
    rho = lam / mu
    wait = rho / (1 - rho) * (1 + square / mean) / 2 / lam - 1 / mu
    return case(
        "F10-own-batch",
        "F10 batch arrivals",
        f10.ADAPTERS,
        f10.batches,
        {
            "batch_rate": batches,
            "batch_size_pmf": {str(n): p for n, p in sizes.items()},
            "service_rate": mu,
            "servers": 1,
        },
        "Gross and Harris, section 3.1; for the first member Pollaczek and Khinchine with whole batches",
        Wq=wait,
        Lq=lam * wait,
        util=rho,
        Wq_first_of_batch=batches * (mean + square) / mu**2 / 2 / (1 - rho),
    )


def _online() -> dict[str, Any]:
    lam, mu, c, divert, fail, mean = 0.9, 0.6, 2, 0.3, 0.4, 5.0
    rate = lam * (1 - divert * (1 - fail))
    _, wait = erlang_c(rate, mu, c)
    return case(
        "F11-own-online",
        "F11 returns/retrials",
        f11.ADAPTERS,
        f11.online,
        {
            "arrival_rate": lam,
            "service_rate": mu,
            "servers": c,
            "p_divert": divert,
            "p_fail": fail,
            "online_mean": mean,
        },
        "Jackson (1957)",
        hall_rate=rate,
        Wq=wait,
        util=rate / (c * mu),
        mean_online=lam * divert * mean,
    )


def _retrial() -> dict[str, Any]:
    lam, mu, nu = 0.45, 1.0, 0.8
    rho = lam / mu
    orbit = rho / (1 - rho) * (lam / nu + rho)
    return case(
        "F11-own-retrial",
        "F11 returns/retrials",
        f11.ADAPTERS,
        f11.retrial,
        {"arrival_rate": lam, "service_rate": mu, "servers": 1, "retrial_rate": nu},
        "Falin and Templeton (1997), section 1.2",
        mean_orbit=orbit,
        mean_time_to_service=orbit / lam,
        P_blocked_first=rho,
        util=rho,
    )


def _appointments() -> dict[str, Any]:
    slot, show, mu = 5.0, 0.75, 0.25
    # customers come after a geometric number of slots
    sigma = brentq(lambda s: s - show / (np.exp(mu * (1 - s) * slot) - (1 - show)), 1e-9, 1 - 1e-9)
    rest = mu * (1 - sigma)
    return case(
        "F12-own-dm1",
        "F12 appointments",
        f12.ADAPTERS,
        f12.for_ever,
        {"slot": slot, "p_show": show, "service_rate": mu},
        "GI/M/1 (Gross and Harris, section 5.3)",
        sigma=sigma,
        P_wait=sigma,
        Wq=sigma / rest,
        util=show / slot / mu,
        P_Wq_gt_5=float(sigma * np.exp(-5 * rest)),
    )


def _unanswered(name: str, p: float, q: float, recalls: int) -> dict[str, Any]:
    """Return an M/G/1 whose busy periods begin with another service: who begins one has not waited, and answers."""
    lam, mu, out = 0.7, 1.0, 0.6
    first, first_square = 1 / mu, 2 / mu**2
    mean = square = extra = 0.0
    reached = [1.0, *(p * q**j for j in range(recalls + 1))]  # the probability that so many calls at least fail
    for j in range(recalls + 1):
        answers = reached[j] - reached[j + 1]
        mean += answers * (j * out + first)
        square += answers * ((j * out) ** 2 + 2 * j * out * first + first_square)
        extra += answers * j * out
    skipped = reached[recalls + 1]
    mean += skipped * (recalls + 1) * out
    square += skipped * ((recalls + 1) * out) ** 2
    extra += skipped * recalls * out
    delayed = 1 - (1 - lam * mean) / (1 - lam * (mean - first))
    wait = lam * square / (2 * (1 - lam * mean))
    wait += lam * (first_square - square) / (2 * (1 - lam * (mean - first)))
    return case(
        name,
        "F9 thresholds and tickets",
        f9.ADAPTERS,
        f9.unanswered_calls,
        {
            **{"arrival_rate": lam, "service_rate": mu, "unanswered": p, "unanswered_again": q},
            **{"recalls": recalls, "time_out": out},
        },
        "Welch (1964), M/G/1 with another first service of a busy period, up to the first call",
        W_all=wait + delayed * extra,
        P_wait=delayed,
        P_no_show=delayed * skipped,
        calling=lam * delayed * extra,
    )


def own_cases() -> list[dict[str, Any]]:
    """Return all of them."""
    return [
        _mmc(),
        _first_two(),
        _finite(),
        _balking(),
        _erlang_a(),
        _offered(),
        _pollaczek(),
        _renewal(),
        _cobham(),
        _day("E", f5.pooled_day),
        _day("P", f5.preemptive_day),
        _day("N", f5.named_day),
        _sinusoidal(),
        _infinite(),
        _jackson(),
        _tandem(),
        _loss(),
        _batches(),
        _online(),
        _retrial(),
        _appointments(),
        _unanswered("F9-own-calls", 0.2, 0.5, 2),
        _unanswered("F9-own-skips", 0.3, 1.0, 0),
        *chain_cases(),
        *call_cases(),
    ]


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("".join(json.dumps(c) + "\n" for c in own_cases()), encoding="utf-8")
