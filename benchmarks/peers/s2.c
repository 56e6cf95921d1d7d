/* S2, one day of a service hall, hard-coded: the practical limit for hallsim's general kernel.
 *
 *   gcc -O3 -march=native -fno-math-errno -fno-trapping-math -fno-gcse s2.c -o s2 -lm      (the flags bench.py uses)
 *   ./s2 DAYS [SEED [FIRST_DAY]]
 *
 * -fno-gcse keeps the event loop's branches apart and gains 8 % with gcc 12; the pre-draw loops are vectorised
 * at 64 bytes (-fopt-info-vec) and 512-bit vectors gain 8 % on the whole over 256-bit ones where there are any.
 * Add -ffp-contract=off to get the kernel's log to the last bit: "wait_ticks" is then its sum of waits.
 *
 * Same architecture as hallsim/engines/kernel.py: int64 microseconds; every draw keyed by customer and
 * purpose and pre-drawn for the day in vectorised loops; arrivals as a sorted stream (capacity changes too,
 * but S2 has none: all servers are on duty until the last customer has left); service ends in a sorted array
 * of packed keys; patience in a binary heap with lazy deletion; doubly linked lines by class; one 64-byte
 * row per step of a customer, and a pass over the day's rows that sums them up. What a general kernel
 * cannot have: all numbers of the hall are constants here, and only the draws that are used are made.
 */
#include <stdio.h>
#include <stdlib.h>

#include "draws.h"

/* Hashes of names, hallsim.draws.name_hash; bench.py passes those of the scenario. */
#ifndef HASH_SOURCE
#define HASH_SOURCE 0x2da16e0f7f78d6cdull
#endif
#define HASH_TYPE 0xc4d010b6bc00313ull
#define HASH_GAP 0xaf594e12f0dbd554ull
#define HASH_ROUTE_GREETER 0x289633520340ddd3ull
#define HASH_ROUTE_KIOSK 0x824a5bfd5b9e099aull
#define HASH_SERVICE_GREETER 0xf0037d0accfbc518ull
#define HASH_SERVICE_KIOSK 0x25b106815277494eull
#define HASH_SERVICE_COUNTER 0xb6dcf8342aa5fae6ull
#define HASH_PATIENCE_COUNTER 0x298e78ed5e4c22bull

#define MINUTE 60e6
#define OPEN ((i64)9 * 3600 * 1000000)
#define HOUR ((i64)3600 * 1000000)
#define N_PIECES 9
static const double PER_HOUR[N_PIECES] = {40, 70, 90, 75, 50, 65, 85, 80, 45};

enum { VIP, GENERAL, QUICK };
enum { TO_COUNTER, TO_KIOSK, TO_APP };
enum { AT_GREETER, AT_KIOSK, AT_COUNTER };
enum { LINE_GREETER, LINE_KIOSK, LINE_VIP, LINE_OTHERS, N_LINES };
enum { SERVER_GREETER = 0, SERVER_KIOSK = 2, SERVER_COUNTER = 6, N_SERVERS = 14 };

#define CAP 1024 /* customers a day; 600 are expected, 1024 is 17 standard deviations off */
#define FIRST_BLOCK 672
#define SERVER_BITS 5
#define CUSTOMER_BITS 10

/* --- the day's variates --------------------------------------------------------------------------- */

static u64 key[CAP];
static double unit_gap[CAP];
static i64 arrive[CAP + 1], greeter_time[CAP], kiosk_time[CAP], counter_time[CAP], patience[CAP];
static i64 type_of[CAP], to_of[CAP], fails[CAP];
static u64 some_key[CAP];
static double some_mu[CAP], some_value[CAP];
static int some[CAP];
static double mu_kiosk, sigma_kiosk, mu_counter[3], sigma_counter;

static __attribute__((noinline)) void lognormal_far(int n, const u64 *keys, u64 purpose, const double *mu,
                                                    double sigma, double *out)
{
    for (int i = 0; i < n; i++) {
        double u = uniform(keys[i], purpose);
        if (u < FAR_TAIL || 1.0 - u < FAR_TAIL)
            out[i] = own_exp(mu[i] + sigma * normal_far(u));
    }
}

static void lognormals(int n, const u64 *restrict keys, u64 purpose, const double *restrict mu, double sigma,
                       double *restrict out)
{
    i64 far = 0;
    for (int i = 0; i < n; i++) {
        double u = uniform(keys[i], purpose);
        out[i] = own_exp(mu[i] + sigma * normal_near(u));
        double lower = u < 1.0 - u ? u : 1.0 - u;
        far += lower < FAR_TAIL ? 1 : 0;
    }
    if (UNLIKELY(far))
        lognormal_far(n, keys, purpose, mu, sigma, out);
}

static void unit_gaps(int from, int to, u64 stream)
{
    for (int i = from; i < to; i++)
        key[i] = customer_key(stream, (u64)i);
    for (int i = from; i < to; i++)
        unit_gap[i] = -own_log(1.0 - uniform(key[i], HASH_GAP));
}

/* Return the number of customers; arrive[] ends with NEVER. */
static int predraw_arrivals(u64 stream)
{
    double need = 0.0, reached = 0.0;
    int i = 0, drawn = FIRST_BLOCK, piece = 0;
    unit_gaps(0, drawn, stream);
    reached = unit_gap[0];
    while (piece < N_PIECES) {
        /* unit_gap becomes the running sum; customers whose sum falls inside this piece arrive in it */
        double rate = PER_HOUR[piece] / (double)HOUR;
        double mass = rate * (double)HOUR;
        double start = (double)(OPEN + piece * HOUR);
        int first = i;
        while (reached < need + mass) {
            unit_gap[i++] = reached;
            if (UNLIKELY(i == drawn)) {
                if (drawn + 32 > CAP) {
                    fprintf(stderr, "more than %d customers in a day\n", CAP);
                    exit(1);
                }
                unit_gaps(drawn, drawn + 32, stream);
                drawn += 32;
            }
            reached += unit_gap[i];
        }
        for (int j = first; j < i; j++)
            arrive[j] = ticks(start + (unit_gap[j] - need) / rate);
        need += mass;
        piece++;
    }
    arrive[i] = NEVER;
    return i;
}

static int predraw(u64 seed, u64 day)
{
    int n = predraw_arrivals(stream_key(seed, day, HASH_SOURCE));
    for (int i = 0; i < n; i++) {
        double u = uniform(key[i], HASH_TYPE);
        double v = uniform(key[i], HASH_ROUTE_GREETER);
        i64 type = (u >= 0.1) + (u >= 0.1 + 0.6);
        double kiosk = type == GENERAL ? 0.15 : 0.55;
        double diverted = type == GENERAL ? 0.15 + 0.10 : 0.55 + 0.20;
        i64 to = v < kiosk ? TO_KIOSK : v < diverted ? TO_APP : TO_COUNTER;
        type_of[i] = type;
        to_of[i] = type == VIP ? TO_COUNTER : to;
        fails[i] = uniform(key[i], HASH_ROUTE_KIOSK) >= 1.0 - 0.08;
    }
    for (int i = 0; i < n; i++)
        greeter_time[i] = ticks(-(0.33 * MINUTE) * own_log(1.0 - uniform(key[i], HASH_SERVICE_GREETER)));

    int m = 0;
    for (int i = 0; i < n; i++) {
        some[m] = i;
        m += to_of[i] == TO_KIOSK;
    }
    for (int j = 0; j < m; j++) {
        some_key[j] = key[some[j]];
        some_mu[j] = mu_kiosk;
    }
    lognormals(m, some_key, HASH_SERVICE_KIOSK, some_mu, sigma_kiosk, some_value);
    for (int j = 0; j < m; j++)
        kiosk_time[some[j]] = ticks(some_value[j]);

    m = 0;
    for (int i = 0; i < n; i++) {
        some[m] = i;
        m += (to_of[i] == TO_COUNTER) | ((to_of[i] == TO_KIOSK) & fails[i]);
    }
    for (int j = 0; j < m; j++) {
        some_key[j] = key[some[j]];
        some_mu[j] = mu_counter[type_of[some[j]]];
    }
    lognormals(m, some_key, HASH_SERVICE_COUNTER, some_mu, sigma_counter, some_value);
    for (int j = 0; j < m; j++)
        counter_time[some[j]] = ticks(some_value[j]);
    for (int j = 0; j < m; j++)
        some_value[j] = -(40.0 * MINUTE) * own_log(1.0 - uniform(some_key[j], HASH_PATIENCE_COUNTER));
    for (int j = 0; j < m; j++)
        patience[some[j]] = ticks(some_value[j]);
    return n;
}

/* --- the day ---------------------------------------------------------------------------------------- */

typedef struct {
    int head, tail, size;
} Line;

typedef struct {
    int free, first; /* ring of idle servers, longest idle first */
    int server[8];
} Idle;

static Line lines[N_LINES];
static Idle idle[3];
static i64 end_store[N_SERVERS + 1], *const ends = end_store + 1; /* descending; ends[-1] is the sentinel */
static int n_ends;
static i64 heap[CAP + 1];
static int n_heap;
static int serving[N_SERVERS];
static int next_in[CAP], prev_in[CAP], waiting_in[CAP]; /* waiting_in: line, or -1 */
static i64 join_at[CAP], call_at[CAP], ahead_at[CAP], step_of[CAP];
static Row rows[CAP * 3];
static Row *row;

static const int STATION_SIZE[3] = {2, 4, 8};
static const int STATION_FIRST[3] = {SERVER_GREETER, SERVER_KIOSK, SERVER_COUNTER};

INLINE void add_end(i64 k)
{
    int i = n_ends++;
    while (ends[i - 1] < k) { /* ends[-1] = NEVER stops it */
        ends[i] = ends[i - 1];
        i--;
    }
    ends[i] = k;
}

INLINE void push_patience(i64 k)
{
    int i = n_heap++;
    while (i > 0) {
        int up = (i - 1) >> 1;
        if (heap[up] <= k)
            break;
        heap[i] = heap[up];
        i = up;
    }
    heap[i] = k;
}

INLINE void pop_patience(void)
{
    i64 last = heap[--n_heap];
    int i = 0, down = 1;
    while (down < n_heap) {
        down += down + 1 < n_heap && heap[down + 1] < heap[down];
        if (last <= heap[down])
            break;
        heap[i] = heap[down];
        i = down;
        down = 2 * i + 1;
    }
    heap[i] = last;
    if (n_heap == 0)
        heap[0] = NEVER;
}

INLINE void write_row(int c, i64 what, int server, i64 call, i64 t)
{
    row->customer = c;
    row->what = what;
    row->who = WHO(server, type_of[c]);
    row->arrive = arrive[c];
    row->join = join_at[c];
    row->call = call;
    row->end = t;
    row->ahead = ahead_at[c];
    row++;
}

INLINE void call_in(int c, int server, i64 t, i64 time)
{
    serving[server] = c;
    call_at[c] = t;
    add_end((t + time) << SERVER_BITS | server);
}

INLINE void append(int line, int c)
{
    Line *l = &lines[line];
    next_in[c] = -1;
    prev_in[c] = l->tail;
    if (l->tail >= 0)
        next_in[l->tail] = c;
    else
        l->head = c;
    l->tail = c;
    l->size++;
    waiting_in[c] = line;
}

INLINE void take_out(int line, int c)
{
    Line *l = &lines[line];
    int before = prev_in[c], after = next_in[c];
    if (before >= 0)
        next_in[before] = after;
    else
        l->head = after;
    if (after >= 0)
        prev_in[after] = before;
    else
        l->tail = before;
    l->size--;
    waiting_in[c] = -1;
}

INLINE void join(int station, int line, int c, i64 t, const i64 *time)
{
    Idle *free = &idle[station];
    join_at[c] = t;
    ahead_at[c] = lines[line].size;
    if (free->free) {
        int server = free->server[free->first];
        free->first = (free->first + 1) & (STATION_SIZE[station] - 1);
        free->free--;
        call_in(c, server, t, time[c]);
    } else {
        append(line, c);
        if (station == AT_COUNTER)
            push_patience((t + patience[c]) << CUSTOMER_BITS | c);
    }
}

INLINE void join_counter(int c, i64 t)
{
    join(AT_COUNTER, type_of[c] == VIP ? LINE_VIP : LINE_OTHERS, c, t, counter_time);
}

INLINE void next_customer(int station, int line, int server, i64 t, const i64 *time)
{
    int c = lines[line].head;
    if (station == AT_COUNTER && c < 0) {
        line = LINE_OTHERS;
        c = lines[line].head;
    }
    if (c >= 0) {
        take_out(line, c);
        call_in(c, server, t, time[c]);
    } else {
        Idle *free = &idle[station];
        free->server[(free->first + free->free) & (STATION_SIZE[station] - 1)] = server;
        free->free++;
    }
}

INLINE void service_end(void)
{
    i64 k = ends[--n_ends];
    i64 t = k >> SERVER_BITS;
    int server = (int)(k & ((1 << SERVER_BITS) - 1));
    int c = serving[server];
    if (server >= SERVER_COUNTER) {
        int line = type_of[c] == VIP ? LINE_VIP : LINE_OTHERS;
        write_row(c, WHAT(line, step_of[c], STEP_SERVED, VISIT_SERVED, 1), server, call_at[c], t);
        next_customer(AT_COUNTER, LINE_VIP, server, t, counter_time);
    } else if (server >= SERVER_KIOSK) {
        if (fails[c]) {
            write_row(c, WHAT(LINE_KIOSK, 1, STEP_FAILED, 0, 0), server, call_at[c], t);
            step_of[c] = 2;
            join_counter(c, t);
        } else {
            write_row(c, WHAT(LINE_KIOSK, 1, STEP_SERVED, VISIT_SERVED, 1), server, call_at[c], t);
        }
        next_customer(AT_KIOSK, LINE_KIOSK, server, t, kiosk_time);
    } else {
        i64 to = to_of[c];
        i64 gone = to == TO_APP ? WHAT(0, 0, 0, VISIT_DIVERTED, 2) : 0;
        write_row(c, WHAT(LINE_GREETER, 0, STEP_SERVED, 0, 0) | gone, server, call_at[c], t);
        step_of[c] = 1;
        if (to == TO_COUNTER)
            join_counter(c, t);
        else if (to == TO_KIOSK)
            join(AT_KIOSK, LINE_KIOSK, c, t, kiosk_time);
        next_customer(AT_GREETER, LINE_GREETER, server, t, greeter_time);
    }
}

INLINE void patience_end(void)
{
    i64 k = heap[0];
    int c = (int)(k & ((1 << CUSTOMER_BITS) - 1));
    pop_patience();
    if (waiting_in[c] < 0)
        return; /* called before */
    int line = waiting_in[c];
    take_out(line, c);
    write_row(c, WHAT(line, step_of[c], STEP_RENEGED, VISIT_GAVE_UP, 0), -1, -1, k >> CUSTOMER_BITS);
}

static int run_day(u64 seed, u64 day)
{
    int n = predraw(seed, day);
    row = rows;
    for (int l = 0; l < N_LINES; l++)
        lines[l] = (Line){-1, -1, 0};
    for (int s = 0; s < 3; s++) {
        idle[s].free = STATION_SIZE[s];
        idle[s].first = 0;
        for (int i = 0; i < STATION_SIZE[s]; i++)
            idle[s].server[i] = STATION_FIRST[s] + i;
    }
    ends[-1] = NEVER;
    n_ends = n_heap = 0;
    heap[0] = NEVER;
    memset(waiting_in, 0xFF, sizeof(int) * (size_t)n);
    memset(step_of, 0, sizeof(i64) * (size_t)n);
    int arrived = 0;
    for (;;) {
        i64 t_arrival = arrive[arrived];
        i64 t_end = ends[n_ends - 1] >> SERVER_BITS;
        i64 t_patience = heap[0] >> CUSTOMER_BITS;
        /* The sentinels shrink by their shifts and still lie after every event; arrivals' does not shrink. */
        if (n_ends && t_end <= t_arrival && t_end <= t_patience)
            service_end();
        else if (n_heap && t_patience <= t_arrival)
            patience_end();
        else if (arrived < n) {
            join(AT_GREETER, LINE_GREETER, arrived, t_arrival, greeter_time);
            arrived++;
        } else
            break;
    }
    return n;
}

/* --- sums -------------------------------------------------------------------------------------------- */

static i64 n_customers, n_served, n_gave_up, n_kiosk, wait_ticks;

static void reduce(int n)
{
    i64 served = 0, gave_up = 0, kiosk = 0, wait = 0;
    for (const Row *r = rows; r < row; r++) {
        i64 line = r->what & 0xFFFF;
        i64 outcome = r->what >> 32 & 0xFF;
        i64 counter = line >= LINE_VIP;
        i64 ok = counter & (outcome == STEP_SERVED);
        served += ok;
        wait += ok ? r->call - r->join : 0;
        gave_up += outcome == STEP_RENEGED;
        kiosk += line == LINE_KIOSK;
    }
    n_customers += n;
    n_served += served;
    n_gave_up += gave_up;
    n_kiosk += kiosk;
    wait_ticks += wait;
}

int main(int argc, char **argv)
{
    int days = argc > 1 ? atoi(argv[1]) : 2000;
    u64 seed = argc > 2 ? strtoull(argv[2], 0, 10) : 1;
    u64 first = argc > 3 ? strtoull(argv[3], 0, 10) : 0;
    double mean[3] = {9.0, 8.0, 4.0};
    sigma_kiosk = sqrt(log1p(0.6 * 0.6));
    mu_kiosk = log(3.0 * MINUTE) - log1p(0.6 * 0.6) / 2;
    sigma_counter = sqrt(log1p(0.8 * 0.8));
    for (int i = 0; i < 3; i++)
        mu_counter[i] = log(mean[i] * MINUTE) - log1p(0.8 * 0.8) / 2;

    double start = now_seconds(), drawing = 0.0;
    for (int day = 0; day < days; day++)
        reduce(run_day(seed, first + (u64)day));
    double seconds = now_seconds() - start;

    i64 drawn = 0;
    start = now_seconds();
    for (int day = 0; day < days; day++)
        drawn += predraw(seed, first + (u64)day);
    drawing = now_seconds() - start;
    printf("{\"customers\": %lld, \"seconds\": %.6f, \"predraw_seconds\": %.6f, \"wait_min\": %.6f, "
           "\"abandonment\": %.8f, \"kiosk_share\": %.8f, \"wait_ticks\": %lld, \"served\": %lld, "
           "\"gave_up\": %lld, \"kiosk\": %lld}\n",
           (long long)n_customers, seconds, drawing, (double)wait_ticks / MINUTE / (double)n_served,
           (double)n_gave_up / (double)n_customers, (double)n_kiosk / (double)n_customers, (long long)wait_ticks,
           (long long)n_served, (long long)n_gave_up, (long long)n_kiosk);
    return drawn == n_customers ? 0 : 1;
}
