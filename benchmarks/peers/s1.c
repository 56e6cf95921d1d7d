/* S1, the M/M/10 queue, hard-coded: the practical limit for hallsim's general kernel.
 *
 *   gcc -O3 -march=native -fno-math-errno -fno-trapping-math -fno-gcse s1.c -o s1 -lm   (as bench.py does)
 *   ./s1 REPLICATIONS MINUTES WARM_UP_MINUTES [SEED [FIRST]]
 *
 * Add -ffp-contract=off to get the kernel's log to the last bit. The same architecture as s2.c, less what
 * this model does not need: draws in vectorised blocks, arrivals as a sorted stream, service ends in a sorted
 * array of packed keys, a linked FIFO line, one row per customer, a pass over the rows at the end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "draws.h"

#ifndef HASH_SOURCE
#define HASH_SOURCE 0x2da16e0f7f78d6cdull
#endif
#ifndef HASH_SERVICE
#define HASH_SERVICE 0xb6dcf8342aa5fae6ull /* ("service", "counter") */
#endif
#define HASH_GAP 0xaf594e12f0dbd554ull

#define MINUTE 60e6
#define N_SERVERS 10
#define SERVER_BITS 5
#define BLOCK 2048
#define RING 8192 /* customers drawn and not yet served; some forty wait in a long queue */

static u64 key[BLOCK];
static double value[BLOCK];
static i64 arrive[RING], service[RING], ahead_at[RING], call_at[RING];
static int next_in[RING];
static i64 loaded, left;

static i64 end_store[N_SERVERS + 1], *const ends = end_store + 1; /* descending; ends[-1] is the sentinel */
static int n_ends;
static int serving[N_SERVERS], idle_server[16];
static int idle_first, n_idle;
static i64 number_of[RING];
static Row *rows, *row, *rows_end;

/* Draw the next BLOCK customers; those after closing get NEVER. `left` is how many of the block still come. */
static void load_block(u64 stream, i64 close, double *mass)
{
    int slot = (int)(loaded & (RING - 1));
    double rate = 9.0 / MINUTE;
    double end_mass = rate * (double)close;
    for (int i = 0; i < BLOCK; i++)
        key[i] = customer_key(stream, (u64)(loaded + i));
    for (int i = 0; i < BLOCK; i++)
        value[i] = -own_log(1.0 - uniform(key[i], HASH_GAP));
    double sum = *mass;
    for (int i = 0; i < BLOCK; i++) {
        sum += value[i];
        value[i] = sum;
    }
    *mass = sum;
    for (int i = 0; i < BLOCK; i++) {
        i64 t = ticks(value[i] / rate);
        arrive[slot + i] = value[i] < end_mass ? t : NEVER;
    }
    for (int i = 0; i < BLOCK; i++)
        service[slot + i] = ticks(-MINUTE * own_log(1.0 - uniform(key[i], HASH_SERVICE)));
    loaded += BLOCK;
    left = BLOCK;
}

INLINE void add_end(i64 k)
{
    int i = n_ends++;
    while (ends[i - 1] < k) {
        ends[i] = ends[i - 1];
        i--;
    }
    ends[i] = k;
}

static i64 run(u64 seed, u64 replication, i64 close)
{
    u64 stream = stream_key(seed, replication, HASH_SOURCE);
    double mass = 0.0;
    int head = -1, tail = -1;
    i64 size = 0, arrived = 0;
    int slot = 0;
    loaded = 0;
    load_block(stream, close, &mass);
    row = rows;
    ends[-1] = NEVER;
    n_ends = 0;
    idle_first = 0;
    n_idle = N_SERVERS;
    for (int i = 0; i < N_SERVERS; i++)
        idle_server[i] = i;
    for (;;) {
        i64 t_arrival = arrive[slot];
        i64 t_end = ends[n_ends - 1] >> SERVER_BITS;
        if (n_ends && t_end <= t_arrival) {
            int server = (int)(ends[--n_ends] & ((1 << SERVER_BITS) - 1));
            int c = serving[server];
            row->customer = number_of[c];
            row->what = WHAT(0, 0, STEP_SERVED, VISIT_SERVED, 1);
            row->who = WHO(server, 0);
            row->arrive = arrive[c];
            row->join = arrive[c];
            row->call = call_at[c];
            row->end = t_end;
            row->ahead = ahead_at[c];
            row++;
            if (head >= 0) {
                c = head;
                head = next_in[c];
                tail = head < 0 ? -1 : tail;
                size--;
                serving[server] = c;
                call_at[c] = t_end;
                add_end((t_end + service[c]) << SERVER_BITS | server);
            } else {
                idle_server[(idle_first + n_idle) & 15] = server;
                n_idle++;
            }
        } else if (t_arrival != NEVER) {
            ahead_at[slot] = size;
            number_of[slot] = arrived;
            if (n_idle) {
                int server = idle_server[idle_first];
                idle_first = (idle_first + 1) & 15;
                n_idle--;
                serving[server] = slot;
                call_at[slot] = t_arrival;
                add_end((t_arrival + service[slot]) << SERVER_BITS | server);
            } else {
                next_in[slot] = -1;
                if (tail >= 0)
                    next_in[tail] = slot;
                else
                    head = slot;
                tail = slot;
                size++;
            }
            arrived++;
            slot = (slot + 1) & (RING - 1);
            if (UNLIKELY(--left == 0)) {
                if (size > RING - 2 * BLOCK - N_SERVERS || row + RING > rows_end) {
                    fprintf(stderr, "the queue or the log outgrew its buffer\n");
                    exit(1);
                }
                load_block(stream, close, &mass);
            }
        } else
            return arrived;
    }
}

int main(int argc, char **argv)
{
    int replications = argc > 1 ? atoi(argv[1]) : 10;
    double minutes = argc > 2 ? atof(argv[2]) : 100000.0;
    i64 warm_up = (i64)((argc > 3 ? atof(argv[3]) : 1000.0) * MINUTE);
    u64 seed = argc > 4 ? strtoull(argv[4], 0, 10) : 1;
    u64 first = argc > 5 ? strtoull(argv[5], 0, 10) : 0;
    size_t cap = (size_t)(minutes * 9.0 + 10.0 * sqrt(minutes * 9.0)) + 2 * RING;
    rows = malloc(cap * sizeof(Row));
    if (!rows)
        return 1;
    memset(rows, 0, cap * sizeof(Row)); /* touch the pages before the clock starts */
    rows_end = rows + cap;

    i64 customers = 0, kept = 0, wait = 0, wait_all = 0;
    double start = now_seconds();
    for (int r = 0; r < replications; r++) {
        customers += run(seed, first + (u64)r, (i64)(minutes * MINUTE));
        for (const Row *x = rows; x < row; x++) {
            i64 w = x->call - x->join;
            i64 keep = x->arrive >= warm_up;
            wait_all += w;
            wait += keep ? w : 0;
            kept += keep;
        }
    }
    double seconds = now_seconds() - start;
    printf("{\"customers\": %lld, \"seconds\": %.6f, \"wait_min\": %.6f, \"wait_ticks\": %lld, "
           "\"kept\": %lld, \"wait_ticks_kept\": %lld}\n",
           (long long)customers, seconds, (double)wait / MINUTE / (double)kept, (long long)wait_all,
           (long long)kept, (long long)wait);
    return 0;
}
