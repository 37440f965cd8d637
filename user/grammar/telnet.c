// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Telnet (RFC 854): both ends negotiate in their first message; then the client sends what is typed, the server what it
 * shows. Texts have the size that is left.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define OPTION 3

enum { WILL = 251, WONT, DO, DONT, IAC };

void fosr_say_telnet(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u8 wanted[] = {24, 32, 35, 39, 1, 3, 31, 33};
	static const char *const prompts[] = {"login: ", "Password: ", "$ ", "# ", "Router> ", "~ $ "};
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	const char *prompt = m->turn < 2 ? prompts[m->turn] : FOSR_PICK(prompts, 2 + (m->seed & 3));
	__u32 n;

	for (size_t i = m->turn * 5; i < FOSR_ARRAY_SIZE(wanted) && fosr_pen_room(p) >= OPTION; i++)
		fosr_pen_bytes(p, (__u8[]){IAC, m->dir == FOSR_FWD || i > 3 ? WILL : DO, wanted[i]}, OPTION);
	n = fosr_pen_room(p);
	if (m->dir == FOSR_FWD) {
		if (n > 2 && n < 80) {
			fosr_pen_word(p, n - 2, seed);
			fosr_pen_text(p, "\r\n");
		} else if (n <= 2) {
			fosr_pen_word(p, n, seed);
		} else {
			fosr_pen_lines(p, n, seed);
		}
	} else if (n > strlen(prompt) + 2) {
		fosr_pen_lines(p, n - (__u32)strlen(prompt), seed);
		fosr_pen_text(p, prompt);
	} else {
		fosr_pen_word(p, n, seed);
	}
}
