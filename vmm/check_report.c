// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_report - what was found; the contract is in check_report.h
 */
#include "check_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "json.h"
#include "util.h"

static const struct {
	char name[16];
	char claim[56];
} checks[] = {
	[CHECK_START] = { "start", "such a guest can be made" },
	[CHECK_N] = { "n", "the number of counters is the one asked for" },
	[CHECK_COUNTING] = { "counting", "every counter counts" },
	[CHECK_CYCLES] = { "cycles", "the cycle counter only goes forward" },
	[CHECK_RATIO] = { "ratio", "cycles and instructions are in proportion" },
	[CHECK_SWINC] = { "swinc", "software increments are exact" },
	[CHECK_OVERFLOW] = { "overflow", "each overflow gives one interrupt" },
	[CHECK_BEYOND] = { "beyond", "counters beyond the number do not exist" },
	[CHECK_FILTER] = { "filter", "the event filter holds" },
	[CHECK_PREEMPTION] = { "preemption", "values survive preemption" },
	[CHECK_MIGRATION] = { "migration", "values survive migration" },
	[CHECK_HOST] = { "host", "the host's own counting is not disturbed" },
};
_Static_assert(ARRAY_SIZE(checks) == CHECK_ID_NUM, "one for each");

static const char verdicts[][8] = {
	[CHECK_NOTHING] = "?",
	[CHECK_PASS] = "PASS",
	[CHECK_FAIL] = "FAIL",
	[CHECK_SKIP] = "SKIP",
};
_Static_assert(ARRAY_SIZE(verdicts) == CHECK_VERDICT_NUM, "one for each");

const char *check_id_name(enum check_id id)
{
	return checks[id].name;
}

const char *check_id_claim(enum check_id id)
{
	return checks[id].claim;
}

void check_report_add(struct check_report *r, const char *pmu,
		      enum pmu_mode mode, enum check_id id,
		      enum check_verdict verdict, const char *why)
{
	struct check_line *line;

	r->count[verdict]++;
	if (r->out) {
		fprintf(r->out, "%s %s %s: %s%s%s\n", verdicts[verdict], pmu,
			pmu_mode_name(mode), checks[id].claim,
			why ? ": " : "", why ? why : "");
		fflush(r->out);
	}
	if (r->nr == CHECK_LINES_MAX)
		return;
	line = &r->line[r->nr++];
	*line = (struct check_line){
		.mode = mode, .id = id, .verdict = verdict,
		.why = why ? strdup(why) : NULL,
	};
	snprintf(line->pmu, sizeof(line->pmu), "%s", pmu);
}

void check_report_word(struct check_report *r, const char *pmu,
		       enum pmu_mode mode, enum check_id id,
		       const struct check_words *words, enum check_word word)
{
	enum check_verdict verdict = words->word[word].verdict;
	const char *why = words->word[word].why;

	if (verdict == CHECK_PASS) {
		why = NULL;
	} else if (verdict == CHECK_NOTHING) {
		verdict = CHECK_FAIL;
		why = *words->trouble ? words->trouble :
					"the guest said nothing of it";
	}
	check_report_add(r, pmu, mode, id, verdict, why);
}

int check_report_status(const struct check_report *r)
{
	if (r->count[CHECK_FAIL])
		return EXIT_FAULT;
	return r->count[CHECK_PASS] ? 0 : EXIT_HOST;
}

void check_report_end(const struct check_report *r, FILE *out)
{
	fprintf(out, "%u passed, %u failed, %u skipped\n",
		r->count[CHECK_PASS], r->count[CHECK_FAIL],
		r->count[CHECK_SKIP]);
}

static json_t *json_line(const struct check_line *line)
{
	return json_pack("{ss,ss,ss,ss,ss,so}",
			 "pmu", line->pmu,
			 "mode", pmu_mode_name(line->mode),
			 "check", checks[line->id].name,
			 "claim", checks[line->id].claim,
			 "verdict", verdicts[line->verdict],
			 "why", json_out_text(line->why));
}

int check_report_json(const struct check_report *r, FILE *out, struct err *e)
{
	json_t *lines = json_array();
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		json_array_append_new(lines, json_line(&r->line[i]));
	return json_out_print(json_pack("{si,si,si,so}",
		"passed", (int)r->count[CHECK_PASS],
		"failed", (int)r->count[CHECK_FAIL],
		"skipped", (int)r->count[CHECK_SKIP],
		"checks", lines), out, e);
}

void check_report_fini(struct check_report *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		free(r->line[i].why);
	r->nr = 0;
}
