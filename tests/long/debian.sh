#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# debian.sh [RELEASE...] - stock Debian guests (12, 13) on virtio devices
#
# For each release one emulated host, in which the guest of scripts/guest-image
# boots with two kernels on both transports (debian-l1.sh).  A line for each
# result, "PASS debian-RELEASE/CASE/NAME", is printed as it comes; with
# RESULTS=FILE added there.  COMBINATIONS="KERNEL-TRANSPORT..." limits them,
# MIB=N changes how much is copied.  Logs are in build/logs.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"
cd "$TOP"

ALL="6.12-pci 6.12-mmio new-pci new-mmio crash-pci crash-mmio"
COMBINATIONS=${COMBINATIONS:-$ALL}
MIB=${MIB:-1024}
BUILD=${BUILD:-build/arm64-static}
HOST_TIMEOUT=14400
LOGS=build/logs

# stage RELEASE: what the host has in memory, and on a disk what is large.
stage() {
	local image

	image=$(scripts/guest-image "$1")
	mkdir -p "$TMP/$1"/{tests/guest,bin} "$TMP/seed-$1"
	cp tests/nested/lib.sh "$TMP/$1/tests/"
	cp tests/long/guest/* "$TMP/$1/tests/guest/"
	cp tests/long/debian-l1.sh "$TMP/$1/run"
	cp "$BUILD/tallyvm" "$TMP/$1/bin/"
	printf '%s\n' "COMBINATIONS='$COMBINATIONS'" "MIB=$MIB" \
		"RELEASE=$1" >"$TMP/$1/tests/env"
	scripts/l1-tools "$TMP/$1"
	cp -r "$image"/{6.12,new,repository} "$TMP/seed-$1/"
	mke2fs -q -t ext4 -E root_owner=0:0 -d "$TMP/seed-$1" \
		"$TMP/files-$1" 16G
	ln -s "$image/disk" "$TMP/disk-$1"
}

boot() {
	scripts/rig --smp 2 --mem 3072 --timeout "$HOST_TIMEOUT" \
		--log "$LOGS/debian-$1.log" --disk "$TMP/disk-$1" \
		--disk "$TMP/files-$1" "$TMP/$1"
}

# translate RELEASE: a combination that never ended is a failure.
translate() {
	local line case done=' '

	while IFS= read -r line; do
		case $line in
		"PASS "*|"FAIL "*|"SKIP "*)
			say "${line%% *} debian-$1/${line#* }" ;;
		"DONE "*)
			say "== debian-$1/${line#DONE } ==" >&2
			line=${line#DONE }
			done+="${line%% *} " ;;
		esac
	done
	for case in $COMBINATIONS; do
		[[ "$done" == *" $case "* ]] ||
			say "FAIL debian-$1/$case: the host died:" \
				"$(tail -n 3 "$LOGS/debian-$1.log" | tr '\n' '|')"
	done
}

[ $# -gt 0 ] || set -- 12 13
scripts/setup build cross rig
progress "building tallyvm" make ARCH=arm64 STATIC=1 B="$BUILD"
mkdir -p "$LOGS"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
FOUND=$TMP/found
for release; do
	stage "$release"
	say "== debian-$release: an emulated host boots =="
	{ boot "$release" || :; } | translate "$release" | tee -a "$FOUND"
done
[ -z "${RESULTS:-}" ] || cat "$FOUND" >>"$RESULTS"
summary "$FOUND"
