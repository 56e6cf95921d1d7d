/* Keyed random numbers for the C peers: the same bits as hallsim/draws.py.
 *
 * A draw is a pure function of (seed, replication, source, customer, purpose). Everything here is
 * branch-free, so that loops over customers vectorise. Compiled with -ffp-contract=off the results equal
 * hallsim's to the last bit; with fused multiply-adds they are a little faster and differ in the last
 * place of a few values.
 */
#ifndef HALLSIM_PEERS_DRAWS_H
#define HALLSIM_PEERS_DRAWS_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

typedef int64_t i64;
typedef uint64_t u64;

#define INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define GOLDEN 0x9E3779B97F4A7C15ull
#define NEVER ((i64)1 << 62)

INLINE double float_of_bits(u64 bits)
{
    double x;
    memcpy(&x, &bits, 8);
    return x;
}

INLINE i64 bits_of_float(double x)
{
    i64 bits;
    memcpy(&bits, &x, 8);
    return bits;
}

INLINE u64 mix64(u64 x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

INLINE u64 stream_key(u64 seed, u64 replication, u64 stream)
{
    return mix64(mix64(mix64(seed + GOLDEN) + (replication + 1) * GOLDEN) ^ stream);
}

INLINE u64 customer_key(u64 stream, u64 index) { return mix64(stream + (index + 1) * GOLDEN); }

/* The 0-th uniform on (0, 1) of a customer for a purpose; nobody in S1 and S2 needs a second one. */
INLINE double uniform(u64 key, u64 purpose)
{
    u64 x = mix64(key ^ purpose);
    return (float_of_bits((x >> 12) | 0x3FF0000000000000ull) - 1.0) + 0x1p-53;
}

#define LN2_HI 6.93147180369123816490e-01
#define LN2_LO 1.90821492927058770002e-10
#define ROUND 6755399441055744.0 /* 1.5 * 2^52: adding it leaves the nearest integer in the low bits */
#define ROUND_BITS ((i64)0x4338000000000000)
#define SQRT_HALF_BITS ((i64)0x3FE6A09E667F3BCD)

INLINE double own_log(double x)
{
    i64 shifted = bits_of_float(x) + ((i64)0x3FF0000000000000 - SQRT_HALF_BITS);
    i64 k = (shifted >> 52) - 1023;
    double dk = float_of_bits((u64)(k + ROUND_BITS)) - ROUND;
    double f = float_of_bits((u64)((shifted & (((i64)1 << 52) - 1)) + SQRT_HALF_BITS)) - 1.0;
    double s = f / (2.0 + f);
    double z = s * s;
    double w = z * z;
    double r = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
             + z * (6.666666666666735130e-01
                    + w * (2.857142874366239149e-01
                           + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    double half_square = 0.5 * f * f;
    return dk * LN2_HI - ((half_square - (s * (half_square + r) + dk * LN2_LO)) - f);
}

INLINE double own_exp(double x)
{
    x = x < -700.0 ? -700.0 : x;
    x = x > 700.0 ? 700.0 : x;
    double rounded = x * 1.44269504088896338700 + ROUND;
    double k = rounded - ROUND;
    double hi = x - k * LN2_HI;
    double lo = k * LN2_LO;
    double r = hi - lo;
    double t = r * r;
    double c = r - t * (1.66666666666666019037e-01
                        + t * (-2.77777777770155933842e-03
                               + t * (6.61375632143793436117e-05
                                      + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
    double y = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi);
    return float_of_bits((u64)(bits_of_float(y) + ((bits_of_float(rounded) - ROUND_BITS) << 52)));
}

/* Standard normal quantile, Wichura 1988, AS 241 (PPND16): centre and near tail together, far tail apart. */
#define POLY7(c0, c1, c2, c3, c4, c5, c6, c7, x)                                                               \
    (((((((((c7) * (x) + (c6)) * (x) + (c5)) * (x) + (c4)) * (x) + (c3)) * (x) + (c2)) * (x) + (c1)) * (x)) + (c0))
#define FAR_TAIL 1.3887943864964021e-11

INLINE double normal_near(double u)
{
    double q = u - 0.5;
    double r = 0.180625 - q * q;
    double central =
        q * POLY7(3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                  4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3, r)
        / POLY7(1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3, r);
    double lower = u < 1.0 - u ? u : 1.0 - u;
    r = sqrt(-own_log(lower)) - 1.6;
    double tail =
        POLY7(1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
              1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2,
              7.74545014278341407640e-4, r)
        / POLY7(1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                1.05075007164441684324e-9, r);
    tail = q < 0.0 ? -tail : tail;
    return fabs(q) <= 0.425 ? central : tail;
}

INLINE double normal_far(double u)
{
    double r = sqrt(-own_log(u < 1.0 - u ? u : 1.0 - u)) - 5.0;
    double tail =
        POLY7(6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
              2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
              2.01033439929228813265e-7, r)
        / POLY7(1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                2.04426310338993978564e-15, r);
    return u < 0.5 ? -tail : tail;
}

/* Durations are positive, so that truncation is floor. */
INLINE i64 ticks(double x) { return (i64)(x + 0.5); }

/* Processor time, as in the Python peers: what others do on the machine counts less. */
INLINE double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One row per step of a customer, as in hallsim/compiled.py (ROW_*). */
typedef struct {
    i64 customer, what, who, arrive, join, call, end, ahead;
} Row;

#define STEP_SERVED 1
#define STEP_FAILED 2
#define STEP_RENEGED 3
#define VISIT_SERVED 1
#define VISIT_GAVE_UP 3
#define VISIT_DIVERTED 6
#define WHAT(line, step, outcome, visit, exit)                                                                 \
    ((i64)(line) | (i64)(step) << 16 | (i64)(outcome) << 32 | (i64)(visit) << 40 | (i64)(exit) << 48)
#define WHO(server, type) ((i64)((server) + 1) | (i64)(type) << 24)

#endif
