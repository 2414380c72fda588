# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# vsock: connections in both directions, by AF_VSOCK and through the bridge.
# timeout: 1200
# needs: tools small-kernel
# hosts: 6.12-gicv3
# long-hosts: new-gicv3

log=/tmp/$CASE.log
dir=/tmp/$CASE.dir
LIMIT=200
CID=5
uds=$dir/v.sock

# start_guest ARGUMENT...: one that is ready; $sum is of its data.
start_guest() {
	start_vm "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-p "quiet panic=-1 tallyvm.run=vsock" "$@"
	wait_ready 1
}

# wait_ready N: until the guest has started for the Nth time.
wait_ready() {
	wait_count "$log" READY "$1" "$LIMIT" ||
		fail ready "$(last_words "$log")"
	sum=$(tr -d '\r' <"$log" | sed -n 's/.*SUM //p' | tail -n 1)
}

# tell COMMAND: have the guest do it, once it has done what it was told before.
tell() {
	tries=100
	until echo "$1" | timeout 30 vsock connect "$CID" 1001 2>/dev/null; do
		tries=$((tries - 1))
		if [ "$tries" = 0 ]; then
			fail tell "the guest does not listen"
			return
		fi
		usleep 100000
	done
}

# judge NAME FILE FILE: they are the same.
judge() {
	if cmp -s "$2" "$3"; then
		pass "$1"
	else
		fail "$1" "$(wc -c <"$3") bytes of $(wc -c <"$2")"
	fi
}

# judge_sum NAME FILE: it is the guest's data.
judge_sum() {
	if [ "$(sha1sum <"$2" | cut -d' ' -f1)" = "$sum" ]; then
		pass "$1"
	else
		fail "$1" "$(wc -c <"$2") bytes, others than the guest's"
	fi
}

to_guest() {
	timeout 60 vsock connect "$CID" 1000 <"$dir/data" >"$dir/back" 2>&1
	judge "to-guest-$1" "$dir/data" "$dir/back"
}

from_guest() {
	timeout 60 vsock listen 2000 </dev/null >"$dir/got" 2>"$dir/err" &
	server=$!
	wait_count "$dir/err" LISTENING 1 10
	tell 'vsock connect 2 2000 </tmp/data'
	wait "$server"
	judge_sum "from-guest-$1" "$dir/got"
}

bridge_to_guest() {
	{ echo "CONNECT 1000"; cat "$dir/data"; } |
		timeout 60 socat -t 30 - "UNIX-CONNECT:$uds" >"$dir/back"
	head -n 1 "$dir/back" | grep -qE '^OK [0-9]+$' ||
		fail "bridge-ok-$1" "$(head -c 40 "$dir/back")"
	tail -n +2 "$dir/back" >"$dir/echo"
	judge "bridge-to-guest-$1" "$dir/data" "$dir/echo"
}

# Nobody listens there in the guest: closed without a word.
bridge_refused() {
	echo "CONNECT 4242" |
		timeout 30 socat -t 10 - "UNIX-CONNECT:$uds" >"$dir/back" 2>&1
	if [ $? != 124 ] && [ ! -s "$dir/back" ]; then
		pass "bridge-refused-$1"
	else
		fail "bridge-refused-$1" "$(head -c 40 "$dir/back")"
	fi
}

# bridge_from_guest NAME PORT: a socket that appears when the VM runs already.
bridge_from_guest() {
	timeout 60 socat -u "UNIX-LISTEN:${uds}_$2" "CREATE:$dir/got" &
	server=$!
	usleep 500000
	tell "vsock connect 2 $2 </tmp/data"
	wait "$server"
	judge_sum "bridge-from-guest-$1" "$dir/got"
}

plain() {
	start_guest --vsock "$CID" --virtio-transport "$1"
	to_guest "$1"
	from_guest "$1"
	tell 'poweroff -f'
	wait_vm 60
	expect "end-$1" 0 "$log" READY
}

bridge() {
	start_guest --vsock "$CID,uds=$uds" --virtio-transport "$1"
	bridge_to_guest "$1"
	bridge_refused "$1"
	bridge_from_guest "$1" 3000
	to_guest "beside-$1"
}

# The guest resets itself, and finds the same device in a new machine.
after_reset() {
	tell 'reboot -f'
	wait_ready 2
	to_guest reset
	bridge_to_guest reset
	bridge_from_guest reset 3001
}

# A second guest may have neither the CID nor the socket.
conflicts() {
	run_vm -t 30 "$log.second" /guests/hello.bin --vsock "$CID"
	expect cid-in-use 77 "$log.second" "the CID $CID is another guest's"
	run_vm -t 30 "$log.second" /guests/hello.bin --vsock "6,uds=$uds"
	expect uds-in-use 35 "$log.second" 'cannot listen here'
}

rm -rf "$dir"
mkdir -p "$dir"
head -c 1000000 /dev/urandom >"$dir/data"
PATH=/guests:$PATH
if [ ! -e /dev/vhost-vsock ]; then
	run_vm -t 30 "$log" /guests/hello.bin --vsock "$CID"
	expect no-module 77 "$log" 'modprobe vhost_vsock'
	modprobe vhost_vsock
fi
plain pci
if [ "$RIG_KERNEL" = 6.12 ]; then
	plain mmio
	bridge mmio
	end_vm TERM 30
	bridge pci
	conflicts
	after_reset
	end_vm TERM 30
	if [ -e "$uds" ]; then
		fail bridge-end "$uds was left behind"
	else
		pass bridge-end
	fi
fi
