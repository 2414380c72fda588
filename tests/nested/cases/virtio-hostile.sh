# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# virtio-hostile: a driver that misuses every device, on both transports; each
# device is usable afterwards, the others never stop, and the log stays short.
# timeout: 1200
# needs: tools
# hosts: 6.12-gicv3
# long-hosts: 6.1-gicv2

log=/tmp/$CASE.log
LIMIT=550	# seconds for one transport; an idle machine needs a tenth

# More lines than this for a device are not limited: eight, and one for each
# power of two after that.
LINES_OF_A_DEVICE=40

# report TRANSPORT LOG: one line for each device, and one for each failure.
report() {
	tr -d '\r' <"$2" | awk -v case="$CASE" '
		/^(PASS|FAIL|SKIP) cpu0 / {
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
		}
		END {
			for (i = 1; i <= nr; i++)
				if (!count[devices[i], "FAIL"])
					print "PASS " case "/" devices[i]
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

dd if=/dev/urandom of=/tmp/hostile.img bs=1M count=4 2>/dev/null
cp /tmp/hostile.img /tmp/hostile-ro.img
: >/tmp/hostile.port
devices='--rng --balloon --port a=/tmp/hostile.port -d /tmp/hostile.img'
devices="$devices -d /tmp/hostile-ro.img,ro,io=sync"
mkdir -p /tmp/hostile.d /tmp/by-c
ln -sf /usr/bin/virtiofsd.bookworm /tmp/by-c/virtiofsd
devices="$devices --fs /tmp/hostile.d,share --vsock 77"
# By us, by the kernel, and by other programs: the rings of vsock are always
# vhost's, those of fs are virtiofsd's, of which there are two.
modprobe -a tun vhost_net vhost_vsock
path=$PATH
PATH=/tmp/by-c:$path
attack mmio -n tap,script=none,vhost=off
PATH=$path
attack pci -n tap,script=none,vhost=on
