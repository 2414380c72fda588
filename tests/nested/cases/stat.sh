# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# stat: what "tallyvm stat" says of running guests is true, and disappears
# with them.

log=/tmp/$CASE.log
out=/tmp/$CASE.out
export XDG_RUNTIME_DIR="/tmp/$CASE.run"
mkdir -m 700 "$XDG_RUNTIME_DIR"

# shows NAME PATTERN: the last output has a line that matches.
shows() {
	if grep -qE -- "$2" "$out"; then
		pass "$1"
	else
		fail "$1" "no '$2' in: $(tail -n 4 "$out" | tr '\n' '|')"
	fi
}

# value KEY: of the last JSON, the last vCPU's.
value() {
	sed -n "s/.*\"$1\":\([0-9a-z]*\).*/\1/p" "$out" | head -n 1
}

# truth NAME WHY COMMAND...: it is true, or it failed because of WHY.
truth() {
	truth_name=$1 truth_why=$2
	shift 2
	if "$@"; then pass "$truth_name"; else fail "$truth_name" "$truth_why"; fi
}

tallyvm stat >"$out"
shows nobody 'no guest of this user is running'
tallyvm stat nobody >"$out" 2>&1
[ $? = 35 ] || fail unknown "exit status is not 35"
shows unknown 'no guest "nobody"'

start_vm "$log" /guests/spin.bin --name spinner -c 2 --pmu
wait_count "$log" SPINNING 1 30
sleep 1
tallyvm stat --once >"$out"
shows table '^spinner +0 +emulated 6 +armv8'
shows second-vcpu '^spinner +1 '
truth socket "no control socket" \
	[ -S "$XDG_RUNTIME_DIR/tallyvm/$VM_PID.sock" ]
tallyvm stat --json --once spinner >"$out"
truth answered "$(cat "$out")" [ "$(value answered)" = true ]
# A guest that spins for a second with the host's ticks leaves now and then.
truth exits "$(cat "$out")" [ "$(value exits)" -gt 10 ]
truth guest-time "$(value guest_ns) ns" [ "$(value guest_ns)" -gt 200000000 ]
truth in-place "displaced" [ "$(value displaced)" = false ]
shows no-devices '"devices":\[\],'

# The guest is kicked once, when the first asks, and goes on.
before=$(value guest_ns)
tallyvm stat --json --interval 0.5 >"$out" &
live=$!
sleep 3
kill "$live"
wait "$live" 2>/dev/null
lines=$(grep -c '"vms"' "$out")
truth live "$lines samples in 3 s" [ "$lines" -ge 2 ]
tallyvm stat --json --once >"$out"
truth goes-on "$before, then $(value guest_ns)" \
	[ "$(value guest_ns)" -gt "$before" ]
tallyvm pmu top --interval 0.2 >"$out" &
live=$!
sleep 2
kill "$live"
wait "$live" 2>/dev/null
shows rates '^spinner +0 .*%'

# Nobody else may ask, even where the directories are open.
mkdir -p /etc
grep -q '^nobody:' /etc/passwd 2>/dev/null ||
	echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
chmod 755 "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR/tallyvm"
su nobody -c "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR exec tallyvm stat --once" \
	>"$out" 2>&1
shows others 'no guest of this user is running'

# By a signal, and by one that leaves no time to clean up.
end_vm TERM 20
left=$(ls "$XDG_RUNTIME_DIR/tallyvm")
truth removed "left: $left" [ -z "$left" ]
start_vm "$log" /guests/spin.bin --name victim
wait_count "$log" SPINNING 1 30
end_vm KILL 20
tallyvm stat >"$out"
shows killed 'no guest of this user is running'
left=$(ls "$XDG_RUNTIME_DIR/tallyvm")
truth swept "left: $left" [ -z "$left" ]

# What a guest does wrong with a device is counted, and said once.
start_vm "$log" /guests/virtio.bin --name spoiler -m 128 \
	--virtio-transport mmio --rng --balloon -p spoil
wait_count "$log" SPOILT 1 30
tallyvm stat --once >"$out"
shows fault '^spoiler: [a-z]+0 needs_reset: faults 1, misuse 1$'
truth one-line "$(grep '^spoiler: ' "$out")" \
	[ "$(grep -c '^spoiler: ' "$out")" = 1 ]
tallyvm stat --json --once >"$out"
shows fault-json '"status":"needs_reset","faults":1,"misuse":1}'
shows no-fault-json '"status":"reset","faults":0,"misuse":0}'
truth fault-line "$(last_words "$log")" grep -qE \
	'0, queue 0: available entry out of range: the device needs a reset' \
	"$log"
end_vm TERM 20

# Without a place for it a guest runs all the same.
XDG_RUNTIME_DIR=/proc/nothing
run_vm "$log" /guests/off.bin
expect no-registry 0 "$log" ''
