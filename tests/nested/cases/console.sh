# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# console: every kind of stdin and stdout, and not a byte lost or changed.
# timeout: 400
# hosts: 6.12-gicv3 6.1-gicv2 new-gicv3

dir=/tmp/$CASE
mkdir -p "$dir"

# echo_bytes NAME BYTES: a pipe on both sides; the guest sends back what it
# gets, between its greeting and GUEST DONE.
echo_bytes() {
	head -c "$2" /dev/urandom >"$dir/in"
	# shellcheck disable=SC2002 # a pipe is the point
	cat "$dir/in" | timeout 170 tallyvm run /guests/hello.bin \
		-p "bytes=$2" --loglevel warning 2>"$dir/err" | cat >"$dir/out"
	tail -n +2 "$dir/out" | head -c "$2" >"$dir/back"
	if cmp -s "$dir/in" "$dir/back" && grep -q 'GUEST DONE' "$dir/out"; then
		pass "$1"
	else
		fail "$1" "$(wc -c <"$dir/back") bytes came back, $(cmp \
			"$dir/in" "$dir/back" 2>&1) $(last_words "$dir/err")"
	fi
}

# files NAME: input from a file, output to one, and typed before anyone reads
files() {
	echo "typed before the guest looked" >"$dir/in"
	timeout 60 tallyvm run /guests/hello.bin -p "wait=700" \
		<"$dir/in" >"$dir/out" 2>"$dir/err"
	VM_STATUS=$?
	expect "$1" 0 "$dir/out" '^typed before the guest looked'
	if grep -q Hello "$dir/err" || ! grep -q Hello "$dir/out"; then
		fail "$1-separate" "console output not on stdout alone"
	else
		pass "$1-separate"
	fi
}

# numbered N: what uart.bin floods
numbered() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "%06d the quick brown fox jumps over it\n", i }'
}

# flood: output of known content, half of it without looking at the port
flood() {
	numbered 1000 >"$dir/want"
	run_vm "$dir/log" /guests/uart.bin -p "lines=1000" --loglevel warning
	sed '1,/^FLOOD/d; /^GUEST DONE/,$d' "$dir/log" >"$dir/got"
	if cmp -s "$dir/want" "$dir/got"; then
		pass flood
	else
		fail flood "$(wc -l <"$dir/got") of 1000 lines, $(cmp \
			"$dir/want" "$dir/got" 2>&1)"
	fi
	expect_guest uart 0 "$dir/log"
}

# late_reader NAME LINES SECONDS WORD: a reader that comes late gets everything
late_reader() {
	timeout 120 tallyvm run /guests/uart.bin -p "lines=$2 $4" \
		--loglevel warning 2>"$dir/err" |
		{ sleep "$3"; cat; } >"$dir/log"
	sed '1,/^FLOOD/d; /^GUEST DONE/,$d' "$dir/log" >"$dir/got"
	numbered "$2" >"$dir/want"
	if cmp -s "$dir/want" "$dir/got"; then
		pass "$1"
	else
		fail "$1" "$(wc -l <"$dir/got") of $2 lines"
	fi
}

# closed_output: nobody reads any more; the VM still ends
closed_output() {
	timeout 30 tallyvm run /guests/uart.bin -p "lines=100000" \
		2>"$dir/err" | head -n 3 >/dev/null
	sleep 1
	if pidof tallyvm >/dev/null; then
		fail closed-output "tallyvm still runs"
		killall tallyvm
	else
		pass closed-output
	fi
}

# no_input: stdin closed altogether
no_input() {
	timeout 30 tallyvm run /guests/smp.bin >"$dir/log" 2>&1 <&-
	VM_STATUS=$?
	expect no-stdin 0 "$dir/log" 'GUEST DONE'
}

# terminal NAME STATUS MODES INPUT GUEST...: on a pty, which is in raw mode
# while a guest runs (MODES: "raw" or "") and afterwards as before
terminal() {
	name=$1 want=$2 modes=$3 keys=$4
	shift 4
	{ sleep 1; printf '%b' "$keys"; sleep 1; } |
		timeout 40 /guests/pty tallyvm run "$@" >"$dir/log" 2>"$dir/err"
	VM_STATUS=$?
	expect "$name" "$want" "$dir/err" 'pty: modes restored'
	if [ -n "$modes" ] && ! grep -q 'pty: raw' "$dir/err"; then
		fail "$name-raw" "not in raw mode"
	fi
}

files files
echo_bytes pipe-1k 1000
# Several times what any buffer on the way holds.  The guest takes as long as
# its accesses to the port do, which under emulation is long.
if [ "$RIG_KERNEL-$RIG_TOPO-$RIG_GIC" = 6.12-symmetric-3 ]; then
	echo_bytes paste-20k 20000
	# more than the pipe and the monitor hold, sent without looking
	late_reader very-late-reader 4000 10 blind
else
	echo_bytes paste-8k 8192
fi
flood
late_reader late-reader 300 2 ""
closed_output
no_input
terminal tty-off 0 raw 'typed\r\n' /guests/hello.bin
terminal tty-escape 130 raw '\001x' /guests/spin.bin
terminal tty-reset 32 '' '' /guests/reset.bin --on-reset=exit
terminal tty-error 35 '' '' /guests/none.bin
