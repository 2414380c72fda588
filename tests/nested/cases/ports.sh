# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# ports: a Linux guest talks to programs of the host by name.
# needs: small-kernel
# hosts: new-gicv3
# long-hosts: 6.12-gicv3 6.12-gicv2
# timeout: 600

dir=/tmp/$CASE
log=$dir/log.txt

numbered() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "%06d the quick brown fox jumps over it\n", i }'
}

# same NAME FILE: what came is what was sent
same() {
	if cmp -s "$dir/want" "$2"; then
		pass "$1"
	else
		fail "$1" "$(wc -c <"$2") bytes of $(wc -c <"$dir/want")"
	fi
}

start() {
	rm -rf "$dir"
	mkdir -p "$dir"
	echo "what was there before" >"$dir/file"
	mkfifo "$dir/fifo"
	start_vm "$log" /guests/small.Image -i /guests/linux.cpio -m 256M \
		-p "quiet tallyvm.test=ports" --virtio-transport "$1" \
		--port "log=$dir/file" --port "flood=$dir/fifo" \
		--port "echo=$dir/socket"
}

# The output is many times what a FIFO holds, and its reader comes late.
slow_reader() {
	wait_count "$log" 'PASS 500 lines to log' 1 "$(limit 180)" ||
		fail "log-$1" "$(last_words "$log")"
	sleep 3
	if grep -q 'lines to flood' "$log"; then
		fail "waits-$1" "the guest did not wait for its reader"
	fi
	numbered 20000 >"$dir/want"
	timeout "$(limit 120)" head -c "$(wc -c <"$dir/want")" "$dir/fifo" >"$dir/got"
	same "flood-$1" "$dir/got"
	{ echo "what was there before"; numbered 500; } >"$dir/want"
	same "file-$1" "$dir/file"
}

# Two clients, one after the other.
clients() {
	wait_count "$log" 'PASS port echo' 1 "$(limit 60)"
	case $(ls -l "$dir/socket") in
	srw-------*)	pass "mode-$1" ;;
	*)		fail "mode-$1" "$(ls -l "$dir/socket")" ;;
	esac
	echo "first" | timeout 30 /guests/usock "$dir/socket" 6 >"$dir/got"
	echo "first" >"$dir/want"
	same "first-client-$1" "$dir/got"
	wait_count "$log" 'INFO nobody on echo' 1 30 ||
		fail "told-$1" "the guest was not told that the client left"
	numbered 300 >"$dir/want"
	timeout 60 /guests/usock "$dir/socket" "$(wc -c <"$dir/want")" \
		<"$dir/want" >"$dir/got"
	same "second-client-$1" "$dir/got"
	echo "quit" | timeout 30 /guests/usock "$dir/socket" >/dev/null
}

one() {
	start "$1"
	slow_reader "$1"
	clients "$1"
	wait_vm "$(limit 60)"
	expect "end-$1" 0 "$log" 'GUEST DONE'
	[ ! -e "$dir/socket" ] || fail "removed-$1" "the socket is still there"
}

one pci
one mmio

# One that was killed leaves a socket behind, which the next one takes; but
# never from one that lives.
start_vm "$log" /guests/spin.bin --port "a=$dir/socket"
wait_count "$log" SPINNING 1 30
end_vm KILL 20
[ -S "$dir/socket" ] || fail left-over "no socket is left to try it with"
start_vm "$log" /guests/spin.bin --port "a=$dir/socket"
wait_count "$log" SPINNING 1 30 || fail left-over "$(last_words "$log")"
run_vm "$dir/second" /guests/off.bin --port "a=$dir/socket"
expect taken 35 "$dir/second" 'a program listens there already'
end_vm TERM 20
run_vm "$dir/second" /guests/off.bin --port "a=$dir/socket"
expect free-again 0 "$dir/second" ''
