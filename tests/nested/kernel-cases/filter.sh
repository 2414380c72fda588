# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# filter: an event that the VM may not count stays at zero, however often the
# counters change hands.

log=/tmp/$CASE.log
first=4
[ "$RIG_TOPO" != biglittle ] || first=2

timeout "$(limit 120)" /guests/hostperf -e 2 -m 1 -c $first \
	tallyvm run /guests/pmukeep.bin --vcpu-affinity=0-$((first - 1)) \
	--pmu-partition=4 --pmu-filter=deny:0x11 \
	-p "n=4 turns=$(turns 100000 300000) slow=50 filtered" >"$log" 2>&1 \
	</dev/null
VM_STATUS=$?
expect_guest cycles-filtered 0 "$log"
