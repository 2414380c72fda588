# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# pmu-plan: plans of this host, alone, together and beside running guests, and
# that guests are placed as planned.
# hosts: 6.12-gicv3 6.12-biglittle 6.1-gicv3 new-gicv3
# long-hosts: 6.12-gicv2 6.1-gicv2

log=/tmp/$CASE.log
out=/tmp/$CASE.out
export XDG_RUNTIME_DIR="/tmp/$CASE.run"
mkdir -m 700 "$XDG_RUNTIME_DIR"
HOST_MAX=6

# plan NAME STATUS PATTERN ARGUMENT...: its output has a line that matches.
plan() {
	name=$1 status=$2 pattern=$3
	shift 3
	tallyvm pmu plan "$@" >"$out" 2>&1
	got=$?
	if [ "$got" != "$status" ]; then
		fail "$name" "exit status $got: $(last_words "$out")"
	elif ! grep -qE -- "$pattern" "$out"; then
		fail "$name" "no '$pattern' in: $(last_words "$out")"
	else
		pass "$name"
	fi
}

# cpus_of PID: where its vCPUs may run, each once.
cpus_of() {
	for t in /proc/"$1"/task/*; do
		grep -q '^vcpu' "$t/comm" &&
			sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' \
				"$t/status"
	done | sort -u | tr '\n' ' '
}

plan counters 0 " $HOST_MAX\$" --pmu
plan left 0 "partitioned +2 +$((HOST_MAX - 2)) " --pmu-partition=2 \
	--pmu-host-reserve=1
plan arithmetic 35 \
	"5 event counters .*\+ 2 .*= 7, and .* has $HOST_MAX: 1 too many" \
	--pmu-partition=5 --pmu-host-reserve=2
plan unknown-name 35 'no PMU and no core of that name' --pmu-cluster=nonsense
plan no-pmu 0 'nothing to plan' -c 2
plan json 0 '"counters": 6' --json --pmu
[ ! -d "$XDG_RUNTIME_DIR/tallyvm" ] || fail nothing-started "there is a registry"

# The kernel has the last word, with the same arithmetic.
run_vm "$log" /guests/pmu.bin --pmu-partition=5 --pmu-host-reserve=2
expect run-arithmetic 35 "$log" '= 7, and .*: 1 too many'

printf 'name = "a"\ncpus = 2\n[pmu]\ncluster = "auto"\n' >/tmp/a.toml
printf 'name = "b"\ncpus = 2\n[pmu]\ncluster = "auto"\n' >/tmp/b.toml
printf 'name = "c"\ncpus = 2\n[pmu]\ncluster = "auto"\n' >/tmp/c.toml
plan two 0 '^b +1 +[0-3] ' /tmp/a.toml /tmp/b.toml
grep -q collide "$out" && fail two-apart "$(last_words "$out")"
plan three 0 'collide: they take turns on' /tmp/a.toml /tmp/b.toml /tmp/c.toml

# Two guests started one after the other do not share a CPU either.
start_vm "$log" --kernel=/guests/spin.bin /tmp/a.toml
first=$VM_PID
wait_count "$log" SPINNING 1 30
plan beside 0 '^a +[0-9]+ +2 +' /tmp/b.toml
start_vm "$log.b" --kernel=/guests/spin.bin /tmp/b.toml
wait_count "$log.b" SPINNING 1 30
a=$(cpus_of "$first") b=$(cpus_of "$VM_PID")
end_vm TERM 20
kill "$first"
wait "$first" 2>/dev/null
case "$a/$b" in
'0 1 /2 3 '|'2 3 /0 1 ')	pass balanced ;;
*)				fail balanced "vCPUs on $a and on $b" ;;
esac
if [ "$RIG_TOPO" = biglittle ]; then
	plan by-pmu 0 '^guest +0 +2 ' -c 2 --pmu-cluster=armv8_cortex_a72
fi
