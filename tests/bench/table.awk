# SPDX-License-Identifier: GPL-2.0-or-later
#
# table.awk - lines "BENCH KEY VALUE" to the table of "make bench"
#
# A key that appears more than once is averaged.  Published figures are those
# of kvmtool of 2026-06-25 and of Debian's QEMU 7.2, taken by the same method
# with another small kernel; targets are the project's own.  Exits with 1 when
# something failed, a target was missed, or nothing was measured to judge it by.

$1 == "BENCH" && $2 ~ /\.failed$/ { failed[$2] = 1; next }
$1 == "BENCH" && NF == 3 { sum[$2] += $3; times[$2]++ }

function value(key) { return sum[key] / times[key] }

function have(key) { return key in times }

# Of one monitor: KEY in UNIT, or "-".
function plain(vmm, key, unit) {
	key = vmm "." key
	return have(key) ? value(key) / unit : "-"
}

# Of one monitor: what KEY took more than BASE.
function more(vmm, key, base, unit) {
	key = vmm "." key ".instructions"
	base = vmm "." base ".instructions"
	return have(key) && have(base) ? (value(key) - value(base)) / unit : "-"
}

# The same for each byte of console that KEY wrote more than a quiet boot.
function per_byte(vmm, key,   bytes, n) {
	bytes = vmm "." key ".bytes"
	if (!have(bytes))
		return "-"
	n = value(bytes) - value(vmm ".quiet.bytes")
	return n > 0 ? more(vmm, key, "quiet", n * 1e3) : "-"
}

function cell(v, digits) {
	return v == "-" ? v : sprintf("%." digits "f", v)
}

# One row; TARGET "" is a figure without one.
function row(label, unit, target, ours, qemu, kvmtool, qemu_published, digits,
	     verdict) {
	if (target != "" && ours == "-") {
		verdict = " (NOT MEASURED)"
		missed++
	} else if (target != "") {
		verdict = ours <= target ? " (met)" : " (MISSED)"
		missed += ours > target
	}
	printf "| %-50s | %7s | %16s | %8s | %8s | %8s |\n",
		label (unit == "" ? "" : ", " unit),
		target == "" ? "" : "<= " target, cell(ours, digits) verdict,
		cell(qemu, digits), kvmtool, qemu_published
}

function both(label, unit, target, key, scale, kvmtool, published, digits) {
	row(label, unit, target, plain("tallyvm", key, scale),
		plain("qemu", key, scale), kvmtool, published, digits)
}

END {
	M = 1e6
	k = 1e3
	HVC_BYTES = 8192	# of l1.sh
	MB = 1e6 / 1024
	printf "| %-50s | %7s | %16s | %8s | %8s | %8s |\n", "figure",
		"target", "tallyvm", "QEMU 7.2", "kvmtool*", "QEMU*"
	print "|---|--:|--:|--:|--:|--:|"
	both("VM that powers off at once", "M", 1.3, "off.instructions", M,
		"1.79", "116", 2)
	both("- of it VMM", "M", "", "off.vmm", M, "0.27", "", 2)
	both("- of it host kernel", "M", "", "off.kernel", M, "1.53", "", 2)
	row("- more with --pmu", "M", 0.1, more("tallyvm", "pmu", "off", M),
		"-", "0.09", "", 2)
	row("- more with --pmu-counters=4", "M", "",
		more("tallyvm", "pmu4", "off", M), "-", "", "", 2)
	row("- more with --pmu-partition=4, kernel of kernel/", "M", 0.1,
		more("partition", "part4", "off", M), "-", "", "", 2)
	both("Linux, quiet, boot to power-off, 256 MB", "M", 33,
		"quiet.instructions", M, "36.2", "177.3", 1)
	both("- of it VMM", "M", "", "quiet.vmm", M, "0.38", "", 2)
	both("- of it host kernel", "M", "", "quiet.kernel", M, "8.4", "", 1)
	both("- of it guest", "M", "", "quiet.guest", M, "27.5", "42.4", 1)
	both("the same with the full log", "M", "", "log.instructions", M,
		"143.7", "316.7", 1)
	row("console byte of kernel log", "k", 8, per_byte("tallyvm", "log"),
		per_byte("qemu", "log"), "13.1", "15.8", 2)
	row("console byte written by user space", "k", "",
		per_byte("tallyvm", "tty"), per_byte("qemu", "tty"), "10.1",
		"16.2", 1)
	row("byte on virtio-console, written by user space", "k", 3,
		more("tallyvm", "hvc", "hvc0", HVC_BYTES * k),
		more("qemu", "hvc", "hvc0", HVC_BYTES * k), "168", "3.5", 1)
	both("MMIO read answered by the VMM", "k", 5.2, "mmio", k, "5.45",
		"5.94", 2)
	both("HVC answered by KVM", "k", "", "hvc", k, "0.98", "1.02", 2)
	both("disk: random read of 4 KiB, one at a time", "k", 26,
		"disk.depth1", k, "34-43", "36.3", 1)
	both("- 32 at a time", "k", 10.5, "disk.depth32", k, "11.4", "20.2", 2)
	both("- read in order, per MiB", "M", 0.65, "disk.mib", M, "0.67",
		"0.82", 3)
	both("- O_DSYNC write of 4 KiB", "k", 90, "disk.dsync", k, "104",
		"143", 1)
	both("by io_uring, ext4 on a loop device: one at a time", "k", "",
		"ring.depth1", k, "", "", 1)
	both("- 32 at a time", "k", "", "ring.depth32", k, "", "", 2)
	both("- read in order, per MiB", "M", "", "ring.mib", M, "", "", 3)
	both("- O_DSYNC write of 4 KiB", "k", "", "ring.dsync", k, "", "", 1)
	both("system calls to the first KVM_RUN", "", 110, "off.calls", 1,
		"144", "3650", 0)
	both("- of them ioctls", "", "", "off.ioctls", 1, "43", "2618", 0)
	both("page faults to the first KVM_RUN", "", "", "off.faults", 1, "77",
		"4805", 0)
	both("anonymous memory beside the guest's", "MB", 0.19,
		"spin.anonymous", MB, "0.19", "25.5", 2)
	both("RSS beside the guest's", "MB", "", "spin.rss", MB, "1.1", "48", 2)
	both("UDP packet of 64 bytes from the guest, tap", "k", 10,
		"tap.udp_out", k, "10.9", "14.5", 2)
	both("UDP packet of 64 bytes to the guest, tap", "k", 10,
		"tap.udp_in", k, "10.3", "12.6", 2)
	both("UDP round trip, tap", "k", 60, "tap.echo", k, "75", "92", 1)
	both("TCP from the guest, per MiB, tap", "M", "", "tap.tcp_out", M,
		"1.48", "1.49", 2)
	both("TCP to the guest, per MiB, tap", "M", "", "tap.tcp_in", M,
		"1.66", "2.14", 2)
	both("UDP packet of 64 bytes from the guest, vhost", "k", "",
		"vhost.udp_out", k, "10.3", "9.2", 2)
	both("UDP packet of 64 bytes to the guest, vhost", "k", "",
		"vhost.udp_in", k, "10.2", "10.7", 2)
	both("UDP round trip, vhost", "k", 50, "vhost.echo", k, "69", "50.5",
		1)
	both("TCP from the guest, per MiB, vhost", "M", 1.33, "vhost.tcp_out",
		M, "6.77", "1.34", 2)
	both("TCP to the guest, per MiB, vhost", "M", 1.47, "vhost.tcp_in", M,
		"1.49", "1.48", 2)
	for (key in failed)
		print "\nFAILED: " key >"/dev/stderr"
	if (missed)
		print "\nMISSED: " missed " targets" >"/dev/stderr"
	exit length(failed) > 0 || missed > 0
}
