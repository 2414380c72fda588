# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# virtio-hostile: a driver that misuses every device, on both transports, one on
# each host; each device is usable afterwards, the others never stop, and the log
# stays short.
# timeout: 1400
# needs: tools
# hosts: 6.12-gicv3 new-gicv3
# long-hosts: 6.1-gicv2

log=/tmp/$CASE.log
LIMIT=1200	# seconds for one transport; an idle machine needs a fifth

# More lines than this for a device are not limited: eight, and one for each
# power of two after that.
LINES_OF_A_DEVICE=40

# report TRANSPORT LOG: one line for each device, and one for each failure.  Bytes
# that were sent to hvc0 stand before a line, or in its place.
report() {
	tr -cd '\n -~' <"$2" | awk -v case="$CASE" -v transport="$1" '
		match($0, /(PASS|FAIL|SKIP) cpu0 /) {
			$0 = substr($0, RSTART)
			split($3, name, "/")
			if (!(name[1] in seen)) {
				seen[name[1]] = 1
				devices[++nr] = name[1]
			}
			count[name[1], $1]++
		}
		/^FAIL cpu0 / {
			why = $0
			sub(/^FAIL cpu0 /, "", why)
			print "FAIL " case "/" why
			failed++
		}
		/^SUMMARY / {
			split($4, counted, "=")
		}
		END {
			for (i = 1; i <= nr; i++)
				if (!count[devices[i], "FAIL"])
					print "PASS " case "/" devices[i]
			if (failed < counted[2])
				print "FAIL " case "/" transport "-lines: " \
					counted[2] - failed " are not seen"
		}'
}

# attack TRANSPORT OPTION...: all devices behind it.  What tallyvm says goes to a
# file of its own: it would come in the middle of the guest's lines.
attack() {
	transport=$1
	shift
	rm -f "$log.err"
	# shellcheck disable=SC2086 # options are words
	VM_UNDER=/tmp/apart start_vm "$log" /guests/virtio.bin -m 128 \
		--virtio-transport "$transport" $devices "$@"
	wait_vm "$LIMIT"
	report "$transport" "$log"
	expect "$transport-ends" 0 "$log" '^SUMMARY devices=[1-9]'
	lines=$(wc -l <"$log.err")
	nr=$(tr -d '\r' <"$log" |
		sed -n 's/^SUMMARY devices=\([0-9]*\) .*/\1/p')
	if [ "$lines" -le $((LINES_OF_A_DEVICE * (${nr:-0} + 1))) ]; then
		pass "$transport-log"
	else
		fail "$transport-log" "$lines lines for ${nr:-0} devices"
	fi
}

cat >/tmp/apart <<END
#!/bin/sh
exec "\$@" 2>"$log.err"
END
chmod +x /tmp/apart

public_host 10.79.0.1/24 10.79.0.254
ext4_at /tmp/hostile /dev/loop1 32
for disk in uring cached ro; do
	head -c 4194304 /dev/urandom >"/tmp/hostile/$disk"
done
: >/tmp/hostile.port
devices='--rng --balloon --port a=/tmp/hostile.port --console virtio'
devices="$devices -d /tmp/hostile/uring,io=uring,direct,queues=4"
devices="$devices -d /tmp/hostile/cached,io=uring"
devices="$devices -d /tmp/hostile/ro,ro,io=sync"
devices="$devices --fs /tmp/hostile.d,share --vsock 77,uds=/tmp/hostile.v"
devices="$devices -n tap,script=none,vhost=off -n tap,script=none,vhost=on"
devices="$devices -n mode=user"
mkdir -p /tmp/hostile.d /tmp/by-c
ln -sf /usr/bin/virtiofsd.bookworm /tmp/by-c/virtiofsd
ln -sf /usr/bin/passt.bookworm /tmp/by-c/passt
# By us, by the kernel, and by other programs: the rings of vsock are always
# vhost's, those of fs are virtiofsd's, of which there are two, and net2 has
# passt behind it: its frames come by a socket from the older one, and the newer
# one serves the rings.
modprobe -a vhost_net vhost_vsock
# where the guest's connections go
socat -u UNIX-LISTEN:/tmp/hostile.v_2000,fork OPEN:/dev/null &
path=$PATH
if [ "$RIG_KERNEL" != new ]; then
	PATH=/tmp/by-c:$path
	attack mmio -p strict=mmio-net0,mmio-net2
	PATH=$path
fi
if [ "$RIG_KERNEL" = new ] || [ -n "${RIG_STOCK:-}" ]; then
	attack pci -p "strict=pci-net0 patient=pci-net2"
fi
if [ -e /tmp/escape ] || [ -L /tmp/escape ]; then
	fail fs-escape "a guest has made /tmp/escape"
fi
ext4_end /tmp/hostile /dev/loop1
