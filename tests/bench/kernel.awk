# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernel.awk - the table of kernel.sh
#
# Reads what kernel-l1.sh printed with the kernel as it is, then with the
# patches, and prints a row for each figure.  A row's aim is the most that a
# partitioned PMU may take: a number, a part of what emulation takes ("/3"), a
# number more than another row ("over NAME 100"), or some permille more than with
# an emulated PMU in the same state ("as-emulated 2"); or the most that the
# patches, not in use, may add to what the kernel takes without them, in permille
# ("unused 2").

function row(name, title, aim)
{
	names[++rows] = name
	titles[name] = title
	aims[name] = aim
}

function heading(title)
{
	names[++rows] = ""
	titles[rows] = title
}

BEGIN {
	heading("An access")
	row("pmccntr-read", "PMCCNTR, read", 4)
	row("pmevcntr-read", "PMEVCNTR, read", 4)
	row("pmevcntr-write", "PMEVCNTR, write", 4)
	row("pmevtyper-write", "PMEVTYPER, write", 1500)
	row("pmcntenset-write", "PMCNTENSET, write", 4)
	row("pmcnten-set-and-clear", "PMCNTENSET and PMCNTENCLR, write", 5)
	row("pmintenset-write", "PMINTENSET, write", 4)
	row("pmcr-read", "PMCR, read", 4)
	row("pmcr-write", "PMCR, write", 1420)
	row("pmswinc-write", "PMSWINC, write", 4)
	row("pmselr-write", "PMSELR, write", 4)
	row("pmovsclr-read", "PMOVSCLR, read")
	row("pmovsclr-write", "PMOVSCLR, write", 1475)
	row("reschedule", "one event off a counter, another on", 5878)
	row("exits-100000-reads", "exits for 100,000 reads of PMCCNTR", 100)
	heading("From overflow to the handler's first instruction")
	row("cycle-overflow", "PMCCNTR", 4942)
	row("swinc-overflow", "PMSWINC", 2952)
	heading("KVM_RUN until the guest's store to user space")
	row("run-no-pmu", "VM without a PMU", "unused 2")
	row("run-untouched", "PMU that the guest never touched", "as-emulated 2")
	row("run-stopped", "PMU with no counter enabled", "as-emulated 2")
	for (i = 1; i <= 6; i++)
		row("run-counting-" i, i " and cycles enabled", \
		    "over run-no-pmu " 230 + 83 * i)
	for (i = 0; i <= 6; i += 2)
		row("run-host-events-" i, \
		    "6 and cycles enabled, " i " host events on the CPU")
	row("run-two-in-turn", "two VMs in turn, 4 and cycles enabled")
	row("hvc", "for comparison: a call that KVM answers", "unused 2")
	heading("Linux guest")
	row("linux-sample", "one sample of an event", 12000)
	row("linux-read-event", "read() of an event")
	row("linux-15-events-permille", \
	    "15 sampling events on 4 counters, slower by permille")
	heading("Linux guest, gzip of perf itself, millions")
	row("gzip", "alone")
	row("record-15-events-1000-Hz", "perf record, 15 events, -F 1000")
	row("record-15-events-4000-Hz", "perf record, 15 events, -F 4000")
	row("record-4000-Hz", "perf record, 1 event, -F 4000")
	row("stat-15-events", "perf stat, 15 events")
	heading("The host's share of that, percent")
	row("share-gzip", "alone")
	row("share-record-15-events-1000-Hz", \
	    "perf record, 15 events, -F 1000", "/3")
	row("share-record-15-events-4000-Hz", \
	    "perf record, 15 events, -F 4000", "/3")
	row("share-record-4000-Hz", "perf record, 1 event, -F 4000", "/3")
	row("share-stat-15-events", "perf stat, 15 events", "/3")
}

FNR == 1 { file++ }
/^# / { column = file == 1 ? "plain" : $2 }
$1 == "COST" { val[column, $2] = $3 + 0 }
$1 == "SHARE" {
	val[column, $2] = $3 + $4
	val[column, "share-" $2] = 100 * $3 / ($3 + $4)
}
$1 == "FAIL" { print; bad = 1 }

# The aim in numbers, or nothing
function limit(name,   aim, word)
{
	aim = aims[name]
	split(aim, word, " ")
	if (word[1] == "unused")
		return val["plain", name] * (1 + word[2] / 1000)
	if (word[1] == "over")
		return val["partitioned", word[2]] + word[3]
	if (word[1] == "as-emulated")
		return val["emulated", name] * (1 + word[2] / 1000)
	if (substr(aim, 1, 1) == "/")
		return val["emulated", name] / substr(aim, 2)
	return aim
}

function number(name, x)
{
	if (x == "")
		return "-"
	if (name ~ /^share/)
		return sprintf("%.1f", x)
	if (name ~ /^(gzip|record|stat)/)
		return sprintf("%.0f", x / 1e6)
	return sprintf("%.0f", x)
}

function verdict(name,   most, got)
{
	if (aims[name] == "")
		return ""
	most = limit(name)
	got = val[aims[name] ~ /^unused/ ? "emulated" : "partitioned", name]
	if (got == "") {
		bad = 1
		return "not measured"
	}
	if (got > most) {
		bad = 1
		return "<= " number(name, most) ": missed"
	}
	return "<= " number(name, most) ": met"
}

END {
	printf "| %s | 6.12 | emulated | partitioned | aim |\n", "figure"
	printf "|---|--:|--:|--:|---|\n"
	for (i = 1; i <= rows; i++) {
		name = names[i]
		if (name == "") {
			printf "| **%s** | | | | |\n", titles[i]
			continue
		}
		printf "| %s | %s | %s | %s | %s |\n", titles[name], \
			number(name, val["plain", name]), \
			number(name, val["emulated", name]), \
			number(name, val["partitioned", name]), verdict(name)
	}
	exit bad
}
