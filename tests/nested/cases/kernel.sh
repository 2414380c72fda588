# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# kernel: the formats, and files that are not what they should be.
# hosts: 6.12-gicv3

log=/tmp/$CASE.log
dir=/tmp/$CASE
mkdir -p "$dir"

# good NAME FILE...: the guest greets and echoes
good() {
	name=$1
	shift
	echo hello >"$dir/in"
	timeout 60 tallyvm run "$@" <"$dir/in" >"$log" 2>&1
	VM_STATUS=$?
	expect "$name" 0 "$log" '^GUEST DONE'
}

# bad NAME FILE [ARGUMENT...]: refused in one line that names the file
bad() {
	name=$1
	shift
	run_vm "$log" "$@"
	expect "$name" 35 "$log" "$1"
	[ "$(wc -l <"$log")" = 1 ] || fail "$name-lines" "$(last_words "$log")"
}

good image /guests/hello.bin
good gzip /guests/hello.bin.gz
good flat /guests/flat.bin
good option-kernel --loglevel=debug --kernel=/guests/hello.bin
good small-memory -m 2M /guests/hello.bin
good high-memory -m "64M@0xc0000000" /guests/hello.bin

head -c 700 /guests/hello.bin.gz >"$dir/truncated.gz"
bad truncated-gzip "$dir/truncated.gz"
# image_size, bytes 16 to 23: more than any memory
{ head -c 16 /guests/hello.bin; printf '\377\377\377\377\377\377\377\177'
	tail -c +25 /guests/hello.bin; } >"$dir/liar"
bad lying-size "$dir/liar"
bad elf /bin/busybox
: >"$dir/empty"
bad empty "$dir/empty"
bad directory "$dir"
dd if=/dev/zero bs=1M count=64 2>/dev/null | gzip -1 >"$dir/bomb.gz"
bad gzip-bomb "$dir/bomb.gz" -m 16M

run_vm "$log" --kernel _NO_FILE_4Uhere_ --cpus 1 --nodefaults \
	--network mode=none --loglevel=warning
expect missing-kernel 35 "$log" \
	'Fatal: Unable to open kernel _NO_FILE_4Uhere_'

run_vm "$log" /guests/hello.bin --initrd "$dir/none"
expect missing-initrd 35 "$log" "$dir/none"
