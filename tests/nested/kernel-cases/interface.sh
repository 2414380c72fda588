# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# hosts: parallel nofgt-parallel
# interface: all three ways to ask for a partition, with their order and errors,
# and what ONE_REG sees and sets while a guest's counters run; the kernel's own
# tests say the same.

log=/tmp/$CASE.log

timeout "$(limit 200)" /guests/pmuvm 6 >"$log" 2>&1 </dev/null
VM_STATUS=$?
expect_guest own 0 "$log"

# selftest NAME COMMAND...
selftest() {
	name=$1
	shift
	timeout "$(limit 200)" "$@" >"$log" 2>&1 </dev/null
	VM_STATUS=$?
	expect "selftest-$name" 0 "$log" ''
}
selftest emulated /guests/vpmu_counter_access
selftest partitioned /guests/vpmu_counter_access -p
selftest registers /guests/get-reg-list
