// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/load.h"

#include <string.h>

#include "fidelity/metric.h"
#include "fidelity/wire.h"

static void remember_busiest(struct fosr_side *side, const double *bin, double packets)
{
	if (packets <= side->busiest_packets)
		return;
	side->busiest_packets = packets;
	for (size_t i = 0; i < FOSR_SERIES_CHUNK; i++)
		side->busiest[i] = (float)bin[i];
}

/* n bins, a power of two, from bin[first] on. */
static void chunk(struct fosr_wire *w, size_t first, size_t n)
{
	struct fosr_chunk c = {.start_ns = w->start_ns + first * FOSR_SERIES_BIN_NS, .bins = (__u32)n, .file = w->file};
	double copy[FOSR_SERIES_CHUNK], energy[FOSR_SCALES];
	__u64 at = fosr_reservoir(w->limits->seed, w->side->chunks_seen++, FOSR_SERIES_CHUNKS);

	for (size_t i = 0; i < n; i++) {
		copy[i] = w->bin[first + i];
		c.packets += copy[i];
	}
	if (n == FOSR_SERIES_CHUNK)
		remember_busiest(w->side, w->bin, c.packets);
	fosr_haar(copy, n, energy);
	memcpy(c.energy, energy, sizeof(c.energy[0]) * (size_t)__builtin_ctzll(n));
	if (at >= FOSR_SERIES_CHUNKS)
		return;
	if (at >= w->side->chunks.n && !fosr_vec_push(&w->side->chunks))
		w->oom = true;
	else
		w->side->chunks.v[at] = c;
}

/* What the bins hold, cut into powers of two, the longest first. */
static void flush(struct fosr_wire *w, size_t bins)
{
	size_t first = 0;

	for (size_t n = FOSR_SERIES_CHUNK; n >= FOSR_SERIES_LEAST; n /= 2)
		if (first + n <= bins) {
			chunk(w, first, n);
			first += n;
		}
	memset(w->bin, 0, sizeof(w->bin));
}

void fosr_load_end(struct fosr_wire *w)
{
	if (w->running)
		flush(w, (size_t)((w->last_ns - w->start_ns) / FOSR_SERIES_BIN_NS) + 1);
	w->running = false;
}

void fosr_load_packet(struct fosr_wire *w, __u64 ts)
{
	if (w->running && (ts > w->last_ns + FOSR_INGEST_PAUSE_NS || ts + FOSR_INGEST_REORDER_NS < w->last_ns))
		fosr_load_end(w);
	if (!w->running) {
		w->running = true;
		w->start_ns = w->last_ns = ts;
	}
	while (ts >= w->start_ns + FOSR_SERIES_CHUNK * FOSR_SERIES_BIN_NS) {
		flush(w, FOSR_SERIES_CHUNK);
		w->start_ns += FOSR_SERIES_CHUNK * FOSR_SERIES_BIN_NS;
	}
	/* A late packet of a chunk that is gone counts where the chunk at hand begins. */
	w->bin[ts > w->start_ns ? (ts - w->start_ns) / FOSR_SERIES_BIN_NS : 0]++;
	w->last_ns = ts > w->last_ns ? ts : w->last_ns;
	w->last_ns = w->last_ns > w->start_ns ? w->last_ns : w->start_ns;
}
