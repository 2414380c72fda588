# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# net: a Linux guest on a tap, by us and by vhost, on both transports, and what
# becomes of it when the tap goes; taps that are made, kept and cleaned up.
# timeout: 2400
# needs: tools small-kernel
# hosts: new-gicv2
# long-hosts: 6.12-gicv3 new-gicv3

log=/tmp/$CASE.log
dir=/tmp/$CASE.dir
LIMIT=400
HOST=192.168.33.1		# what a new tap gets

prepare() {
	mkdir -p "$dir/www"
	mkfifo "$dir/hold"	# input that never ends
	head -c 1000000 /dev/urandom >"$dir/www/big"
	sum=$(sha1sum <"$dir/www/big" | cut -d' ' -f1)
	modprobe -a tun vhost_net
	httpd -f -p 0.0.0.0:80 -h "$dir/www" &
}

# start NETWORK WORDS ARGUMENT...: a guest, WORDS on its command line.
start() {
	network=$1 words=$2
	shift 2
	nc -l -p 9000 <>"$dir/hold" >"$dir/back" &
	server=$!
	start_vm "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-n "$network" -p "quiet panic=-1 tallyvm.run=net \
		tallyvm.ip=192.168.33.15/24 tallyvm.host=$HOST $words" "$@"
}

# said NAME PATTERN: the guest or tallyvm has said it.
said() {
	if tr -d '\r' <"$log" | grep -qE -- "$2"; then
		pass "$1"
	else
		fail "$1" "no '$2' in: $(last_words "$log")"
	fi
}

# moved NAME: the file came to the guest and back.
moved() {
	said "fetch-$1" "^SUM fetched $sum"
	kill "$server" 2>/dev/null
	if cmp -s "$dir/back" "$dir/www/big"; then
		pass "send-$1"
	else
		fail "send-$1" "$(wc -c <"$dir/back") of 1000000 bytes"
	fi
}

# no_tap NAME INTERFACE
no_tap() {
	if [ -e "/sys/class/net/$2" ]; then
		fail "$1" "interface $2 is still there"
	else
		pass "$1"
	fi
}

# both_ways NAME NETWORK ARGUMENT...: a guest that ends by itself.
both_ways() {
	name=$1 network=$2
	shift 2
	start "$network" '' "$@"
	wait_vm "$LIMIT"
	expect "ends-$name" 0 "$log" '^GUEST DONE'
	moved "$name"
	no_tap "no-trace-$name" tap0
}

# loses_link NAME NETWORK: the interface is deleted under a running guest.
loses_link() {
	start "tapif=gone0,$2" tallyvm.stay
	wait_count "$log" '^READY' 1 "$LIMIT" ||
		fail "ready-$1" "$(last_words "$log")"
	ip link del gone0
	wait_vm 60
	expect "gone-$1" 0 "$log" '^CARRIER 0'
	said "gone-said-$1" "net0: gone0 is gone: the guest's link is down"
	kill "$server" 2>/dev/null
}

# An interface that was there stays, as it was.
keeps() {
	tunctl -t kept0 >/dev/null
	ip addr add 192.168.33.1/24 dev kept0
	ip link set kept0 up
	start tapif=kept0 ''
	wait_vm "$LIMIT"
	moved kept
	if [ -e /sys/class/net/kept0 ]; then
		pass kept
	else
		fail kept "the interface is gone"
	fi
	tunctl -d kept0 >/dev/null
}

# What the guest sees of its options.
options() {
	start "mq=2,guest_mac=02:15:15:aa:bb:cc" '' -c 2
	wait_vm "$LIMIT"
	moved options
	said mac '^MAC 02:15:15:aa:bb:cc'
	said queues '^QUEUES 2'
	start "offload=off,packed=off" ''
	wait_vm "$LIMIT"
	moved plain
	# bits 0 and 1, checksums, and 34, packed rings, from the left
	said no-offload '^FEATURES 00.{32}0'
}

# Scripts, the second one by a process that outlives a kill.
scripts() {
	cat >"$dir/up" <<-'END'
		#!/bin/sh
		echo "UP $1" >>/tmp/net.dir/scripts
		ip addr add 192.168.33.1/24 dev "$1"
		ip link set "$1" up
	END
	cat >"$dir/down" <<-'END'
		#!/bin/sh
		echo "DOWN $1" >>/tmp/net.dir/scripts
	END
	chmod 755 "$dir/up" "$dir/down"
	start "script=$dir/up,downscript=$dir/down" tallyvm.stay
	wait_count "$log" '^READY' 1 "$LIMIT"
	moved scripts
	kill -KILL "$VM_PID"
	wait "$VM_PID"
	wait_count "$dir/scripts" '^DOWN tap0' 1 10
	if [ "$(tr '\n' ' ' <"$dir/scripts")" = "UP tap0 DOWN tap0 " ]; then
		pass scripts
	else
		fail scripts "$(tr '\n' ' ' <"$dir/scripts")"
	fi
	no_tap no-trace-killed tap0
}

prepare
both_ways tap-pci mode=tap
# bits 0, 1 and 11, checksums and segmentation, from the left
said offloads-tap '^FEATURES 11.{9}1'
both_ways tap-mmio mode=tap --virtio-transport mmio
both_ways vhost-pci vhost=on
said offloads-vhost '^FEATURES 11.{9}1'
both_ways vhost-mmio vhost=on --virtio-transport mmio
both_ways vhost-mq vhost=on,mq=2 -c 2
said queues-vhost '^QUEUES 2'
loses_link tap vhost=off
loses_link vhost vhost=on
keeps
options
scripts
