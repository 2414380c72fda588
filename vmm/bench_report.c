// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_report - what was measured; the contract is in bench_report.h
 */
#include "bench_report.h"

#include <errno.h>

#include "json.h"
#include "table.h"
#include "util.h"

static const char op_names[][20] = {
	[BENCH_CYCLES_READ] = "pmccntr-read",
	[BENCH_COUNTER_READ] = "pmevcntr-read",
	[BENCH_COUNTER_WRITE] = "pmevcntr-write",
	[BENCH_TYPE_WRITE] = "pmevtyper-write",
	[BENCH_ENABLE] = "pmcntenset-write",
	[BENCH_OVERFLOW_CLEAR] = "pmovsclr-write",
	[BENCH_SW_INCR] = "pmswinc-write",
	[BENCH_OVERFLOW] = "overflow",
};
_Static_assert(ARRAY_SIZE(op_names) == BENCH_OP_NUM, "one for each");

const char *bench_op_name(enum bench_op op)
{
	return op_names[op];
}

int bench_cell_make(const struct check_words *words, int64_t exits,
		    struct bench_cell *ret)
{
	uint64_t val[INFO_NUM], ticks;
	unsigned int i;

	for (i = 0; i < INFO_NUM; i++) {
		if (!words->info[i].given)
			return -EBADMSG;
		val[i] = words->info[i].value;
	}
	if (!val[INFO_TURNS] || !val[INFO_FREQ] || !val[INFO_OPS])
		return -EBADMSG;
	/* less than an empty loop is the noise of the clock */
	ticks = val[INFO_TICKS] > val[INFO_EMPTY] ?
		val[INFO_TICKS] - val[INFO_EMPTY] : 0;
	*ret = (struct bench_cell){
		.known = true,
		.ns = (double)ticks * 1e9 / (double)val[INFO_FREQ] /
		      (double)val[INFO_TURNS],
		.exits = exits < 0 ? -1 :
			 (double)exits / (double)val[INFO_OPS],
	};
	return 0;
}

bool bench_report_known(const struct bench_report *r)
{
	unsigned int mode, op;

	for (mode = 0; mode < PMU_MODE_NUM; mode++)
		for (op = 0; op < BENCH_OP_NUM; op++)
			if (r->cell[mode][op].known)
				return true;
	return false;
}

static void add_cell(struct table *t, const struct bench_cell *cell)
{
	if (cell->known)
		table_add(t, "%.1f", cell->ns);
	else
		table_add(t, "-");
	if (cell->known && cell->exits >= 0)
		table_add(t, "%.2f", cell->exits);
	else
		table_add(t, cell->known ? "?" : "-");
}

int bench_report_text(const struct bench_report *r, FILE *out)
{
	static const char *const heads[] = {
		"ACCESS", "EMULATED ns", "exits", "PARTITIONED ns", "exits",
	};
	unsigned int op, mode;
	struct table t;
	int err;

	fprintf(out, "%s: time and exits for each access\n\n", r->pmu);
	table_init(&t, heads, ARRAY_SIZE(heads));
	for (op = 0; op < BENCH_OP_NUM; op++) {
		table_add(&t, "%s", op_names[op]);
		add_cell(&t, &r->cell[PMU_MODE_EMULATED][op]);
		add_cell(&t, &r->cell[PMU_MODE_PARTITIONED][op]);
	}
	err = table_print(&t, out);
	table_fini(&t);
	for (mode = 0; !err && mode < PMU_MODE_NUM; mode++)
		if (*r->why[mode])
			fprintf(out, "\n%s: %s\n",
				pmu_mode_name((enum pmu_mode)mode),
				r->why[mode]);
	return err;
}

static json_t *json_cell(const struct bench_cell *cell)
{
	if (!cell->known)
		return json_null();
	return json_pack("{sf,so}", "ns", cell->ns, "exits",
			 cell->exits < 0 ? json_null() :
					   json_real(cell->exits));
}

static json_t *json_mode(const struct bench_report *r, enum pmu_mode mode)
{
	json_t *cells = json_object();
	unsigned int op;

	for (op = 0; op < BENCH_OP_NUM; op++)
		json_object_set_new(cells, op_names[op],
				    json_cell(&r->cell[mode][op]));
	return json_pack("{so,so,so}",
		"counters", r->counters[mode] == PMU_COUNTERS_ALL ?
			    json_null() : json_integer(r->counters[mode]),
		"why_not", json_out_text(r->why[mode]), "accesses", cells);
}

int bench_report_json(const struct bench_report *r, FILE *out, struct err *e)
{
	return json_out_print(json_pack("{so,so,so}",
		"pmu", json_out_text(r->pmu),
		"emulated", json_mode(r, PMU_MODE_EMULATED),
		"partitioned", json_mode(r, PMU_MODE_PARTITIONED)), out, e);
}
