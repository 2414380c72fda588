// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_check - "tallyvm pmu check" and "pmu bench" without a guest: what a
 * guest may say, what becomes of it, and the thread beside it
 */
#include "t.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "util.h"
#include "vmm/bench_report.h"
#include "vmm/check_args.h"
#include "vmm/check_guest.h"
#include "vmm/check_host.h"
#include "vmm/check_report.h"
#include "vmm/check_words.h"
#include "vmm/cmd.h"
#include "vmm/cmd_pmu.h"
#include "vmm/json.h"

static void has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no \"%s\" in: %s", what,
		      text);
}

/* ---- words ---- */

static int words(const char *text, struct check_words *w)
{
	struct err e;

	return check_words_parse(text, strlen(text), w, &e);
}

START_TEST(words_good)
{
	struct check_words w;

	ck_assert_int_eq(words("PASS cpu0 n\n"
			       "FAIL cpu0 swinc: 2 of 5: wrong\n"
			       "SKIP cpu0 ratio: none\n"
			       "INFO turns=18446744073709551615\n"
			       "FAIL cpu0 exception: vector 4\n"
			       "FAIL cpu0 exception: vector 5\n"
			       "GUEST DONE\n", &w), 0);
	ck_assert_int_eq(w.word[WORD_N].verdict, CHECK_PASS);
	ck_assert_int_eq(w.word[WORD_SWINC].verdict, CHECK_FAIL);
	ck_assert_str_eq(w.word[WORD_SWINC].why, "2 of 5: wrong");
	ck_assert_int_eq(w.word[WORD_RATIO].verdict, CHECK_SKIP);
	ck_assert_int_eq(w.word[WORD_KEEP].verdict, CHECK_NOTHING);
	ck_assert(w.info[INFO_TURNS].given && !w.info[INFO_FREQ].given);
	ck_assert(w.info[INFO_TURNS].value == UINT64_MAX);
	ck_assert_str_eq(w.trouble, "exception: vector 4");
	ck_assert_int_eq(words("GUEST DONE\n", &w), 0);
}
END_TEST

START_TEST(words_bad)
{
	static const char *const bad[] = {
		"", "\n", "GUEST DONE", "GUEST DONE\n\n", "GUEST DONE\nx",
		"PASS cpu0 n\n", "PASS cpu0 n\nGUEST", "GUEST DON\n",
		"GUEST DONE\nGUEST DONE\n", "GUEST DONE\nPASS cpu0 n\n",
		"PASS cpu0 nonsense\nGUEST DONE\n",
		"SKIP cpu0 nonsense: why\nGUEST DONE\n",
		"PASS cpu1 n\nGUEST DONE\n", "PASS n\nGUEST DONE\n",
		"PASS cpu0 n: why\nGUEST DONE\n",
		"FAIL cpu0 n\nGUEST DONE\n", "FAIL cpu0 n: \nGUEST DONE\n",
		"SKIP cpu0 n\nGUEST DONE\n", "pass cpu0 n\nGUEST DONE\n",
		"PASS cpu0 n\nPASS cpu0 n\nGUEST DONE\n",
		"PASS cpu0 n\nFAIL cpu0 n: why\nGUEST DONE\n",
		"PASS cpu0 n\r\nGUEST DONE\n",
		"FAIL cpu0 n: \x1b[2J\nGUEST DONE\n",
		"FAIL cpu0 n: \xc3\xa4\nGUEST DONE\n",
		"INFO turns=\nGUEST DONE\n", "INFO turns=-1\nGUEST DONE\n",
		"INFO turns=1x\nGUEST DONE\n", "INFO turns\nGUEST DONE\n",
		"INFO turns=18446744073709551616\nGUEST DONE\n",
		"INFO turns=1\nINFO turns=1\nGUEST DONE\n",
		"INFO other=1\nGUEST DONE\n", "INFO =1\nGUEST DONE\n",
		" GUEST DONE\n", "PASS cpu0 \nGUEST DONE\n",
	};
	struct check_words w;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(words(bad[i], &w) == -EBADMSG, "\"%s\"", bad[i]);
	}
	ck_assert_int_eq(check_words_parse("GUEST\0DONE\n", 11, &w, &e),
			 -EBADMSG);
	ck_assert_int_eq(e.kind, ERR_FAULT);
	has(e.text, "line 1 ");
}
END_TEST

/* Every beginning of a good text but the whole is bad; so is any bit changed
 * to what is not printable. */
START_TEST(words_cut)
{
	static const char text[] = "PASS cpu0 n\nINFO freq=7\nGUEST DONE\n";
	char copy[sizeof(text)];
	struct check_words w;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++)
		ck_assert_int_eq(check_words_parse(text, i, &w, &e), -EBADMSG);
	for (i = 0; i < sizeof(text) - 1; i++) {
		memcpy(copy, text, sizeof(text));
		copy[i] |= (char)0x80;
		ck_assert_int_eq(words(copy, &w), -EBADMSG);
	}
}
END_TEST

START_TEST(words_long)
{
	char text[CHECK_SAID_MAX];
	struct check_words w;

	snprintf(text, sizeof(text), "FAIL cpu0 n: %0*d\nGUEST DONE\n", 9000,
		 1);
	ck_assert_int_eq(words(text, &w), 0);
	ck_assert_uint_eq(strlen(w.word[WORD_N].why), CHECK_WHY_MAX - 1);
}
END_TEST

/* ---- report ---- */

static struct check_report report;

static char *printed(void (*print)(FILE *out))
{
	static char text[8192];
	FILE *out = fmemopen(text, sizeof(text), "w");

	print(out);
	fclose(out);
	return text;
}

static void fill_report(FILE *out)
{
	struct check_words w = { .trouble = "exception: vector 4" };

	w.word[WORD_N].verdict = CHECK_PASS;
	w.word[WORD_RATIO].verdict = CHECK_SKIP;
	strcpy(w.word[WORD_RATIO].why, "no such event");
	report.out = out;
	check_report_word(&report, "p", PMU_MODE_EMULATED, CHECK_N, &w,
			  WORD_N);
	check_report_word(&report, "p", PMU_MODE_EMULATED, CHECK_RATIO, &w,
			  WORD_RATIO);
	check_report_word(&report, "p", PMU_MODE_PARTITIONED, CHECK_SWINC, &w,
			  WORD_SWINC);
	check_report_end(&report, out);
}

static void print_report_json(FILE *out)
{
	struct err e;

	ck_assert_int_eq(check_report_json(&report, out, &e), 0);
}

START_TEST(report_text)
{
	memset(&report, 0, sizeof(report));
	ck_assert_str_eq(printed(fill_report),
		"PASS p emulated: the number of counters is the one asked for\n"
		"SKIP p emulated: cycles and instructions are in proportion: no such event\n"
		"FAIL p partitioned: software increments are exact: exception: vector 4\n"
		"1 passed, 1 failed, 1 skipped\n");
	ck_assert_int_eq(check_report_status(&report), EXIT_FAULT);
	check_report_fini(&report);
	check_report_fini(&report);
}
END_TEST

START_TEST(report_json)
{
	json_t *root, *line;

	memset(&report, 0, sizeof(report));
	printed(fill_report);
	root = json_loads(printed(print_report_json), 0, NULL);
	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(json_integer_value(json_object_get(root, "failed")),
			 1);
	line = json_array_get(json_object_get(root, "checks"), 2);
	ck_assert_str_eq(json_string_value(json_object_get(line, "check")),
			 "swinc");
	ck_assert_str_eq(json_string_value(json_object_get(line, "verdict")),
			 "FAIL");
	line = json_array_get(json_object_get(root, "checks"), 0);
	ck_assert(json_is_null(json_object_get(line, "why")));
	json_decref(root);
	check_report_fini(&report);
}
END_TEST

START_TEST(report_status)
{
	unsigned int i;

	memset(&report, 0, sizeof(report));
	ck_assert_int_eq(check_report_status(&report), EXIT_HOST);
	check_report_add(&report, "p", PMU_MODE_EMULATED, CHECK_START,
			 CHECK_SKIP, "why");
	ck_assert_int_eq(check_report_status(&report), EXIT_HOST);
	check_report_add(&report, "p", PMU_MODE_EMULATED, CHECK_N, CHECK_PASS,
			 NULL);
	ck_assert_int_eq(check_report_status(&report), 0);
	/* more lines than there is room for are counted all the same */
	for (i = 0; i < CHECK_LINES_MAX; i++)
		check_report_add(&report, "p", PMU_MODE_EMULATED, CHECK_HOST,
				 CHECK_FAIL, "why");
	ck_assert_uint_eq(report.nr, (unsigned int)CHECK_LINES_MAX);
	ck_assert_uint_eq(report.count[CHECK_FAIL],
			  (unsigned int)CHECK_LINES_MAX);
	ck_assert_int_eq(check_report_status(&report), EXIT_FAULT);
	check_report_fini(&report);
}
END_TEST

START_TEST(ids)
{
	unsigned int i;

	for (i = 0; i < CHECK_ID_NUM; i++) {
		ck_assert_str_ne(check_id_name((enum check_id)i), "");
		ck_assert_str_ne(check_id_claim((enum check_id)i), "");
	}
}
END_TEST

/* ---- the host's side ---- */

static struct check_measure measure(uint64_t pieces, uint64_t cycles,
				    uint64_t ns)
{
	return (struct check_measure){ pieces, cycles, ns, ns };
}

START_TEST(judge)
{
	/* 1 cycle for each ns, 1000 for each piece */
	struct check_measure m[3] = {
		measure(100, 100000, 100000), measure(500, 500000, 500000),
		measure(100, 100000, 100000),
	};
	char why[CHECK_WHY_MAX] = "";

	ck_assert_int_eq(check_host_judge(m, why), CHECK_PASS);
	/* another clock frequency: work tells */
	m[1] = measure(500, 500000, 250000);
	ck_assert_int_eq(check_host_judge(m, why), CHECK_PASS);
	/* an emulated host that is busy: time tells */
	m[1] = measure(500, 1500000, 1500000);
	ck_assert_int_eq(check_host_judge(m, why), CHECK_PASS);
	/* half of the cycles are gone */
	m[1] = measure(500, 250000, 500000);
	ck_assert_int_eq(check_host_judge(m, why), CHECK_FAIL);
	has(why, "50 %");
	/* a counter that was written to */
	m[1] = measure(500, UINT64_MAX - 5, 500000);
	ck_assert_int_eq(check_host_judge(m, why), CHECK_FAIL);
	m[1] = measure(500, 0, 500000);
	ck_assert_int_eq(check_host_judge(m, why), CHECK_FAIL);
	m[1] = measure(500, 500000, 500000);
	m[2] = measure(100, 1000, 100000);
	ck_assert_int_eq(check_host_judge(m, why), CHECK_FAIL);
	m[2] = measure(100, 0, 0);
	ck_assert_int_eq(check_host_judge(m, why), CHECK_SKIP);
	has(why, "after");
	m[2] = m[0];
	m[1].enabled_ns *= 2;
	ck_assert_int_eq(check_host_judge(m, why), CHECK_FAIL);
	has(why, "a part of its time with the guest");
	m[0].enabled_ns *= 2;
	ck_assert_int_eq(check_host_judge(m, why), CHECK_SKIP);
	m[0] = measure(0, 0, 0);
	ck_assert_int_eq(check_host_judge(m, why), CHECK_SKIP);
}
END_TEST

START_TEST(thread)
{
	struct pmu_host host = { .nr = 1, .dev[0] = { .type = 0xffffff } };
	struct check_host *h = calloc(1, sizeof(*h));
	struct check_measure m = { .pieces = 0 };
	const struct timespec ts = { .tv_nsec = 20 * 1000000L };
	struct check_job job = {
		.order = CHECK_LOAD, .cpus = &host.allowed, .measure = &m,
	};
	struct err e;
	int i;

	cpuset_set(&host.allowed, 0);
	check_host_stop(h);
	ck_assert_msg(check_host_start(h, &host, &e) == 0, "%s", e.text);
	/* nobody has such a PMU */
	ck_assert_int_lt(check_host_event(h, 0), 0);
	check_host_end(h);
	check_host_begin(h, &job);
	nanosleep(&ts, NULL);
	check_host_end(h);
	ck_assert_uint_eq(m.pieces, 0);
	/* taken back before it was begun, or not */
	for (i = 0; i < 200; i++) {
		job.order = i & 1 ? CHECK_LOAD : CHECK_WATCH;
		check_host_begin(h, &job);
		check_host_end(h);
	}
	check_host_stop(h);
	check_host_stop(h);
	free(h);
}
END_TEST

/* ---- bench ---- */

static struct bench_report bench;

static void print_bench(FILE *out)
{
	ck_assert_int_eq(bench_report_text(&bench, out), 0);
}

static void print_bench_json(FILE *out)
{
	struct err e;

	ck_assert_int_eq(bench_report_json(&bench, out, &e), 0);
}

START_TEST(bench_cell)
{
	struct check_words w;
	struct bench_cell cell;

	ck_assert_int_eq(words("INFO ticks=1100\nINFO turns=100\n"
			       "INFO empty=100\nINFO freq=1000000000\n"
			       "INFO ops=300\nGUEST DONE\n", &w), 0);
	ck_assert_int_eq(bench_cell_make(&w, 600, &cell), 0);
	ck_assert(cell.known && cell.ns > 9.99 && cell.ns < 10.01);
	ck_assert(cell.exits > 1.99 && cell.exits < 2.01);
	ck_assert_int_eq(bench_cell_make(&w, -1, &cell), 0);
	ck_assert(cell.exits < 0);
	w.info[INFO_TICKS].value = 50;
	ck_assert_int_eq(bench_cell_make(&w, 0, &cell), 0);
	ck_assert(cell.ns < 0.01);
	w.info[INFO_FREQ].value = 0;
	ck_assert_int_eq(bench_cell_make(&w, 0, &cell), -EBADMSG);
	w.info[INFO_FREQ].value = 1;
	w.info[INFO_OPS].value = 0;
	ck_assert_int_eq(bench_cell_make(&w, 0, &cell), -EBADMSG);
	w.info[INFO_OPS].value = 1;
	w.info[INFO_TURNS].given = false;
	ck_assert_int_eq(bench_cell_make(&w, 0, &cell), -EBADMSG);
}
END_TEST

START_TEST(bench_reports)
{
	json_t *root, *cells;
	char *text;

	memset(&bench, 0, sizeof(bench));
	bench.pmu = "armv8_x";
	ck_assert(!bench_report_known(&bench));
	bench.cell[PMU_MODE_EMULATED][BENCH_CYCLES_READ] =
		(struct bench_cell){ true, 1234.56, 1 };
	bench.cell[PMU_MODE_EMULATED][BENCH_SW_INCR] =
		(struct bench_cell){ true, 3, -1 };
	strcpy(bench.why[PMU_MODE_PARTITIONED], "no such kernel");
	ck_assert(bench_report_known(&bench));
	text = printed(print_bench);
	has(text, "pmccntr-read           1234.6   1.00               -      -\n");
	has(text, "pmswinc-write             3.0      ?               -      -\n");
	has(text, "\npartitioned: no such kernel\n");
	root = json_loads(printed(print_bench_json), 0, NULL);
	ck_assert_ptr_nonnull(root);
	cells = json_object_get(json_object_get(root, "emulated"), "accesses");
	ck_assert_uint_eq(json_object_size(cells), BENCH_OP_NUM);
	ck_assert(json_is_null(json_object_get(cells, "overflow")));
	ck_assert(json_is_null(json_object_get(
		json_object_get(cells, "pmswinc-write"), "exits")));
	json_decref(root);
}
END_TEST

/* ---- options ---- */

static int parse(bool for_bench, struct check_args *a, struct err *e,
		 const char *one, const char *two)
{
	static char word[2][32];
	char *argv[] = { word[0], word[1] };

	snprintf(word[0], sizeof(word[0]), "%s", one);
	snprintf(word[1], sizeof(word[1]), "%s", two ? two : "");
	return check_args_parse(two ? 2 : 1, argv, for_bench, a, e);
}

START_TEST(arguments)
{
	struct check_args a;
	struct err e;

	ck_assert_int_eq(check_args_parse(0, NULL, false, &a, &e), 0);
	ck_assert(a.mode[PMU_MODE_EMULATED] && a.mode[PMU_MODE_PARTITIONED]);
	ck_assert_int_eq(a.counters, PMU_COUNTERS_ALL);
	ck_assert_int_eq(parse(false, &a, &e, "--all", "--mode=emulated"), 0);
	ck_assert(a.all && !a.mode[PMU_MODE_PARTITIONED] &&
		  !a.mode[PMU_MODE_OFF]);
	ck_assert_int_eq(parse(false, &a, &e, "--cluster", "big"), 0);
	ck_assert_str_eq(a.cluster, "big");
	ck_assert_int_eq(parse(true, &a, &e, "--counters=0", "--json"), 0);
	ck_assert(a.json && a.counters == 0);
	ck_assert_int_eq(parse(true, &a, &e, "--help", NULL), 1);
	ck_assert_int_eq(parse(true, &a, &e, "--all", NULL), -EINVAL);
	ck_assert_int_eq(parse(true, &a, &e, "--mode=all", NULL), -EINVAL);
	ck_assert_int_eq(parse(false, &a, &e, "--mode=off", NULL), -EINVAL);
	ck_assert_int_eq(parse(false, &a, &e, "--counters=32", NULL), -EINVAL);
	ck_assert_int_eq(parse(false, &a, &e, "--counters", NULL), -EINVAL);
	ck_assert_int_eq(parse(false, &a, &e, "--all", "--cluster=big"),
			 -EINVAL);
	has(e.text, "exclude each other");
	ck_assert_int_eq(parse(false, &a, &e, "x", NULL), -EINVAL);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
}
END_TEST

START_TEST(counters)
{
	struct check_targets *t = calloc(1, sizeof(*t));
	struct check_target target = { .index = 0 };
	struct check_args a = { .counters = PMU_COUNTERS_ALL };

#define WANT(mode, n) ck_assert_int_eq( \
	check_targets_counters(&a, t, &target, PMU_MODE_##mode), n)
	WANT(EMULATED, PMU_COUNTERS_ALL);
	WANT(PARTITIONED, 1);
	t->scratch.n[0] = 6;
	WANT(EMULATED, PMU_COUNTERS_ALL);
	WANT(PARTITIONED, 5);
	t->scratch.can.pmcr = true;
	WANT(EMULATED, 5);
	t->scratch.n[0] = 1;
	WANT(EMULATED, PMU_COUNTERS_ALL);
	WANT(PARTITIONED, 1);
	a.counters = 3;
	WANT(EMULATED, 3);
	WANT(PARTITIONED, 3);
#undef WANT
	free(t);
}
END_TEST

START_TEST(command)
{
	char bad[] = "--bad", zero[] = "--counters=0", dev[] = "--dev=/none";
	char *argv[] = { bad };

	ck_assert_int_eq(cmd_pmu_check(1, argv), EXIT_CONFIG);
	ck_assert_int_eq(cmd_pmu_bench(1, argv), EXIT_CONFIG);
	argv[0] = zero;
	ck_assert_int_eq(cmd_pmu_bench(1, argv), EXIT_CONFIG);
	argv[0] = dev;
	ck_assert_int_eq(cmd_pmu_check(1, argv), EXIT_HOST);
	ck_assert_int_eq(cmd_pmu_bench(1, argv), EXIT_HOST);
}
END_TEST

START_TEST(guest)
{
	struct err e;
	int fd = check_guest_open(CHECK_GUEST_CHECK, &e);

#ifdef __aarch64__
	char magic[4];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, magic, 4, 56), 4);
	ck_assert(!memcmp(magic, "ARM\x64", 4));
	close(fd);
#else
	ck_assert_int_eq(fd, -EOPNOTSUPP);
	ck_assert_int_eq(e.kind, ERR_HOST);
#endif
}
END_TEST

T_MAIN("pmu_check", words_good, words_bad, words_cut, words_long, report_text,
       report_json, report_status, ids, judge, thread, bench_cell,
       bench_reports, arguments, counters, command, guest)
