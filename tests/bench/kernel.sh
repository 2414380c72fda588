#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernel.sh [--save] - what the PMU costs, emulated beside partitioned
#
# Two boots of an emulated arm64 host whose clock advances with the instructions
# it executes, so the figures depend on nothing of this machine: with the small
# Linux as it is, and with the patches of kernel/, there with an emulated and
# with a partitioned PMU.  kernel.awk has the rows and what they are to reach.
# --save puts the table into docs/kernel-bench.md.  IMAGE=FILE and PLAIN=FILE are
# used instead of what scripts/kernel builds.  Exit status: 1 if a row that is to
# reach something does not.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"

cd "$TOP"
DOC=docs/kernel-bench.md
BUILD=build/arm64-static
LOGS=build/logs

build() {
	scripts/setup build cross rig kernel
	progress "building tallyvm and the guests" make -j"$(nproc)" \
		ARCH=arm64 STATIC=1 B="$BUILD" GUEST_B="$BUILD/guest" all guests
	PERF=$(scripts/fetch perf)
	PLAIN=${PLAIN:-$(scripts/kernel --plain)/Image}
	IMAGE=${IMAGE:-$(scripts/kernel)/Image}
}

# archive INIT [DIR]: an initrd with a guest as its init, over DIR's files
archive() {
	rm -rf "$TMP/initrd"
	mkdir "$TMP/initrd"
	[ -z "${2:-}" ] || cp -a "$2/." "$TMP/initrd/"
	cp "$BUILD/guest/$1" "$TMP/initrd/init"
	(cd "$TMP/initrd" && find . | cpio -o -H newc -R 0:0 --quiet)
}

tree() {
	mkdir -p "$TMP/root"/{bin,guests,boot}
	cp "$BUILD/tallyvm" "$TMP/root/bin/"
	cp "$BUILD"/guest/{pmubench.bin,loadput,hostshare} "$TMP/root/guests/"
	archive linux-sample >"$TMP/root/boot/sample.cpio"
	archive linux-perf "$PERF" >"$TMP/root/boot/perf.cpio"
	cp tests/bench/kernel-l1.sh "$TMP/root/run"
}

# boot NAME IMAGE: the guest's kernel is the host's
boot() {
	mkdir -p "$TMP/$1/boot" "$LOGS"
	cp "$2" "$TMP/$1/boot/Image"
	say "COLUMNS=\"$3\"" >"$TMP/$1/columns"
	LOG="$TMP/$1.result" progress "measuring: $1" \
		scripts/rig --icount --smp 1 --mem 3072 --kernel "$2" \
		--timeout 7200 --log "$LOGS/bench-$1.log" "$TMP/root" "$TMP/$1"
}

report() {
	local rc=0

	awk -f tests/bench/kernel.awk "$TMP/plain.result" \
		"$TMP/patched.result" || rc=$?
	cat <<-END

	Instructions of the emulated host and its guest together, or exits or
	percent where the row says so. Made by \`tests/bench/kernel.sh\`, which
	\`make bench\` runs: tallyvm $(git describe --always --dirty \
		2>/dev/null || echo unknown), $(linux_version), emulated by
	QEMU $(qemu-system-aarch64 --version | sed -n '1s/.*version //p').
	END
	return "$rc"
}

linux_version() {
	grep -aoE 'Linux version [0-9.]+' "$IMAGE" | head -n 1
}

save() {
	awk -v new="$TMP/report" '
		/^<!-- table end -->/ { skip = 0 }
		!skip { print }
		/^<!-- table: / {
			while ((getline line <new) > 0)
				print line
			skip = 1
		}' "$DOC" >"$TMP/doc"
	cp "$TMP/doc" "$DOC"
}

[ "${1:-}" = --save ] || [ $# = 0 ] || die "usage: kernel.sh [--save]"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
build
tree
boot plain "$PLAIN" emulated
boot patched "$IMAGE" "emulated partitioned"
rc=0
report >"$TMP/report" || rc=$?
cat "$TMP/report"
[ "${1:-}" != --save ] || save
exit "$rc"
