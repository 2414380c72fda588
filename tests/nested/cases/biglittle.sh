# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# biglittle: a host with two kinds of PMU, CPUs 0-1 and 2-3.  The experiment
# of "Improve PMU support on heterogeneous systems" (Linux list, 2021), and
# who may run where.
# hosts: 6.12-biglittle

log=/tmp/$CASE.log
LITTLE=armv8_cortex_a53
BIG=armv8_cortex_a72

# allowed PID THREADS: Cpus_allowed_list of the threads whose name fits
allowed() {
	for t in /proc/"$1"/task/*; do
		grep -qE "^$2\$" "$t/comm" &&
			sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' \
				"$t/status"
	done | sort -u | tr '\n' ' '
}

# placed NAME VCPUS-SETS OTHERS ARGUMENT...: where the threads may run
placed() {
	name=$1 vcpus=$2 others=$3
	shift 3
	start_vm "$log" /guests/spin.bin "$@"
	wait_count "$log" SPINNING 1 30
	got_vcpus=$(allowed "$VM_PID" 'vcpu[0-9]*')
	got_others=$(allowed "$VM_PID" '[^v].*')
	end_vm TERM 20
	if [ "$got_vcpus" = "$vcpus" ] && [ "$got_others" = "$others" ]; then
		pass "$name"
	else
		fail "$name" "vCPUs on $got_vcpus, others on $got_others$(
			last_words "$log")"
	fi
}

# The scheduler cannot save this one: it is moved from outside.
moved_away() {
	start_vm "$log" /guests/spin.bin --pmu --vcpu-affinity=0-1
	wait_count "$log" SPINNING 1 30
	for t in /proc/"$VM_PID"/task/*; do
		grep -q '^vcpu0$' "$t/comm" &&
			taskset -pc 2 "${t##*/}" >/dev/null 2>&1
	done
	wait_vm 20
	expect moved-away 33 "$log" \
		"vCPU 0.*CPU 2.*$LITTLE|vCPU 0.*$LITTLE.*CPU 2"
}

for cpus in 0-1 2-3; do
	run_vm "$log" /guests/pmu.bin -c 2 --pmu \
		--vcpu-affinity="$cpus"
	expect_guest "on-$cpus" 0 "$log"
	if [ "$cpus" = 0-1 ]; then pmu=$LITTLE; else pmu=$BIG; fi
	grep -q "$pmu" "$log" || fail "on-$cpus-said" "no word of $pmu"
done

run_vm "$log" /guests/pmu.bin -c 2 --pmu --vcpu-affinity=1-2
expect across-refused 35 "$log" "$LITTLE.*$BIG|$BIG.*$LITTLE"
run_vm "$log" /guests/pmu.bin -c 2 --pmu --vcpu-affinity=0:0 \
	--vcpu-affinity=1:2
expect one-of-each-refused 35 "$log" "$LITTLE.*$BIG|$BIG.*$LITTLE"

run_vm "$log" /guests/pmu.bin -c 2 --pmu
expect_guest unplaced 0 "$log"

placed little-only '0-1 ' '2-3 ' -c 2 --pmu --vcpu-affinity=0-1
placed one-each '2 3 ' '0-1 ' -c 2 --pmu --vcpu-affinity=0:2 \
	--vcpu-affinity=1:3
start_vm "$log" /guests/spin.bin -c 2 --pmu
wait_count "$log" SPINNING 1 30
chosen=$(allowed "$VM_PID" 'vcpu[0-9]*')
end_vm TERM 20
case $chosen in
'0-1 '|'2-3 ')	pass chosen ;;
*)		fail chosen "vCPUs on $chosen" ;;
esac
moved_away
