"""Counter-based random numbers: a draw belongs to somebody and a purpose, never to a moment.

A draw is a pure function of (seed, replication, stream, index in the stream, purpose, k). Streams and
purposes enter as hashes of their *names*, so that adding a line, a counter or a station leaves every
other draw as it was. Keys are built by two levels of the splitmix64 finaliser (Steele, Lea and Flood
2014, "Fast splittable pseudorandom number generators", OOPSLA; constants of Stafford's variant 13),
and uniforms are `(top 52 bits + 1/2) * 2**-52`, which is never 0 and never 1.

Own `log`, `exp` and normal quantile are used everywhere: they are branch-free, so that compilers can
vectorise them, and give the same bits in compiled code and in plain Python, which library versions do
not. Accuracy is 1 unit in the last place for log and exp (coefficients of the fdlibm kernels) and 1e-16
relative for the normal quantile (Wichura 1988, AS 241, PPND16).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.jit import JIT_DISABLED, inline, njit

if TYPE_CHECKING:
    F64 = NDArray[np.float64]
    U64 = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
_ONE_BITS = np.uint64(0x3FF0000000000000)
_HALF_ULP = 2.0**-53


def name_hash(*names: str) -> int:
    """Return 64 bits that stand for a name (the first 8 bytes of a SHA-256), the same for ever.

    >>> name_hash("service", "counter") == name_hash("service", "counter")
    True
    >>> name_hash("service", "counter") == name_hash("patience", "counter")
    False
    """
    joined = "\x1f".join(names).encode()
    return int.from_bytes(hashlib.sha256(joined).digest()[:8], "little")


PURPOSE_TYPE = np.uint64(name_hash("type"))  # the customer's segment and transaction
PURPOSE_PERSON = np.uint64(name_hash("person"))  # whose visit it is
PURPOSE_FOLLOW_ON = np.uint64(name_hash("follow on"))  # k: how many transactions followed before in the visit
PURPOSE_GAP = np.uint64(name_hash("gap"))
PURPOSE_GROUP = np.uint64(name_hash("group"))  # how many come together
PURPOSE_FAIL = np.uint64(name_hash("fail"))  # of a server: the time to its k-th breakdown
PURPOSE_REPAIR = np.uint64(name_hash("repair"))  # of a server: the time of its k-th repair
PURPOSE_SET_UP = np.uint64(name_hash("set up"))  # of a server: the time of its k-th set-up
PURPOSE_BREAK = np.uint64(name_hash("break"))  # of a server: the length of the station's k-th break
PURPOSE_ABSENT = np.uint64(name_hash("absent"))  # of a person: whether he is away today
PURPOSE_BACK = np.uint64(name_hash("back"))  # of a server: the time of going back after its k-th opening
PURPOSE_SHOW = np.uint64(name_hash("show"))  # whether who has an appointment comes
PURPOSE_EARLY = np.uint64(name_hash("early"))
PURPOSE_LATE = np.uint64(name_hash("late"))
PURPOSE_DAY_TYPE = np.uint64(name_hash("day type"))  # of a replication
PURPOSE_DAY_FACTOR = np.uint64(name_hash("day factor"))  # of a source: by how much its rates differ today
PURPOSE_HOUR_FACTOR = np.uint64(name_hash("hour factor"))  # of a source, k: the hour of the clock
PURPOSE_ENTRY = np.uint64(name_hash("entry"))  # one word, so that no station's route can be called the same


# --- bits ----------------------------------------------------------------------------------------------

if JIT_DISABLED:

    def float_of_bits(bits: np.uint64) -> float:
        """Return the float64 that has these 64 bits."""
        return float(np.uint64(bits).view(np.float64))

    def bits_of_float(x: float) -> np.int64:
        """Return the 64 bits of a float64 as int64."""
        return np.float64(x).view(np.int64)

else:
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def float_of_bits(typingctx, bits):  # type: ignore[no-untyped-def]
        """Return the float64 that has these 64 bits."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return builder.bitcast(args[0], context.get_value_type(types.float64))

        return types.float64(types.uint64), codegen

    @intrinsic
    def bits_of_float(typingctx, x):  # type: ignore[no-untyped-def]
        """Return the 64 bits of a float64 as int64."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return builder.bitcast(args[0], context.get_value_type(types.int64))

        return types.int64(types.float64), codegen


# --- keys and uniforms -----------------------------------------------------------------------------------


@inline
def mix64(x):  # type: ignore[no-untyped-def]
    """Return the splitmix64 finaliser of a uint64: a bijection that scrambles every bit."""
    x = (x ^ (x >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@inline
def stream_key(seed, replication, stream):  # type: ignore[no-untyped-def]
    """Return the key of a stream of customers in one replication (all uint64).

    Seed and replication pass through the finaliser one after the other, so that neither neighbours
    nor sums of them (seed + 1, replication) and (seed, replication + 1) share anything.
    """
    return mix64(mix64(mix64(seed + GOLDEN) + (replication + np.uint64(1)) * GOLDEN) ^ stream)


@inline
def customer_key(stream, index):  # type: ignore[no-untyped-def]
    """Return the key of the customer with this index in a stream (uint64, uint64 from 0)."""
    return mix64(stream + (index + np.uint64(1)) * GOLDEN)


@inline
def place_of(key, purpose, k):  # type: ignore[no-untyped-def]
    """Return what the k-th draw of a customer for a purpose is made from (all uint64)."""
    return (key ^ purpose) + k * GOLDEN


@inline
def uniform_at(place):  # type: ignore[no-untyped-def]
    """Return the uniform on (0, 1) that is made from a uint64."""
    x = mix64(place)
    return (float_of_bits((x >> _S12) | _ONE_BITS) - 1.0) + _HALF_ULP


@inline
def uniform(key, purpose, k):  # type: ignore[no-untyped-def]
    """Return the k-th uniform on (0, 1) of a customer for a purpose (all uint64)."""
    return uniform_at(place_of(key, purpose, k))


# --- own elementary functions ----------------------------------------------------------------------------

_LN2_HI = 6.93147180369123816490e-01
_LN2_LO = 1.90821492927058770002e-10
_LG1, _LG2, _LG3 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01
_LG4, _LG5, _LG6 = 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01
_LG7 = 1.479819860511658591e-01
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_MANTISSA = np.int64((1 << 52) - 1)
_LOG_SHIFT = np.int64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer and leaves that in the low bits
_ROUND_BITS = np.int64(0x4338000000000000)


@inline
def own_log(x):  # type: ignore[no-untyped-def]
    """Return the natural logarithm of a positive normal float64."""
    shifted = bits_of_float(x) + _LOG_SHIFT
    k = (shifted >> np.int64(52)) - np.int64(1023)
    # an integer below 2**51 becomes a float by the same trick as in `uniform`, backwards
    dk = float_of_bits(np.uint64(k + _ROUND_BITS)) - _ROUND
    f = float_of_bits(np.uint64((shifted & _MANTISSA) + _SQRT_HALF_BITS)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = w * (_LG2 + w * (_LG4 + w * _LG6)) + z * (_LG1 + w * (_LG3 + w * (_LG5 + w * _LG7)))
    half_square = 0.5 * f * f
    return dk * _LN2_HI - ((half_square - (s * (half_square + r) + dk * _LN2_LO)) - f)


_P1, _P2 = 1.66666666666666019037e-01, -2.77777777770155933842e-03
_P3, _P4 = 6.61375632143793436117e-05, -1.65339022054652515390e-06
_P5 = 4.13813679705723846039e-08
_INV_LN2 = 1.44269504088896338700


@inline
def own_exp(x):  # type: ignore[no-untyped-def]
    """Return e to the x; x is held inside (-700, 700), which every duration is far inside of."""
    x = min(max(x, -700.0), 700.0)
    rounded = x * _INV_LN2 + _ROUND
    k = rounded - _ROUND
    hi = x - k * _LN2_HI
    lo = k * _LN2_LO
    r = hi - lo
    t = r * r
    c = r - t * (_P1 + t * (_P2 + t * (_P3 + t * (_P4 + t * _P5))))
    y = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi)
    # bits_of_float(rounded) holds k in its low bits: add it to the exponent of y
    return float_of_bits(np.uint64(bits_of_float(y) + ((bits_of_float(rounded) - _ROUND_BITS) << np.int64(52))))


_A = (
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
_B = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
_C = (
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
_D = (
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
_E = (
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
_F = (
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)


@inline
def _poly7(c, x):  # type: ignore[no-untyped-def]
    return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0]


FAR_TAIL = 1.3887943864964021e-11  # exp(-25): below it (and above 1 minus it) AS 241 uses a third formula


@inline
def _normal_central(q):  # type: ignore[no-untyped-def]
    r = 0.180625 - q * q
    return q * _poly7(_A, r) / _poly7(_B, r)


@inline
def _normal_tail(u, q):  # type: ignore[no-untyped-def]
    r = np.sqrt(-own_log(min(u, 1.0 - u))) - 1.6
    tail = _poly7(_C, r) / _poly7(_D, r)
    return -tail if q < 0.0 else tail


@inline
def normal_near(u):  # type: ignore[no-untyped-def]
    """Return the standard normal quantile for u in [FAR_TAIL, 1 - FAR_TAIL]; branch-free."""
    q = u - 0.5
    central = _normal_central(q)
    tail = _normal_tail(u, q)
    return central if abs(q) <= 0.425 else tail


@inline
def normal_far(u):  # type: ignore[no-untyped-def]
    """Return the standard normal quantile for u outside the range of `normal_near`."""
    r = np.sqrt(-own_log(min(u, 1.0 - u))) - 5.0
    tail = _poly7(_E, r) / _poly7(_F, r)
    return -tail if u < 0.5 else tail


@inline
def normal_quantile(u):  # type: ignore[no-untyped-def]
    """Return the standard normal quantile of u in (0, 1), for single ones: most need the first formula alone."""
    q = u - 0.5
    if abs(q) <= 0.425:
        return _normal_central(q)
    if u < FAR_TAIL or 1.0 - u < FAR_TAIL:
        return normal_far(u)
    return _normal_tail(u, q)


# --- for Python callers ------------------------------------------------------------------------------------


@njit
def keys_of(seed, replication, stream, n):  # type: ignore[no-untyped-def]
    """Return the keys of the first n customers of a stream.

    Parameters
    ----------
    seed, replication, stream : uint64
    n : int

    Returns
    -------
    uint64[n]
    """
    out = np.empty(n, dtype=np.uint64)
    base = stream_key(seed, replication, stream)
    for i in range(n):
        out[i] = customer_key(base, np.uint64(i))
    return out


@njit
def uniforms(keys, purpose, k):  # type: ignore[no-untyped-def]
    """Return the k-th uniform of each key for one purpose: float64[len(keys)] on (0, 1)."""
    out = np.empty(keys.size, dtype=np.float64)
    for i in range(keys.size):
        out[i] = uniform(keys[i], purpose, k)
    return out


@njit
def exponentials(u):  # type: ignore[no-untyped-def]
    """Return unit exponentials -log(1 - u): float64[len(u)]."""
    out = np.empty(u.size, dtype=np.float64)
    for i in range(u.size):
        out[i] = -own_log(1.0 - u[i])
    return out
