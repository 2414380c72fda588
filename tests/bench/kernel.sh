#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernel.sh - what the PMU costs a guest, emulated beside partitioned
#
# One boot of an emulated arm64 host with the kernel of kernel/ (IMAGE=FILE for
# another), whose clock advances with the instructions it executes: "COST name
# emulated partitioned", in instructions, or in permille where the name says so.
# tests/guest/pmubench.c and linux-sample.c are the guests.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"

cd "$TOP"
BUILD=build/arm64-static
GUEST_B=$BUILD/guest
CROSS=aarch64-linux-gnu-
[ "$(host_arch)" != arm64 ] || CROSS=

build() {
	scripts/setup build cross rig
	# shellcheck disable=SC2016 # for make
	progress "building tallyvm and the guests" make -j"$(nproc)" \
		ARCH=arm64 STATIC=1 B="$BUILD" GUEST_B="$GUEST_B" \
		GUESTS=pmubench GUEST_TOOLS='$(GUEST_B)/hostperf' all guests
	IMAGE=${IMAGE:-$(scripts/kernel)/Image}
}

linux_guest() {
	mkdir -p "$TMP/initrd"
	"${CROSS}gcc" -std=gnu11 -O2 -D_GNU_SOURCE -static -s \
		-o "$TMP/initrd/init" tests/guest/linux-sample.c
	(cd "$TMP/initrd" && echo init | cpio -o -H newc -R 0:0 --quiet)
}

tree() {
	mkdir -p "$TMP/root"/{bin,guests,boot}
	cp "$BUILD/tallyvm" "$TMP/root/bin/"
	cp "$GUEST_B/pmubench.bin" "$TMP/root/guests/"
	cp "$IMAGE" "$TMP/root/boot/Image"
	linux_guest >"$TMP/root/boot/sample.cpio"
	cat >"$TMP/root/run" <<-'END'
	costs() { tr -d '\r' | grep -E '^(COST|FAIL)'; }
	for pmu in "--pmu --pmu-counters=4" --pmu-partition=4; do
		echo "# $pmu"
		tallyvm run /guests/pmubench.bin $pmu 2>&1 | costs
		tallyvm run /boot/Image --initrd /boot/sample.cpio --mem 256 \
			--params quiet $pmu 2>&1 | costs
	done
	END
}

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
build
tree
scripts/rig --icount --smp 1 --kernel "$IMAGE" --timeout 1200 "$TMP/root" \
	>"$TMP/result" || { cat "$TMP/result"; exit 1; }
awk '/^# / { n++ }
	$1 == "FAIL" { print; bad = 1 }
	$1 == "COST" && n == 1 { emulated[$2] = $3 }
	$1 == "COST" && n == 2 {
		printf "COST %-32s %14s %14s\n", $2, emulated[$2], $3
		seen = 1
	}
	END { exit bad || !seen }' "$TMP/result"
