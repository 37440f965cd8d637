#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Time limit: 300 s
# Every BPF program on the oldest kernel that is supported and on a newer one, and the program itself on the oldest, in
# virtual machines. Needs no root; the kernels are downloaded, once.

. "$(dirname "$0")/../net/lib.sh"
. "$(dirname "$0")/lib.sh"
vm_needs 6.1
vm_needs 6.12

# shellcheck disable=SC2046 # words
vm_try "Linux 6.1" 6.1 150 selftests/vm/tables.sh $(vm_tables)
# shellcheck disable=SC2046
vm_try "Linux 6.12" 6.12 150 selftests/vm/tables.sh $(vm_tables)
vm_try "Linux 6.1" 6.1 200 selftests/vm/guest.sh
finish
