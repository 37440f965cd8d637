// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/cur.h"
#include "tap.h"

static const __u8 bytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x10};

/* One kind of read, as a number. */
struct read {
	const char *name;
	size_t width;
	__u64 value; /* of the first bytes */
};

static const struct read reads[] = {
	{"u8", 1, 0x01},
	{"be16", 2, 0x0123},
	{"le16", 2, 0x2301},
	{"be32", 4, 0x01234567},
	{"le32", 4, 0x67452301},
	{"le64", 8, 0xefcdab8967452301ULL},
};

static __u64 get(size_t kind, struct fosr_cur *c)
{
	switch (kind) {
	case 0:
		return fosr_cur_u8(c);
	case 1:
		return fosr_cur_be16(c);
	case 2:
		return fosr_cur_le16(c);
	case 3:
		return fosr_cur_be32(c);
	case 4:
		return fosr_cur_le32(c);
	default:
		return fosr_cur_le64(c);
	}
}

/* Every read at every length of the buffer, which is a block of its own so that a sanitizer sees the byte behind it. */
static void test_truncations(size_t kind)
{
	const struct read *r = &reads[kind];
	int whole = 1, cut = 1, sticky = 1;

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		__u8 *exact = malloc(len ? len : 1);
		struct fosr_cur c;
		__u64 got;

		memcpy(exact, bytes, len);
		c = fosr_cur(exact, len);
		got = get(kind, &c);
		if (len >= r->width) {
			whole &= got == r->value && !c.bad && c.pos == r->width && fosr_cur_left(&c) == len - r->width;
		} else {
			/* le64 is two reads; what its first half gives does not count once the cursor is bad. */
			cut &= c.bad && c.pos == len && !fosr_cur_left(&c) && (r->width == 8 || !got);
			sticky &= !fosr_cur_u8(&c) && !fosr_cur_take(&c, 0) && c.bad;
		}
		free(exact);
	}
	ok(whole, "%s reads its bytes in order and moves on", r->name);
	ok(cut, "%s past the end: bad, nothing left", r->name);
	ok(sticky, "%s past the end: and so is all that follows", r->name);
}

static void test_take(void)
{
	struct fosr_cur c = fosr_cur(bytes, sizeof(bytes));

	ok(fosr_cur_take(&c, 0) == bytes && !c.bad, "taking nothing is no read");
	ok(fosr_cur_take(&c, 3) == bytes && fosr_cur_take(&c, 6) == bytes + 3 && !c.bad && !fosr_cur_left(&c),
		"all of it in two parts");
	ok(fosr_cur_take(&c, 0) == bytes + sizeof(bytes) && !c.bad, "nothing at the end is still no read");
	ok(!fosr_cur_take(&c, 1) && c.bad, "one more is bad");
	c = fosr_cur(bytes, sizeof(bytes));
	fosr_cur_skip(&c, 8);
	ok(!fosr_cur_take(&c, SIZE_MAX) && c.bad, "a length that would wrap the position is bad");
	c = fosr_cur(bytes, sizeof(bytes));
	fosr_cur_skip(&c, sizeof(bytes) + 1);
	ok(c.bad && c.pos == sizeof(bytes), "skipping too far is bad and stays at the end");
}

int main(void)
{
	for (size_t kind = 0; kind < FOSR_ARRAY_SIZE(reads); kind++)
		test_truncations(kind);
	test_take();
	return done();
}
