// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/table.h"

const struct fosr_cmd *const fosr_cmds[] = {
	&fosr_cmd_probe,
	&fosr_cmd_attach,
	&fosr_cmd_detach,
	&fosr_cmd_status,
	&fosr_cmd_learn,
	&fosr_cmd_pcap2flow,
	&fosr_cmd_import,
	&fosr_cmd_profile,
	&fosr_cmd_network,
	&fosr_cmd_create_pcap,
	&fosr_cmd_compare,
	&fosr_cmd_join,
	&fosr_cmd_inject,
	&fosr_cmd_record,
	&fosr_cmd_verify,
	&fosr_cmd_untaint,
	&fosr_cmd_sensor,
	&fosr_cmd_taint,
	&fosr_cmd_help,
	&fosr_cmd_version,
	NULL,
};
