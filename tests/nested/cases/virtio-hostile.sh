# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# virtio-hostile: a driver that misuses every device, on both transports; each
# device is usable afterwards, the others never stop, and the log stays short.
# timeout: 1200
# hosts: 6.12-gicv3 6.1-gicv2

log=/tmp/$CASE.log

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

# attack TRANSPORT: all devices behind it.
attack() {
	# shellcheck disable=SC2086 # options are words
	run_vm -t 500 "$log" /guests/virtio.bin -m 128 \
		--virtio-transport "$1" $devices
	report "$1" "$log"
	expect "$1-ends" 0 "$log" '^SUMMARY devices=[1-9]'
	lines=$(grep -c '^tallyvm: ' "$log")
	nr=$(tr -d '\r' <"$log" |
		sed -n 's/^SUMMARY devices=\([0-9]*\) .*/\1/p')
	if [ "$lines" -le $((LINES_OF_A_DEVICE * (${nr:-0} + 1))) ]; then
		pass "$1-log"
	else
		fail "$1-log" "$lines lines for ${nr:-0} devices"
	fi
}

devices='--rng'
attack mmio
attack pci
