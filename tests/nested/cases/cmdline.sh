# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# cmdline: dry run, files, device tree dump, and what runners of other
# monitors' tests say.
# hosts: 6.12-gicv3

log=/tmp/$CASE.log
dir=/tmp/$CASE
mkdir -p "$dir"

run_vm "$log" /guests/off.bin --dry-run --dev /dev/none -c 2 --pmu
expect dry-run 0 "$log" 'cpus *= *2'

cat >"$dir/guest.toml" <<END
kernel = "/guests/smp.bin"
cpus = 2
mem = "128M"
params = "cpus=2"
END
run_vm "$log" "$dir/guest.toml"
expect_guest toml 0 "$log"
run_vm "$log" --config "$dir/guest.toml" -c 3 -p cpus=3
expect_guest toml-overridden 0 "$log"
echo 'cpu = 2' >>"$dir/guest.toml"
run_vm "$log" "$dir/guest.toml"
expect toml-unknown-key 35 "$log" 'guest.toml:5:1.*cpus'

run_vm "$log" /guests/off.bin --dump-dtb="$dir/dtb" --pmu
expect dump-dtb 0 "$log" ''
magic=$(head -c 4 "$dir/dtb" | hexdump -v -e '1/1 "%02x"')
if [ "$magic" = d00dfeed ] && grep -q 'arm,armv8-pmuv3' "$dir/dtb" &&
		grep -q 'ns16550a' "$dir/dtb"; then
	pass dtb-content
else
	fail dtb-content "magic $magic, $(wc -c <"$dir/dtb") bytes"
fi

# kvm-unit-tests' way
run_vm "$log" --nodefaults --network mode=none --loglevel=warning \
	--kernel /guests/smp.bin --cpus 2 --params "cpus=2" --mem 128 --pmu
expect_guest lkvm-words 0 "$log"
if grep -vqE '^(PASS|INFO|GUEST DONE)' "$log"; then
	fail lkvm-quiet "$(grep -vE '^(PASS|INFO|GUEST)' "$log" | head -n 1)"
else
	pass lkvm-quiet
fi
tallyvm run --help | grep -q 'The most commonly used' ||
	tallyvm --help | grep -q 'The most commonly used' ||
	fail lkvm-help "no 'The most commonly used'"
