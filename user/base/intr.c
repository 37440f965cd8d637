// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/intr.h"

#include "base/time.h"

#define GRACE_NS (FOSR_NS_PER_S / 2)

volatile sig_atomic_t fosr_interrupted_flag;
static __u64 first_ns;

/*
 * timeout(1) sends its signal to the child and to the child's group, so that one wish arrives twice at once; hence the
 * half second. Only async-signal-safe calls here.
 */
static void on_signal(int sig)
{
	int saved = errno;
	__u64 now = fosr_now_mono();

	if (!fosr_interrupted_flag) {
		fosr_interrupted_flag = 1;
		first_ns = now;
	} else if (now - first_ns >= GRACE_NS) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	errno = saved;
}

void fosr_intr_install(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGINT);
	sigaddset(&sa.sa_mask, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* A reader that goes away and a limit that is reached are write errors, after which temporary files are
	 * removed. */
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL);
}
