# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# leaks: twenty VMs later the host is as before.
# hosts: 6.12-gicv3 new-gicv3 6.1-gicv2

ROUNDS=20
log=/tmp/$CASE.log

# What KVM holds: modules' users, and open instances in debugfs if mounted.
processes() {
	for p in /proc/[0-9]*; do cat "$p/comm" 2>/dev/null; done |
		grep -cE '^(tallyvm|kvm-)'
}
free_kb() { sed -n 's/^MemFree: *\([0-9]*\).*/\1/p' /proc/meminfo; }

run_vm "$log" /guests/off.bin --pmu
before=$(free_kb)
bad=0
round=0
while [ "$round" -lt "$ROUNDS" ]; do
	run_vm "$log" /guests/off.bin -c 2 --pmu -m 256M
	[ "$VM_STATUS" = 0 ] || bad=$((bad + 1))
	round=$((round + 1))
done
if [ "$bad" = 0 ]; then
	pass "runs-$ROUNDS"
else
	fail "runs-$ROUNDS" "$bad failed: $(last_words "$log")"
fi
if [ "$(processes)" = 0 ]; then
	pass no-process-left
else
	fail no-process-left "$(processes) processes"
fi
# One VM's memory would be 256 MiB.
lost=$((before - $(free_kb)))
if [ "$lost" -lt 131072 ]; then
	pass no-memory-left
else
	fail no-memory-left "$lost kB gone"
fi
