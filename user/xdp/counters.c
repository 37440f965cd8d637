// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/counters.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/libbpf.h>

const char *fosr_count_name(enum fosr_count reason)
{
	static const char *const names[FOSR_COUNTS] = {
		[FOSR_COUNT_OTHER] = "other",
		[FOSR_COUNT_UNPARSABLE] = "unparsable",
		[FOSR_COUNT_REDIRECTED] = "redirected",
		[FOSR_COUNT_DROPPED] = "dropped",
		[FOSR_COUNT_UNKNOWN_CAMPAIGN] = "unknown_campaign",
		[FOSR_COUNT_BAD_MAC] = "bad_mac",
		[FOSR_COUNT_REPLAYED] = "replayed",
		[FOSR_COUNT_MIRRORED] = "mirrored",
		[FOSR_COUNT_BLINDED] = "blinded",
		[FOSR_COUNT_STRIPPED] = "stripped",
		[FOSR_COUNT_CONTROL] = "control",
		[FOSR_COUNT_TAGGED] = "tagged",
		[FOSR_COUNT_TOO_LONG] = "too_long",
		[FOSR_COUNT_UNFIT] = "unfit",
	};

	return (unsigned int)reason < FOSR_COUNTS ? names[reason] : NULL;
}

int fosr_counters_read(const struct fosr_pins *pins, __u64 *sum, struct fosr_err *e)
{
	int fd = fosr_pins_get(pins, FOSR_PIN_COUNTERS), cpus = libbpf_num_possible_cpus();
	const volatile struct fosr_counters *c;
	size_t size;

	if (fd < 0 || cpus < 0)
		return fosr_err(e, fd < 0 ? fd : cpus, "%s/" FOSR_PIN_COUNTERS ": %s", pins->path,
			strerror(fd < 0 ? -fd : -cpus));
	size = (size_t)cpus * sizeof(*c);
	c = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (c == MAP_FAILED)
		return fosr_err(
			e, -errno, "%s/" FOSR_PIN_COUNTERS ": cannot be mapped: %s", pins->path, strerror(errno));
	for (int cpu = 0; cpu < cpus; cpu++)
		for (int i = 0; i < FOSR_COUNTERS; i++)
			sum[i] += c[cpu].n[i];
	munmap((void *)c, size);
	return 0;
}
