#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernel.sh [CONFIGURATION...] - the cases that need the kernel of kernel/
#
# Configurations: fgt (QEMU's "max"), nofgt (a Neoverse N1: every access to the
# PMU traps), biglittle (two PMUs), with -icount so that the host may sample;
# parallel, nofgt-parallel, biglittle-parallel: the same on CPUs that really run
# at the same time; reserved: as parallel, with counters that are for guests only.
# With -debug after it, the kernel that looks for its own faults.  A case's line
# "# hosts:" has the configurations that it is for.  LONG=1, for "make test-long":
# with more turns.
#
# IMAGE=FILE is used instead of what scripts/kernel builds, CASES="NAME..."
# limits the cases.  Two hosts run at a time.  Otherwise as run.sh: a line for
# each result, RESULTS=FILE adds them there, logs are in build/logs.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"
. "$(dirname "$0")/hosts.sh"

ALL=(nofgt parallel biglittle-parallel nofgt-parallel fgt biglittle reserved)
AT_ONCE=2
HOST_TIMEOUT=3000

cd "$TOP"
BUILD=${BUILD:-build/arm64-static}
STAGE=build/nested-kernel
LOGS=build/logs

build() {
	make --no-print-directory -j"$(nproc)" ARCH=arm64 STATIC=1 \
		B="$BUILD" GUEST_B="$BUILD/guest" all guests
}

# common CONFIGURATION: which of the cases for every kernel to run there
common() {
	case $1 in
	parallel*)	say pmu-list pmu-doctor pmu-check pmu-bench \
				pmu-hostile ;;
	nofgt-parallel*) say pmu-list pmu-bench pmu-hostile ;;
	esac
}

# wanted FILE CONFIGURATION: by its line "# hosts:"
wanted() {
	local hosts

	hosts=$(sed -n 's/^# hosts: *//p' "$1")
	[[ -z "$hosts" || " $hosts " == *" ${2%-debug} "* ]]
}

for_configuration() {
	local file name

	for name in $(common "$1"); do
		say "tests/nested/cases/$name.sh"
	done
	for file in tests/nested/kernel-cases/*.sh; do
		! wanted "$file" "$1" || say "$file"
	done
}

case_files() {
	local file name

	for_configuration "$1" | while read -r file; do
		name=$(basename "$file" .sh)
		[[ -n "${CASES:-}" && " $CASES " != *" $name "* ]] || say "$file"
	done
}

stage() {
	local common=$STAGE/common

	rm -rf "$STAGE"
	mkdir -p "$common"/{tests,bin,guests} "$LOGS"
	cp tests/nested/lib.sh tests/nested/kernels.table "$common/tests/"
	cp tests/nested/l1.sh "$common/run"
	cp "$BUILD/tallyvm" "$common/bin/"
	find "$BUILD/guest" -maxdepth 1 -type f ! -name '*.elf' -exec \
		cp -t "$common/guests" {} +
	cp "$SELFTESTS"/* "$common/guests/"
}

# image CONFIGURATION: the Image to boot
image() {
	if [ -n "${IMAGE:-}" ]; then
		say "$IMAGE"
	elif [[ $1 == *-debug ]]; then
		say "$(scripts/kernel --debug)/Image"
	else
		say "$(scripts/kernel)/Image"
	fi
}

# shellcheck disable=SC2317 # called by run_host
boot() {
	local options=(--icount) topology=symmetric sample=200000 kernel=pmu
	local dir=$STAGE/$1 slow=${LONG:-}

	[[ $1 != *parallel* && $1 != reserved* ]] || options=() sample=
	case $1 in
	*nofgt*)	options+=(--cpu neoverse-n1) kernel=pmu-nofgt ;;
	*biglittle*)	options+=(--biglittle) topology=biglittle ;;
	reserved*)	options+=(--append arm_pmuv3.reserved_guest_counters=4) ;;
	esac
	[[ $1 != *-debug ]] || slow=1
	mkdir -p "$dir"/{boot,tests/cases}
	case_files "$1" | xargs -r cp -t "$dir/tests/cases"
	cp "$(image "$1")" "$dir/boot/Image"
	printf 'RIG_%s\n' "KERNEL=$kernel" GIC=3 "TOPO=$topology" \
		"SAMPLE=$sample" "LONG=${LONG:-}" "SLOW=$slow" \
		>"$dir/tests/env"
	scripts/rig --kernel "$dir/boot/Image" --smp 4 --mem 3072 \
		--timeout "${slow:+2}$HOST_TIMEOUT" --log "$LOGS/kernel-$1.log" \
		"${options[@]}" "$STAGE/common" "$dir"
}

# prepare CONFIGURATION...: what takes long, with progress shown
prepare() {
	local configuration

	scripts/setup build cross rig kernel
	build
	SELFTESTS=$(scripts/kernel --selftests)
	for configuration; do
		image "$configuration" >/dev/null
	done
	stage
}

[ $# -gt 0 ] || set -- "${ALL[@]}"
FOUND=$(mktemp)
trap 'rm -f "$FOUND"' EXIT
prepare "$@"
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
for configuration; do
	while [ "$(jobs -pr | wc -l)" -ge "$AT_ONCE" ]; do
		wait -n || :
	done
	run_host kernel "$configuration" &
done
wait
[ -z "${RESULTS:-}" ] || cat "$FOUND" >>"$RESULTS"
summary "$FOUND"
