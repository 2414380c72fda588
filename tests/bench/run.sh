#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh [--save] - what tallyvm costs, in instructions, beside QEMU
#
# Both run in one boot of an emulated arm64 host whose clock advances with the
# instructions it executes, so the figures depend on nothing of this machine.
# Host and guest kernel are the small Linux of "scripts/kernel --plain".  --save
# puts the table into docs/bench.md, between its two markers.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"
cd "$TOP"

DOC=docs/bench.md
BEGIN="<!-- table: written by tests/bench/run.sh --save -->"
END="<!-- table end -->"
OUT=build/arm64-static/bench
CROSS=aarch64-linux-gnu-
[ "$(host_arch)" != arm64 ] || CROSS=

build() {
	scripts/setup build cross rig
	progress "building tallyvm" make ARCH=arm64 STATIC=1
	progress "building the guests" make -f tests/bench/bench.mk \
		BENCH_B="$OUT" CROSS_COMPILE="$CROSS"
	KERNEL=$(scripts/kernel --plain)
	PARTITION=$(scripts/kernel)
	QEMU=$(scripts/fetch qemu)
}

# What is laid over the emulated host's root.
tree() {
	mkdir -p "$TMP/root/bench/guest" "$TMP/root/bin"
	cp tests/bench/l1.sh "$TMP/root/run"
	cp build/arm64-static/tallyvm "$TMP/root/bin/"
	cp "$OUT/measure" "$OUT/linux.cpio" "$KERNEL/Image" "$TMP/root/bench/"
	cp "$OUT"/guest/{off,spin,exits}.bin "$TMP/root/bench/guest/"
}

# shellcheck disable=SC2317 # called by progress
measure() {
	scripts/rig --icount --smp 1 --mem 3072 --timeout 3000 \
		--kernel "$KERNEL/Image" --log "$OUT/console.log" \
		"$TMP/root" "$QEMU" >"$TMP/result"
	mkdir -p "$TMP/partition/bench"
	touch "$TMP/partition/bench/partition"
	scripts/rig --icount --smp 1 --mem 3072 --timeout 600 \
		--kernel "$PARTITION/Image" --log "$OUT/partition.log" \
		"$TMP/root" "$TMP/partition" >>"$TMP/result"
}

linux_version() {
	sed -n 's/^# Linux.* \([0-9.]*\) Kernel.*/\1/p' "$KERNEL/config"
}

emulator() { qemu-system-aarch64 --version | sed -n '1s/.*version //p'; }

report() {
	local table rc=0

	table=$(awk -f tests/bench/table.awk "$TMP/result") || rc=$?
	say "$table"
	cat <<-END

	M = 10^6 instructions, k = 10^3, of the emulated host and its guest
	together. Made by \`make bench\`: tallyvm $(git describe --always \
		--dirty 2>/dev/null || echo unknown),
	Linux $(linux_version) of kernel/config.small as host and guest,
	emulated by QEMU $(emulator); beside it Debian 12's QEMU 7.2.
	\* published for kvmtool of 2026-06-25 and QEMU 7.2, same method.
	END
	return "$rc"
}

save() {
	local old line

	[ -e "$DOC" ] || printf '# Figures\n\n%s\n%s\n' "$BEGIN" "$END" >"$DOC"
	for line in "$BEGIN" "$END"; do
		grep -qxF "$line" "$DOC" || die "$DOC: lacks the line '$line'"
	done
	old=$(awk -v begin="$BEGIN" -v end="$END" -v new="$1" '
		$0 == end { skip = 0 }
		!skip { print }
		$0 == begin {
			while ((getline line <new) > 0)
				print line
			skip = 1
		}' "$DOC")
	printf '%s\n' "$old" >"$DOC"
	say "written to $DOC"
}

case ${1:-} in
""|--save) ;;
*) die "usage: run.sh [--save]" ;;
esac
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
build
tree
progress "measuring, ten minutes or so" measure ||
	die "the measurement did not end: see $OUT/console.log"
report >"$TMP/report" || failed=1
cat "$TMP/report"
[ "${1:-}" != --save ] || save "$TMP/report"
exit "${failed:-0}"
