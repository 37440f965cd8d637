/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FOSR_CMD_VERSION_H
#define FOSR_CMD_VERSION_H

#define FOSR_VERSION "0.1.0"

#endif
