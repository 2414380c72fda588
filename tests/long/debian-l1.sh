#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# debian-l1.sh - run inside the emulated host by debian.sh
#
# Disks: /dev/vda is the guest's root; vdb has its kernels, a repository, and
# much room.  The host serves DHCP and HTTP to its guest on tap0.  A guest
# says "GUEST ok NAME" or "GUEST bad NAME: why" for each step of its script.

# shellcheck source=/dev/null
. /tests/env
# shellcheck source=/dev/null
. /tests/lib.sh

HOST=10.77.0.1
BOOT_LIMIT=1800
LONG_LIMIT=3600
DATA_MIB=$((MIB + 64))

network() {
	modprobe tun
	modprobe vhost_net
	tunctl -t tap0 >/dev/null
	ip addr add "$HOST/24" dev tap0
	ip link set tap0 up
	cat >/tmp/udhcpd.conf <<-END
		start 10.77.0.10
		end 10.77.0.20
		interface tap0
		option subnet 255.255.255.0
		option router $HOST
		lease_file /tmp/leases
		pidfile /tmp/udhcpd.pid
	END
	: >/tmp/leases
	udhcpd /tmp/udhcpd.conf 2>/dev/null
	mkdir /www
	ln -s /files/repository /files/big /www/
	httpd -p "$HOST:80" -h /www
}

files() {
	mkdir -p /files
	mount -t ext4 /dev/vdb /files
	dd if=/dev/urandom of=/files/big bs=1M count="$MIB" 2>/dev/null
	SUM=$(sha256sum </files/big | cut -d' ' -f1)
}

# script NAME: a disk with the script of that name, and what of it is on stdin.
script() {
	{
		printf '%s\n' "HOST=$HOST" "SUM=$SUM" "MIB=$MIB"
		cat /tests/guest/lib - "/tests/guest/$1"
	} | dd of=/tmp/script bs=512 conv=sync 2>/dev/null
}

# options KERNEL TRANSPORT: what all guests are started with.  The root is a
# block device, the data a file; on pci, the kernel's vhost moves the packets.
options() {
	net=mode=tap,tapif=tap0
	[ "$2" = mmio ] || net=$net,vhost=1
	set -- -k "/files/$1/vmlinuz" -i "/files/$1/initrd.img" -c 2 -m 768M \
		--virtio-transport "$2" --rng -n "$net" \
		-d /dev/vda,serial=root -d /files/data,serial=data,queues=2 \
		-d /tmp/script,serial=script,ro
	echo "$@"
}

# Nothing of systemd's own may give up because this machine is slow.
PARAMS="root=/dev/vda rw console=ttyS0 quiet panic=-1 \
systemd.default_timeout_start_sec=3600 systemd.default_device_timeout_sec=3600"

# steps LOG NAME...: what the guest said of each.
steps() {
	log=$1
	shift
	for step; do
		said=$(tr -d '\r' <"$log" | grep -E "^GUEST (ok|bad) $step(:|\$)" |
			head -n 1)
		case $said in
		"GUEST ok "*)	pass "$step" ;;
		"GUEST bad "*)	fail "$step" "${said#*: }" ;;
		*)		fail "$step" "not done: $(last_words "$log")" ;;
		esac
	done
}

# check_disk NAME: e2fsck finds nothing that it would have to ask about, and
# nothing at all the second time.
check_disk() {
	e2fsck -p -f /dev/vda >/tmp/fsck 2>&1
	rc=$?
	if [ "$rc" -gt 1 ]; then
		fail "$1" "e2fsck -p: status $rc: $(last_words /tmp/fsck)"
	elif ! e2fsck -n -f /dev/vda >/tmp/fsck 2>&1; then
		fail "$1" "not clean: $(last_words /tmp/fsck)"
	else
		pass "$1"
	fi
}

new_data_disk() {
	rm -f /files/data
	truncate -s "${DATA_MIB}M" /files/data
}

# receive: what comes to port 9000, summed.
receive() {
	nc -l -p 9000 </dev/null | sha256sum | cut -d' ' -f1 >/tmp/received
}

check_sum() {
	if [ "$2" = "$SUM" ]; then
		pass "$1"
	else
		fail "$1" "sum $2, not $SUM"
	fi
}

# show LOG: for the host's own log.
show() { tr -d '\r' <"$1" | sed 's/^/| /'; }

# full KERNEL TRANSPORT: everything a guest does in its life.
full() {
	log=/tmp/log-$CASE
	new_data_disk
	script full </dev/null
	receive &
	receiver=$!
	# shellcheck disable=SC2046 # one word for each option
	run_vm -t "$LONG_LIMIT" "$log" $(options "$1" "$2") -p "$PARAMS"
	kill "$receiver" 2>/dev/null
	show "$log"
	steps "$log" boot network apt net-in disk-read data-disk net-out
	check_sum net-out-sum "$(cat /tmp/received)"
	check_sum data-disk-sum "$(dd if=/files/data bs=1M count="$MIB" \
		2>/dev/null | sha256sum | cut -d' ' -f1)"
	expect power-off 0 "$log" 'reboot: Power down'
	check_disk fsck
}

# written LOG: as a variable with lines that sha256sum checks.
written() {
	echo "WRITTEN='"
	tr -d '\r' <"$1" | sed -n \
		's,^GUEST wrote \([0-9]*\) \([0-9a-f]\{64\}\)$,\2  /crash/\1,p'
	echo "'"
}

# crash KERNEL TRANSPORT: killed while it writes; what it had been told is on
# the disk must be there.
crash() {
	log=/tmp/log-$CASE
	new_data_disk
	script crash </dev/null
	# shellcheck disable=SC2046 # one word for each option
	start_vm "$log" $(options "$1" "$2") -p "$PARAMS"
	if wait_count "$log" '^GUEST wrote ' 30 "$BOOT_LIMIT"; then
		pass writes
	else
		fail writes "$(last_words "$log")"
	fi
	kill -KILL "$VM_PID"
	wait "$VM_PID"
	show "$log"
	check_disk fsck
	written "$log" | script verify
	# shellcheck disable=SC2046 # one word for each option
	run_vm -t "$BOOT_LIMIT" "$log" $(options "$1" "$2") -p "$PARAMS"
	show "$log"
	steps "$log" boot still-there
	expect power-off 0 "$log" 'reboot: Power down'
	check_disk fsck-again
}

files
network
for CASE in $COMBINATIONS; do
	export CASE
	start=$(date +%s)
	case $CASE in
	crash-pci)	crash 6.12 pci ;;
	crash-mmio)	crash new mmio ;;
	*)		full "${CASE%-*}" "${CASE##*-}" ;;
	esac
	echo "DONE $CASE $(($(date +%s) - start)) s"
done
