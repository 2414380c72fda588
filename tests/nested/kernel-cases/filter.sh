# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# hosts: fgt nofgt biglittle parallel nofgt-parallel biglittle-parallel
# filter: an event that the VM may not count stays at zero, in an event counter
# as in the cycle counter, however often the counters change hands or are set up
# anew; the same without the filter counts.
#
# Where RIG_SAMPLE is empty nothing may have QEMU start an overflow timer, see
# shared.sh: what the host has there counts nothing, and a guest that counts
# cycles ends before 2^32 of them.

log=/tmp/$CASE.log
first=4
some=$(turns 20000 300000)
[ "$RIG_TOPO" != biglittle ] || first=2
[ -n "${RIG_SAMPLE:-}" ] || quiet=-q some=5000

# filtered NAME OPTION FILTER TURNS: one VM, moved each millisecond
filtered() {
	# shellcheck disable=SC2086 # no word, or one
	timeout "$(limit 120)" /guests/hostperf ${quiet:-} -e 2 -m 1 \
		-c $first tallyvm run /guests/pmukeep.bin -c 2 \
		--vcpu-affinity=0-$((first - 1)) "$2" --pmu-filter="$3" \
		-p "n=4 turns=$4 slow=50 filter=${3%%:*}" \
		>"$log" 2>&1 </dev/null
	VM_STATUS=$?
	expect_guest "$1" 0 "$log"
}

filtered denied --pmu-partition=4 deny:0x11 "$(turns 50000 300000)"
filtered allowed --pmu-partition=4 allow:0x11 "$some"
# Each turn makes perf events of the host, which takes long.
filtered emulated --pmu-counters=4 deny:0x11 "$(turns 2000 20000)"
