#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernel.sh [CONFIGURATION...] - the cases that need the kernel of kernel/
#
# Configurations: fgt (QEMU's "max"), nofgt (a Neoverse N1: every access to the
# PMU traps), biglittle, all with -icount so that the host may sample; parallel:
# as fgt, on CPUs that really run at the same time.  With -debug after it, the
# kernel that looks for its own faults, which takes minutes instead of seconds.
# IMAGE=FILE is used instead of what scripts/kernel builds.  Otherwise as
# run.sh: a line for each result, RESULTS=FILE adds them there, logs are in
# build/logs.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"

cd "$TOP"
BUILD=${BUILD:-build/arm64-static}
STAGE=build/nested-kernel
LOGS=build/logs
GUEST_B=$BUILD/guest

build() {
	# shellcheck disable=SC2016 # for make
	make --no-print-directory -j"$(nproc)" ARCH=arm64 STATIC=1 B="$BUILD" \
		GUEST_B="$GUEST_B" GUESTS='pmu pmukeep' \
		GUEST_TOOLS='$(GUEST_B)/hostperf' all guests
}

stage() {
	rm -rf "$STAGE"
	mkdir -p "$STAGE"/{tests/cases,bin,guests} "$LOGS"
	cp tests/nested/lib.sh "$STAGE/tests/"
	cp tests/nested/l1.sh "$STAGE/run"
	cp tests/nested/kernel-cases/*.sh "$STAGE/tests/cases/"
	cp "$BUILD/tallyvm" "$STAGE/bin/"
	cp "$GUEST_B"/{pmu.bin,pmukeep.bin,hostperf} "$STAGE/guests/"
}

# QEMU by another name, for a CPU that scripts/rig does not offer.
cpu_model() {
	local real

	real=$(command -v qemu-system-aarch64)
	mkdir -p "$STAGE.qemu"
	cat >"$STAGE.qemu/qemu-system-aarch64" <<-END
	#!/bin/bash
	exec "$real" "\${@/#max/$1}"
	END
	chmod 755 "$STAGE.qemu/qemu-system-aarch64"
	PATH=$PWD/$STAGE.qemu:$PATH
}

boot() {
	local options=(--icount) topology=symmetric image sample=200000

	case $1 in
	*-debug*)	image=${IMAGE:-$(scripts/kernel --debug)/Image} ;;
	*)		image=${IMAGE:-$(scripts/kernel)/Image} ;;
	esac
	case $1 in
	nofgt*)		cpu_model neoverse-n1 ;;
	biglittle*)	options+=(--biglittle) topology=biglittle ;;
	parallel*)	options=() sample= ;;
	esac
	mkdir -p "$STAGE.env/tests"
	printf 'RIG_%s\n' KERNEL=6.12 GIC=3 "TOPO=$topology" \
		"SAMPLE=$sample" >"$STAGE.env/tests/env"
	scripts/rig --kernel "$image" --smp 4 --mem 3072 --timeout 3000 \
		--log "$LOGS/kernel-$1.log" "${options[@]}" "$STAGE" \
		"$STAGE.env"
}

# Results get the name of their configuration; a host that dies is a failure.
translate() {
	local line ended=''

	while IFS= read -r line; do
		case $line in
		"PASS "*|"FAIL "*|"SKIP "*)
			say "${line%% *} kernel/$1/${line#* }" ;;
		"DONE shared"*)
			ended=1 ;;
		esac
	done
	[ -n "$ended" ] || say "FAIL kernel/$1: the host died:" \
		"$(tail -n 3 "$LOGS/kernel-$1.log" | tr '\n' '|')"
}

[ $# -gt 0 ] || set -- fgt nofgt biglittle parallel
scripts/setup build cross rig
build
stage
FOUND=$(mktemp)
trap 'rm -f "$FOUND"' EXIT
for configuration; do
	say "== kernel/$configuration: an emulated host boots =="
	(boot "$configuration" || :) | translate "$configuration" |
		tee -a "$FOUND"
done
[ -z "${RESULTS:-}" ] || cat "$FOUND" >>"$RESULTS"
summary "$FOUND"
