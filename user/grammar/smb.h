/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What requests and answers of SMB share. Sizes are with the four bytes of the session service in front. */
#ifndef FOSR_GRAMMAR_SMB_H
#define FOSR_GRAMMAR_SMB_H

#include "grammar/grammar.h"

#define FOSR_SMB_FRAME 4
#define FOSR_SMB_FIXED (FOSR_SMB_FRAME + 64) /* and the header of SMB 2 */
#define FOSR_SMB_BYE 39 /* SMB 1 without words and bytes */
#define FOSR_SMB_ECHO (FOSR_SMB_FIXED + 4)
#define FOSR_SMB_CLOSE (FOSR_SMB_FIXED + 24)
#define FOSR_SMB_READ (FOSR_SMB_FIXED + 49)
#define FOSR_SMB_WRITE (FOSR_SMB_FIXED + 48) /* and data */
#define FOSR_SMB_ERROR (FOSR_SMB_FIXED + 9)
#define FOSR_SMB_DATA (FOSR_SMB_FIXED + 16) /* a read's answer, and data */
#define FOSR_SMB_DATA_MOST 65536 /* of one read or write */
#define FOSR_SMB_SESSION_REQUEST 72

enum fosr_smb {
	FOSR_SMB_KEEP_ALIVE,
	FOSR_SMB_OLD_NEGOTIATE, /* SMB 1 */
	FOSR_SMB_OLD_ECHO,
	FOSR_SMB_OLD_BYE,
	FOSR_SMB_NEGOTIATES,
	FOSR_SMB_SETS_UP,
	FOSR_SMB_TICKET, /* sets up with one */
	FOSR_SMB_CONNECTS,
	FOSR_SMB_CREATES,
	FOSR_SMB_CLOSES,
	FOSR_SMB_READS,
	FOSR_SMB_WRITES,
	FOSR_SMB_ECHOES,
	FOSR_SMB_FINDS,
	FOSR_SMB_QUERIES,
	FOSR_SMB_SEALED,
	FOSR_SMB_CALLS, /* session request of port 139 */
};

enum fosr_smb_command {
	FOSR_SMB2_NEGOTIATE,
	FOSR_SMB2_SETUP,
	FOSR_SMB2_LOGOFF,
	FOSR_SMB2_CONNECT,
	FOSR_SMB2_DISCONNECT,
	FOSR_SMB2_CREATE,
	FOSR_SMB2_CLOSE,
	FOSR_SMB2_FLUSH,
	FOSR_SMB2_READ,
	FOSR_SMB2_WRITE,
	FOSR_SMB2_ECHO = 13,
	FOSR_SMB2_FIND,
	FOSR_SMB2_QUERY = 16,
};

enum fosr_smb_status {
	FOSR_SMB_OK,
	FOSR_SMB_MORE = 0xc0000016,
};

/* What the end that opened the connection asks by so many bytes in this turn. */
enum fosr_smb fosr_smb_kind(const struct fosr_speech *m, __u32 turn, __u32 len);

/* The connection's data is sealed once it is set up. */
bool fosr_smb_seals(const struct fosr_speech *m, __u32 turn, __u32 len);

/* Session service and header of one message of `total` bytes; number: the message's. */
struct fosr_pen fosr_smb_message(
	const struct fosr_speech *m, struct fosr_pen *p, __u32 command, __u32 status, __u32 number, __u32 total);

/* SMB 1: the same; behind it come words and bytes. */
struct fosr_pen fosr_smb_old_message(const struct fosr_speech *m, struct fosr_pen *p, __u32 command, __u32 total);

/* Ciphertext of SMB 3, all of p. */
void fosr_smb_sealed_put(const struct fosr_speech *m, struct fosr_pen *p);

/* n bytes (4 at least) that say that the connection lives. */
void fosr_smb_keep_alive_put(struct fosr_pen *p, __u32 n);

/* n bytes of UTF-16: the text, or what of it has room; behind it letters. Odd: a zero at the end. */
void fosr_smb_text_put(struct fosr_pen *p, const char *text, __u32 n, __u64 seed);

/* The file that a turn is about, and its number. */
const char *fosr_smb_file(const struct fosr_speech *m, __u32 turn);
void fosr_smb_file_id_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 turn);

/* Negotiation contexts (MS-SMB2 2.2.3.1) of n bytes, FOSR_SMB_CONTEXTS at least: the salt takes what is left. */
#define FOSR_SMB_CONTEXTS 40
void fosr_smb_contexts_put(struct fosr_pen *p, __u32 n, __u64 seed);

/* NTLMSSP's first message and its challenge (MS-NLMP 2.2.1), all of p. */
#define FOSR_NTLM_NEGOTIATE 40
#define FOSR_NTLM_CHALLENGE 72
void fosr_ntlm_negotiate(const struct fosr_speech *m, struct fosr_pen *p);
void fosr_ntlm_challenge(const struct fosr_speech *m, struct fosr_pen *p);

void fosr_smb_ask(const struct fosr_speech *m, struct fosr_pen *p);
void fosr_smb_answer(const struct fosr_speech *m, struct fosr_pen *p);

#endif
