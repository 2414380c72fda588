# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# watch: a pinned guest whose CPU goes away, or that is moved by somebody, says
# so while it runs; "tallyvm stat" shows it.
# hosts: 6.12-biglittle new-gicv2

log=/tmp/$CASE.log
out=/tmp/$CASE.out
export XDG_RUNTIME_DIR="/tmp/$CASE.run"
mkdir -m 700 "$XDG_RUNTIME_DIR"

# tid_of NAME: thread of the running VM.
tid_of() {
	for t in /proc/"$VM_PID"/task/*; do
		[ "$(cat "$t/comm")" != "$1" ] || echo "${t##*/}"
	done
}

# says NAME PATTERN: within 15 seconds, and once.
says() {
	if ! wait_count "$log" "$2" 1 15; then
		fail "$1" "not said: $(last_words "$log")"
		return
	fi
	sleep 3
	n=$(grep -cE -- "$2" "$log")
	if [ "$n" = 1 ]; then pass "$1"; else fail "$1" "said $n times"; fi
}

online() { echo "$2" >"/sys/devices/system/cpu/cpu$1/online"; }

# On a host with two kinds of PMU, the last two CPUs have the same.
start_vm "$log" /guests/spin.bin -c 2 --name pinned --pmu --vcpu-affinity=2-3
wait_count "$log" SPINNING 1 30
sleep 3
if grep -q 'vCPU . is pinned' "$log"; then
	fail quiet "$(last_words "$log")"
else
	pass quiet
fi

taskset -pc 3 "$(tid_of vcpu1)" >/dev/null
says narrowed 'vCPU 1 is pinned to CPUs 2-3, but may now run on CPU 3: its affinity'
taskset -pc 2-3 "$(tid_of vcpu1)" >/dev/null
says back 'vCPU 1 is pinned to CPUs 2-3, and may run there again'

if online 3 0 2>/dev/null; then
	says unplugged \
		'vCPU 0 is pinned to CPUs 2-3, but may now run on CPU 2: CPU 3 went offline'
	if kill -0 "$VM_PID" 2>/dev/null; then
		pass goes-on
	else
		fail goes-on "$(last_words "$log")"
	fi
	online 3 1
	says plugged 'vCPU 0 is pinned to CPUs 2-3, and may run there again'
else
	skip unplugged "this host cannot take CPU 3 offline"
fi
end_vm TERM 20

# Moved off its PMU's CPUs, or only off its own: said, and shown.
start_vm "$log" /guests/spin.bin --name moved --vcpu-affinity=2
wait_count "$log" SPINNING 1 30
taskset -pc 1 "$(tid_of vcpu0)" >/dev/null
says moved \
	'vCPU 0 is pinned to CPU 2, but has been moved and may now run on CPU 1'
tallyvm stat --json --once >"$out"
if grep -q '"displaced":true' "$out"; then
	pass shown
else
	fail shown "$(cut -c1-300 "$out")"
fi
end_vm TERM 20

# A cgroup that leaves other CPUs only.
CGROUP=/tmp/$CASE.cgroup
mkdir "$CGROUP"
if mount -t cgroup2 none "$CGROUP" 2>/dev/null &&
	echo +cpuset >"$CGROUP/cgroup.subtree_control" 2>/dev/null; then
	mkdir "$CGROUP/narrow"
	echo 1 >"$CGROUP/narrow/cpuset.cpus"
	start_vm "$log" /guests/spin.bin --name confined --vcpu-affinity=2
	wait_count "$log" SPINNING 1 30
	echo "$VM_PID" >"$CGROUP/narrow/cgroup.procs"
	says cgroup \
		'vCPU 0 is pinned to CPU 2, but has been moved and may now run on CPU 1: its affinity or its cpuset cgroup was changed$'
	end_vm TERM 20
else
	skip cgroup "no cgroup2 with cpuset on this host"
fi
umount "$CGROUP" 2>/dev/null

# No pinned vCPU: the main thread sleeps.
start_vm "$log" /guests/spin.bin --name free
wait_count "$log" SPINNING 1 30
sleep 1
switches() {
	sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' \
		"/proc/$VM_PID/status"
}
before=$(switches)
sleep 5
after=$(switches)
end_vm TERM 20
if [ "$((after - before))" -le 1 ]; then
	pass no-wake-ups
else
	fail no-wake-ups "$((after - before)) in 5 s"
fi
