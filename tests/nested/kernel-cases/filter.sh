# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# filter: an event that the VM may not count stays at zero, however often the
# counters change hands.

log=/tmp/$CASE.log

if ! tallyvm run --help | grep -q -e --pmu-filter; then
	skip filter "this tallyvm has no --pmu-filter"
else
	timeout 120 /guests/hostperf -e 2 -m 1 tallyvm run /guests/pmukeep.bin \
		--pmu-partition=4 --pmu-filter=deny:0x11 \
		-p "n=4 turns=300000 slow=50 filtered" >"$log" 2>&1 </dev/null
	VM_STATUS=$?
	expect_guest cycles-filtered 0 "$log"
fi
