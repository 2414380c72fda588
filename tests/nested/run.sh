#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh [CONFIGURATION...] - the guest tests, in emulated arm64 hosts
#
# A configuration is KERNEL-gicN or KERNEL-biglittle, such as 6.12-gicv3.
# Each boots one host with four CPUs (scripts/rig), which runs every case of
# cases/ (l1.sh); CASES="NAME..." limits that.  Two hosts run at a time.  A
# line for each result, "PASS nested/CONFIGURATION/NAME", is printed as it
# comes; with RESULTS=FILE added there.  Logs are in build/logs.  Cases that want
# a small kernel for Linux guests get what scripts/kernel builds, or
# SMALL_IMAGE=FILE.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"
. "$(dirname "$0")/hosts.sh"

ALL=(6.12-gicv3 6.12-biglittle 6.1-gicv3 new-gicv3
	6.12-gicv2 6.1-gicv2 new-gicv2)
AT_ONCE=2
HOST_TIMEOUT=2400

cd "$TOP"
BUILD=${BUILD:-build/arm64-static}
STAGE=build/nested
LOGS=build/logs

build() {
	make --no-print-directory -j"$(nproc)" ARCH=arm64 STATIC=1 \
		B="$BUILD" GUEST_B="$BUILD/guest" all guests
}

# case_files CONFIGURATION: the cases to run there.  A line "# hosts: NAME..."
# in a case that proves the same everywhere names the few to run it on, and
# "# long-hosts: NAME..." those of "make test-long", which sets LONG.
case_files() {
	local file name hosts

	for file in tests/nested/cases/*.sh; do
		name=$(basename "$file" .sh)
		hosts=$(sed -n 's/^# hosts: *//p' "$file")
		[ -z "${LONG:-}" ] ||
			hosts+=" $(sed -n 's/^# long-hosts: *//p' "$file")"
		hosts=${hosts## }
		if [[ -z "${CASES:-}" || " $CASES " == *" $name "* ]] &&
		   [[ -z "$hosts" || " $hosts " == *" $1 "* ]]; then
			say "$file"
		fi
	done
}

# need_small CONFIGURATION...: whether a case to run wants the small kernel.
need_small() {
	local configuration

	for configuration; do
		case_files "$configuration" |
			xargs -r grep -q '^# needs:.* small-kernel' && return 0
	done
	return 1
}

# What all hosts share goes into one tree, the rest into one for each.
stage() {
	local common=$STAGE/common file

	rm -rf "$STAGE"
	mkdir -p "$common"/{tests,bin,guests} "$LOGS"
	cp tests/nested/lib.sh tests/nested/kernels.table "$common/tests/"
	cp tests/nested/l1.sh "$common/run"
	cp "$BUILD/tallyvm" "$common/bin/"
	for file in "$BUILD"/guest/*; do
		case $file in
		*.o|*.d|*.elf|*.a) ;;
		*) [ ! -f "$file" ] || cp "$file" "$common/guests/" ;;
		esac
	done
}

# For the kernel's own guests: drivers that are not built in.
GUEST_MODULES=(virtio_mmio virtio_blk virtio_net virtio_rng virtio_balloon
	vmw_vsock_virtio_transport ext4 crc32c_generic)

# linux_guest KERNEL FILE: an initramfs with busybox, these modules, the scripts
# of guest/ and the tools of tests/guest.
linux_guest() {
	local root=$2.d kernel

	kernel=$(scripts/fetch kernel "$1")
	mkdir -p "$root"/{bin,run,proc,sys,dev,tmp,lib/modules}
	cp "$(scripts/fetch busybox)/busybox" "$BUILD/guest/vsock" "$root/bin/"
	cp tests/nested/guest/* "$root/run/"
	install -m 755 tests/nested/guest/init "$root/init"
	scripts/pick-modules "$kernel/modules" \
		"$root/lib/modules/$(cat "$kernel/version")" \
		"${GUEST_MODULES[@]}"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$2"
	rm -rf "$root"
}

# stage_one CONFIGURATION: its kernel and what the cases may know of it.
stage_one() {
	local dir=$STAGE/$1 kernel=${1%-*} gic=3 topology=symmetric

	case $1 in
	*-gicv2)	gic=2 ;;
	*-biglittle)	topology=biglittle ;;
	esac
	mkdir -p "$dir"/{boot,tests/cases,guests}
	case_files "$1" | xargs -r cp -t "$dir/tests/cases"
	ln -f "$(scripts/fetch kernel "$kernel")/Image" "$dir/boot/" 2>/dev/null ||
		cp "$(scripts/fetch kernel "$kernel")/Image" "$dir/boot/"
	if grep -qs '^# needs: tools' "$dir"/tests/cases/*.sh; then
		scripts/l1-tools --kernel "$kernel" "$dir"
		linux_guest "$kernel" "$dir/guests/busybox.cpio"
	fi
	printf 'RIG_%s\n' "KERNEL=$kernel" "GIC=$gic" "TOPO=$topology" \
		"STOCK=${LONG:-}" >"$dir/tests/env"
}

# shellcheck disable=SC2317 # called by run_host
boot() {
	local options=()

	case $1 in
	*-gicv2)	options+=(--gic 2) ;;
	*-biglittle)	options+=(--biglittle) ;;
	esac
	scripts/rig --kernel "$STAGE/$1/boot/Image" --smp 4 --mem 3072 \
		--timeout "$HOST_TIMEOUT" --log "$LOGS/nested-$1.log" \
		"${options[@]}" "$STAGE/common" "$STAGE/$1"
}

[ $# -gt 0 ] || set -- "${ALL[@]}"
build
stage
if need_small "$@"; then
	cp "${SMALL_IMAGE:-$(scripts/kernel)/Image}" \
		"$STAGE/common/guests/small.Image"
fi
FOUND=$(mktemp)
trap 'rm -f "$FOUND"' EXIT
for configuration; do
	stage_one "$configuration"
done
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
for configuration; do
	while [ "$(jobs -pr | wc -l)" -ge "$AT_ONCE" ]; do
		wait -n || :
	done
	run_host nested "$configuration" &
done
wait
[ -z "${RESULTS:-}" ] || cat "$FOUND" >>"$RESULTS"
summary "$FOUND"
