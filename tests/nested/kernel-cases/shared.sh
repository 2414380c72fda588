# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# timeout: 900
# hosts: fgt nofgt biglittle parallel
# shared: partitioned and emulated VMs on the same CPUs, the host's perf on all
# of them, vCPUs moved about, the parameter changed meanwhile: every count is
# right, no host event is lost for good, and all counters come back.
#
# Where RIG_SAMPLE is empty the host does not sample, and its events count what
# never happens: QEMU's overflow timers would run beside its CPU threads, and may
# zero the counters of a CPU that is just changing its exception level (seen with
# an emulated PMU, too).  With -icount they do not.

log=/tmp/$CASE.log
parameter=/sys/module/arm_pmuv3/parameters/reserved_host_counters
first=0-1 cpus=2
some=$(turns 20000 50000) many=$(turns 500000 2000000)
three=$(turns 50000 100000)
busy=-q
[ -z "${RIG_SAMPLE:-}" ] || busy="-s $RIG_SAMPLE"
[ "$RIG_TOPO" = biglittle ] || first=0-3 cpus=4

# under NAME HOSTPERF-OPTIONS -- ARGUMENT...: one VM, with the host busy
under() {
	name=$1 options=
	shift
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # options are words
	timeout "$(limit 200)" /guests/hostperf $busy $options tallyvm run "$@" \
		>"$log" 2>&1 </dev/null
	VM_STATUS=$?
	expect_guest "$name" 0 "$log"
}

before=$(lent moved)
under host-has-room -e 1 -- /guests/pmukeep.bin -c 2 --vcpu-affinity=$first \
	--pmu-partition=2 -p "n=2 turns=$some slow=20"
under host-in-the-way -e 3 -p 2 -- /guests/pmukeep.bin -c 2 \
	--vcpu-affinity=$first --pmu-partition=3 -p "n=3 turns=$some slow=20"
under host-squeezed -e 3 -p 3 -- /guests/pmukeep.bin -c 2 \
	--vcpu-affinity=$first --pmu-partition=6 -p "n=6 turns=$some slow=20"
if [ "$(lent moved)" -gt "$before" ] && [ "$(lent squeezed)" -gt 0 ]; then
	pass counted
else
	fail counted "moved $(lent moved), squeezed $(lent squeezed)"
fi

# A group that does not fit beside the guest waits, whole, and is counted.
before=$(lent squeezed)
under host-groups -g -- /guests/pmukeep.bin -c 2 --vcpu-affinity=$first \
	--pmu-partition=6 -p "n=6 turns=$some slow=20"
if [ "$(lent squeezed)" -gt "$before" ] && { [ -z "${RIG_SAMPLE:-}" ] ||
   grep -q 'hostperf: groups at most [01] ' "$log"; }; then
	pass groups-counted
else
	fail groups-counted "$(lent squeezed), $before before: $(last_words "$log")"
fi

# shellcheck disable=SC2086 # a word
under moved -e 2 -m 1 -c $cpus -- /guests/pmukeep.bin -c 2 \
	--vcpu-affinity=$first --pmu-partition=4 -p "n=4 turns=$many slow=50"
moves=$(sed -n 's/.*hostperf: moved \([0-9]*\).*/\1/p' "$log")
[ "${moves:-0}" -gt "$(turns 500 2000)" ] || fail moved-enough "$moves times"

cat >/tmp/three <<END
tallyvm run /guests/pmukeep.bin -c 2 --vcpu-affinity=$first \
	--pmu-partition=4 -p "n=4 turns=$three slow=50" >/tmp/three.1 2>&1 &
a=\$!
tallyvm run /guests/pmukeep.bin -c 2 --vcpu-affinity=$first \
	--pmu-partition=2 -p "n=2 turns=$three slow=50" >/tmp/three.2 2>&1 &
b=\$!
tallyvm run /guests/pmukeep.bin -c 2 --vcpu-affinity=$first \
	--pmu -p "n=6 turns=10000 slow=50" >/tmp/three.3 2>&1 &
c=\$!
# What they are promised is kept, but a promise is made of what is there.
for i in 1 2 3; do
	tries=3000
	until grep -q 'read back' /tmp/three.\$i || [ \$tries = 0 ]; do
		tries=\$((tries - 1))
		usleep 20000
	done
done
while [ ! -e /tmp/three.stop ]; do
	echo 3 >$parameter
	echo 0 >$parameter
	usleep 5000
done &
wait \$a && wait \$b && wait \$c
status=\$?
: >/tmp/three.stop
exit \$status
END
rm -f /tmp/three.stop
# shellcheck disable=SC2086 # words
timeout "$(limit 300)" /guests/hostperf $busy -e 2 -p 1 sh /tmp/three >"$log" 2>&1
VM_STATUS=$?
expect three-vms-host 0 "$log" 'hostperf: .* pinned'
for i in 1 2 3; do
	VM_STATUS=0
	expect_guest "three-vms-$i" 0 /tmp/three.$i
done
echo 0 >$parameter

# All is as before: a host event on each counter, all the time.
timeout "$(limit 60)" /guests/hostperf -p 7 sleep 1 >"$log" 2>&1
VM_STATUS=$?
expect all-back 0 "$log" 'pinned, counting 100%'
