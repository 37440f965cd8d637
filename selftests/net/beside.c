// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Somebody else's program in libxdp's dispatcher, for tests: what xdp-loader does, which Debian 12 does not have.
 *
 *	beside DEV load OBJECT     adds the program "beside"
 *	beside DEV unload          takes it out
 *	beside DEV list            the dispatcher's programs, one a line, in their order; nothing if there is none
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <xdp/libxdp.h>

static int failed(const char *what, long err)
{
	fprintf(stderr, "beside: %s: %s\n", what, strerror((int)-err));
	return 1;
}

static int load(int ifindex, const char *object)
{
	struct xdp_program *p = xdp_program__open_file(object, "xdp", NULL);
	long err = libxdp_get_error(p);

	if (err)
		return failed(object, err);
	err = xdp_program__attach(p, ifindex, XDP_MODE_NATIVE, 0);
	return err ? failed("attach", err) : 0;
}

/* Each of the dispatcher's programs: its name, or off with it if it is ours. */
static int each(int ifindex, int unload)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex(ifindex);
	struct xdp_program *p = NULL;

	if (libxdp_get_error(mp) || xdp_multiprog__is_legacy(mp))
		return unload;
	while ((p = xdp_multiprog__next_prog(p, mp))) {
		if (!unload)
			printf("%s %u\n", xdp_program__name(p), xdp_program__id(p));
		else if (!strcmp(xdp_program__name(p), "beside"))
			return xdp_program__detach(p, ifindex, xdp_multiprog__attach_mode(mp), 0) != 0;
	}
	return unload;
}

int main(int argc, char **argv)
{
	int ifindex = argc > 2 ? (int)if_nametoindex(argv[1]) : 0;

	if (!ifindex) {
		fprintf(stderr, "usage: beside DEV load OBJECT|unload|list\n");
		return 2;
	}
	if (argc == 4 && !strcmp(argv[2], "load"))
		return load(ifindex, argv[3]);
	return each(ifindex, !strcmp(argv[2], "unload"));
}
