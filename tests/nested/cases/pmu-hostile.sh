# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# pmu-hostile: a guest that does everything to its PMU, on all CPUs at once, can
# be stopped at any time; the host keeps its own counters and its PMU works.
#
# Of a partitioned PMU whose accesses do not trap, QEMU lets a guest reach the
# host's counters (it does not apply MDCR_EL2.HPMN to them), so the host's counts
# are not looked at there.
# timeout: 400
# hosts: 6.12-biglittle new-gicv3
# long-hosts: 6.12-gicv3 6.1-gicv2

log=/tmp/$CASE.log
cpus=2
affinity=
[ "$RIG_TOPO" != biglittle ] || affinity='--vcpu-affinity 2-3'

# With a pinned group and another event on each CPU of the host, from before to
# after.
alive() {
	timeout "$(limit 150)" /guests/hostperf -e 1 -g sh -c "
		tallyvm run /guests/hostile.bin -c $cpus $pmu $affinity \
			>$log 2>&1 </dev/null &
		vm=\$!
		i=0
		while ! grep -q 'ROUND 2' $log && [ \$i -lt $(limit 900) ]; do
			usleep 100000
			i=\$((i + 1))
		done
		kill -TERM \$vm
		wait \$vm
		[ \$? != 143 ] || exit 43" >"$log.host" 2>&1
	status=$?
	if grep -q 'ROUND 2' "$log"; then
		pass "${as}alive"
	else
		fail "${as}alive" "no two rounds: $(last_words "$log")"
	fi
}

# A group counts the same cycles in two counters, started and stopped together:
# a guest that reached one of them would set them apart.
counts_agree() {
	if [ "$status" = 43 ]; then
		pass "${as}host-counts"
	else
		fail "${as}host-counts" \
			"status $status: $(last_words "$log.host")"
	fi
	apart=$(sed -n 's/^hostperf: groups at most \([0-9]*\) thou.*/\1/p' \
		"$log.host")
	if [ "${apart:-1000}" -lt 2 ]; then
		pass "${as}host-counts-agree"
	else
		fail "${as}host-counts-agree" \
			"${apart:-no} thousandths apart"
	fi
}

# Stopped in the middle of anything.
stopped() {
	round=0
	bad=''
	while [ "$round" -lt 6 ]; do
		# shellcheck disable=SC2086 # options are words
		start_vm "$log" /guests/hostile.bin -c "$cpus" $pmu $affinity
		usleep $((200000 + round * 70000))
		end_vm TERM 20
		[ "$VM_STATUS" = 143 ] || bad="$bad $round:$VM_STATUS"
		round=$((round + 1))
	done
	if [ -z "$bad" ]; then
		pass "${as}stopped"
	else
		fail "${as}stopped" "round:status$bad, $(last_words "$log")"
	fi
}

# Nothing of it is left in the PMU: a host event on each counter counts all the
# time, and an ordinary guest as ever.
afterwards() {
	timeout "$(limit 60)" /guests/hostperf -p 6 sleep 1 >"$log.host" 2>&1
	VM_STATUS=$?
	expect "${as}host-afterwards" 0 "$log.host" 'pinned, counting 100%'
	# shellcheck disable=SC2086 # options are words
	run_vm -t 60 "$log" /guests/pmu.bin -c "$cpus" --pmu $affinity
	expect_guest "${as}afterwards" 0 "$log"
}

as='' pmu=--pmu
alive
counts_agree
stopped
afterwards
if [ "$(fact partition)" = true ]; then
	as=partitioned- pmu=--pmu-partition=3
	alive
	[ "$(fact fgt)" = true ] || counts_agree
	stopped
	afterwards
fi
