/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands by symbol, one line each. A new one: its file, a line here, a line in table.c. */
#ifndef FOSR_CMD_TABLE_H
#define FOSR_CMD_TABLE_H

#include "cmd/cmd.h"

extern const struct fosr_cmd fosr_cmd_probe;
extern const struct fosr_cmd fosr_cmd_attach;
extern const struct fosr_cmd fosr_cmd_detach;
extern const struct fosr_cmd fosr_cmd_status;
extern const struct fosr_cmd fosr_cmd_learn;
extern const struct fosr_cmd fosr_cmd_pcap2flow;
extern const struct fosr_cmd fosr_cmd_import;
extern const struct fosr_cmd fosr_cmd_profile;
extern const struct fosr_cmd fosr_cmd_network;
extern const struct fosr_cmd fosr_cmd_create_pcap;
extern const struct fosr_cmd fosr_cmd_compare;
extern const struct fosr_cmd fosr_cmd_join;
extern const struct fosr_cmd fosr_cmd_inject;
extern const struct fosr_cmd fosr_cmd_record;
extern const struct fosr_cmd fosr_cmd_verify;
extern const struct fosr_cmd fosr_cmd_untaint;
extern const struct fosr_cmd fosr_cmd_sensor;
extern const struct fosr_cmd fosr_cmd_taint;
extern const struct fosr_cmd fosr_cmd_help;
extern const struct fosr_cmd fosr_cmd_version;

#endif
