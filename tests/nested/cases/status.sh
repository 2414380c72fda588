# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# status: the exit status of every way out, as tallyvm-run(1) lists them.
# hosts: 6.12-gicv3 6.1-gicv2 new-gicv3

log=/tmp/$CASE.log

run_vm "$log" /guests/off.bin
expect poweroff 0 "$log" ''

run_vm "$log" /guests/reset.bin --on-reset=exit
expect reset-exit 32 "$log" 'RESET NOW'

run_vm "$log" /guests/reset.bin -c 2 --on-reset exit
expect reset-exit-vcpu1 32 "$log" 'RESET NOW'

run_vm "$log" /guests/panic.bin
expect panic 34 "$log" 'PASS cpu0 events'

# Three boots, each finding fresh memory and its CPU 1 off, then the end.
start_vm "$log" /guests/reset.bin -c 2 --pmu
wait_count "$log" 'RESET NOW' 4 60
end_vm TERM 20
expect reset-restart 143 "$log" 'RESET NOW'
boots=$(grep -c 'RESET NOW' "$log")
if grep -q '^FAIL' "$log" || [ "$boots" -lt 3 ]; then
	fail reset-fresh "$boots boots, $(grep '^FAIL' "$log" | head -n 1)"
else
	pass reset-fresh
fi

# by_signal NAME SIGNAL STATUS: while all CPUs spin, and while all sleep
by_signal() {
	for guest in '' wfi; do
		start_vm "$log" /guests/spin.bin -c 2 -p "$guest"
		wait_count "$log" SPINNING 1 30
		end_vm "$2" 20
		expect "$1-spin$guest" "$3" "$log" SPINNING
	done
}

by_signal sigterm TERM 143
VM_UNDER=/guests/pty
by_signal sigint INT 130
VM_UNDER=

run_vm "$log" /guests/off.bin --no-such-option
expect unknown-option 35 "$log" 'no-such-option'

run_vm "$log" /guests/off.bin --flash x
expect not-built 35 "$log" 'flash'

run_vm "$log" /guests/off.bin --dev /dev/null
expect not-kvm 77 "$log" '/dev/null'

run_vm "$log" /guests/off.bin --dev /dev/none
expect no-kvm 77 "$log" '/dev/none'

# limited "ulimit ARGUMENTS" ARGUMENT...: tallyvm with less than it needs
limited() {
	limit=$1
	shift
	# shellcheck disable=SC2086,SC3045 # words, and busybox has them
	(ulimit $limit; exec tallyvm run "$@") >"$log" 2>&1 </dev/null
	VM_STATUS=$?
}

limited '-v 200000' /guests/off.bin -m 1G
expect no-memory 77 "$log" 'memory'

limited '-n 5' /guests/off.bin
expect fault 33 "$log" 'Too many open files'

# One descriptor more each time: a clear end at every step of start-up.
n=3
bad=''
while [ "$n" -lt 20 ] && [ "$VM_STATUS" != 0 ]; do
	limited "-n $n" /guests/off.bin -c 2 --pmu
	case $VM_STATUS in
	0|33|35|77)	[ -s "$log" ] || bad="$bad $n:silent" ;;
	*)		bad="$bad $n:$VM_STATUS" ;;
	esac
	n=$((n + 1))
done
if [ -z "$bad" ] && [ "$VM_STATUS" = 0 ]; then
	pass few-descriptors
else
	fail few-descriptors "descriptors:status$bad, $(last_words "$log")"
fi
