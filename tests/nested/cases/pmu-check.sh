# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# pmu-check: the emulated PMU proves itself on every cluster; what this host
# cannot show is skipped with its reason, and nothing fails.
# hosts: 6.12-gicv3 6.12-biglittle 6.1-gicv3 new-gicv3
# long-hosts: 6.12-gicv2 6.1-gicv2

log=/tmp/$CASE.log

# check ARGUMENT...: "tallyvm pmu check ARGUMENT..."
check() {
	tallyvm pmu check "$@" >"$log" 2>&1 </dev/null
	VM_STATUS=$?
}

# proven NAME PMU MODE CLAIM: the last check passed it
proven() {
	expect "$1" "$VM_STATUS" "$log" "^PASS $2 $3: $4\$"
}

if [ "$RIG_TOPO" = biglittle ]; then
	PMUS="armv8_cortex_a53 armv8_cortex_a72"
else
	PMUS='armv8_pmuv3[_0-9]*'
fi

check --all
expect status 0 "$log" ' 0 failed, '
for pmu in $PMUS; do
	if [ "$RIG_TOPO" = biglittle ]; then at=$pmu-; else at=; fi
	proven "${at}n" "$pmu" emulated 'the number of counters .*'
	proven "${at}counting" "$pmu" emulated 'every counter counts'
	proven "${at}cycles" "$pmu" emulated 'the cycle counter .*'
	proven "${at}swinc" "$pmu" emulated 'software increments .*'
	proven "${at}overflow" "$pmu" emulated 'each overflow .*'
	proven "${at}beyond" "$pmu" emulated 'counters beyond .*'
	proven "${at}filter" "$pmu" emulated 'the event filter holds'
	proven "${at}preemption" "$pmu" emulated 'values survive preemption'
	proven "${at}migration" "$pmu" emulated 'values survive migration'
	proven "${at}host" "$pmu" emulated "the host's own counting .*"
	if [ -n "${RIG_SAMPLE:-}" ]; then
		proven "${at}ratio" "$pmu" emulated 'cycles and instructions .*'
	else
		expect "${at}ratio" 0 "$log" \
			"^SKIP $pmu emulated: .*INST_RETIRED"
	fi
	if [ "$(fact partition)" = true ]; then
		proven "${at}partition" "$pmu" partitioned 'every counter .*'
		expect "${at}partition-beyond" 0 "$log" \
			"^SKIP $pmu partitioned: counters beyond .*QEMU"
	else
		expect "${at}partition" 0 "$log" \
			"^SKIP $pmu partitioned: such a guest .*interface"
	fi
done

check --mode=emulated --counters=2 --json
if [ "$RIG_KERNEL" = 6.1 ]; then
	expect counters 77 "$log" '"verdict": "SKIP"'
else
	expect counters 0 "$log" '"failed": 0'
fi

# One CPU only: nowhere to go, and nothing else changes.
taskset -c 1 tallyvm pmu check --mode=emulated >"$log" 2>&1 </dev/null
VM_STATUS=$?
expect one-cpu 0 "$log" '^SKIP .*values survive migration: .*only one CPU'

check --mode=partitioned
[ "$(fact partition)" = true ] ||
	expect nothing 77 "$log" '^0 passed, 0 failed, 1 skipped'
check --cluster=nonsense
expect no-cluster 35 "$log" 'nonsense'
check --counters=7 --mode=emulated
expect too-many 77 "$log" '^SKIP .*asked for 7 .* has 6'
