// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/netbios.h"

#include "base/mix.h"

#define LABEL_MOST 63

void fosr_netbios_of(const char *dns, char name[16])
{
	int n = 0;

	for (; n < 15 && dns[n] && dns[n] != '.'; n++)
		name[n] = (char)(dns[n] >= 'a' && dns[n] <= 'z' ? dns[n] - 32 : dns[n]);
	name[n] = '\0';
}

static void half_bytes_put(struct fosr_pen *p, __u32 c)
{
	fosr_pen_u8(p, 'A' + (c >> 4));
	fosr_pen_u8(p, 'A' + (c & 15));
}

/* Labels of n > 1 bytes with their lengths; none is empty. */
static void scope_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	while (n) {
		__u32 len = (__u32)fosr_min_u64(n - 1, LABEL_MOST);

		if (n - len - 1 == 1)
			len--;
		fosr_pen_u8(p, len);
		fosr_pen_word(p, len, seed + n);
		n -= len + 1;
	}
}

void fosr_netbios_put(struct fosr_pen *p, const char *name, __u32 type, __u32 n, __u64 seed)
{
	__u32 len = (__u32)fosr_min_u64(strlen(name), 15);

	fosr_pen_u8(p, 32);
	for (__u32 i = 0; i < 15; i++)
		half_bytes_put(p, i < len ? (__u8)name[i] : ' ');
	half_bytes_put(p, type);
	if (n > FOSR_NETBIOS_NAME + 1)
		scope_put(p, n - FOSR_NETBIOS_NAME, seed);
	fosr_pen_u8(p, 0);
}

const char *fosr_netbios_some(__u64 seed)
{
	static const char *const names[] = {"WPAD", "FILESRV", "DC01", "PRINTSRV", "ISATAP", "NAS", "BACKUP01",
		"INTRANET", "SRV-FILES", "WORKGROUP", "EXCHANGE", "SCANNER", "DESKTOP-7PK2D4Q", "LAPTOP-QM3B81",
		"BRW5C93A2", "WPAD"};

	return names[fosr_mix64(seed) % FOSR_ARRAY_SIZE(names)];
}

const char *fosr_netbios_group(__u64 seed)
{
	static const char *const names[] = {"WORKGROUP", "WORKGROUP", "CORP", "OFFICE"};

	return names[fosr_mix64(seed) >> 20 & 3];
}
