// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_print - the resolved configuration as TOML
 *
 * What is printed loads again and means the same, from any folder: paths are
 * printed in full.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cpuset.h"
#include "options.h"
#include "pmu/plan.h"
#include "util.h"

/* the longest list, "0,2,4,...", and the terminator */
#define LIST_MAX (CPUSET_MAX / 2 * sizeof("4094"))
#define PLACE_MAX 256

typedef bool (*printer)(const struct vm_config *cfg,
			const struct option_def *def, FILE *out);

static const void *place_of(const struct vm_config *cfg,
			    const struct option_def *def)
{
	return (const char *)cfg + def->offset;
}

static int load(const struct vm_config *cfg, const struct option_def *def)
{
	if (def->size == sizeof(bool))
		return *(const bool *)place_of(cfg, def);
	if (def->size == sizeof(int))
		return *(const int *)place_of(cfg, def);
	return 0;
}

/* A basic string of TOML 1.0: control characters and two more are escaped. */
static void print_quoted(const char *text, FILE *out)
{
	const char *p;

	fputc('"', out);
	for (p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if ((unsigned char)*p < 0x20 || *p == 0x7f)
			fprintf(out, "\\u%04X", *p);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}

static bool print_bool(const struct vm_config *cfg,
		       const struct option_def *def, FILE *out)
{
	fputs(load(cfg, def) ? "true" : "false", out);
	return true;
}

/* Below the range of the setting: nobody gave a number. */
static bool print_int(const struct vm_config *cfg,
		      const struct option_def *def, FILE *out)
{
	int value = load(cfg, def);

	if (value < def->min)
		return false;
	fprintf(out, "%d", value);
	return true;
}

static bool print_string(const struct vm_config *cfg,
			 const struct option_def *def, FILE *out)
{
	const char *text = *(char *const *)place_of(cfg, def);

	if (!text)
		return false;
	print_quoted(text, out);
	return true;
}

static bool print_name(const struct vm_config *cfg,
		       const struct option_def *def, FILE *out)
{
	print_quoted(place_of(cfg, def), out);
	return true;
}

static bool print_path(const struct vm_config *cfg,
		       const struct option_def *def, FILE *out)
{
	const char *path = *(char *const *)place_of(cfg, def);
	_cleanup_free_ char *here = NULL;
	_cleanup_free_ char *full = NULL;

	if (!path)
		return false;
	if (*path != '/')
		here = getcwd(NULL, 0);
	if (!here || asprintf(&full, "%s/%s", here, path) < 0)
		full = NULL;
	print_quoted(full ? full : path, out);
	return true;
}

static bool print_word(const struct vm_config *cfg,
		       const struct option_def *def, FILE *out)
{
	print_quoted(option_word_name(def, load(cfg, def)), out);
	return true;
}

static bool print_mem(const struct vm_config *cfg,
		      const struct option_def *def, FILE *out)
{
	(void)def;
	if (cfg->mem_size % SZ_2M)
		fprintf(out, "\"%" PRIu64 "K", cfg->mem_size >> 10);
	else
		fprintf(out, "\"%" PRIu64 "M", cfg->mem_size >> 20);
	fprintf(out, "@0x%" PRIx64 "\"", cfg->mem_base);
	return true;
}

/* As a string: an integer of TOML has a sign, a seed has all 64 bits. */
static bool print_seed(const struct vm_config *cfg,
		       const struct option_def *def, FILE *out)
{
	(void)def;
	if (!cfg->kaslr_seed_given)
		return false;
	fprintf(out, "\"0x%" PRIx64 "\"", cfg->kaslr_seed);
	return true;
}

/* One item for each run of vCPUs that have the same set. */
static bool print_pins(const struct vm_config *cfg,
		       const struct option_def *def, FILE *out)
{
	const struct cpuset *sets = cfg->affinity;
	const char *sep = "[";
	char list[LIST_MAX];
	unsigned int i, end;

	(void)def;
	if (!sets)
		return false;
	for (i = 0; i < cfg->cpus; i = end) {
		for (end = i + 1; end < cfg->cpus; end++)
			if (!cpuset_equal(&sets[i], &sets[end]))
				break;
		if (cpuset_empty(&sets[i]))
			continue;
		fprintf(out, "%s\"%u-%u:%s\"", sep, i, end - 1,
			cpuset_format(&sets[i], list, sizeof(list)));
		sep = ", ";
	}
	fputc(']', out);
	return true;
}

static const printer printers[] = {
	[OPTION_BOOL] = print_bool,
	[OPTION_INT] = print_int,
	[OPTION_STRING] = print_string,
	[OPTION_NAME] = print_name,
	[OPTION_PATH] = print_path,
	[OPTION_WORD] = print_word,
	[OPTION_SIZE] = print_mem,
	[OPTION_SEED] = print_seed,
	[OPTION_CPULIST] = print_pins,
};

static_assert(ARRAY_SIZE(printers) == OPTION_TYPE_NUM, "one for each type");

/*
 * Not worth it: what is refused without a partition when it is loaded, what
 * is left to be found out, and a PMU that follows from its number of counters.
 */
static bool worth_printing(const struct vm_config *cfg, enum option_id id)
{
	if (id == OPT_PMU_FALLBACK || id == OPT_PMU_ABI || id == OPT_PMU_ATTR)
		return cfg->pmu_partition >= 0;
	if (id == OPT_PMU_STRICT)
		return cfg->pmu_strict >= 0;
	if (id == OPT_PMU)
		return !cfg->pmu || cfg->origin[id].kind != ORIGIN_DEFAULT;
	return option_table[id].key;
}

/* The name of a file may hold anything; a comment ends with its line. */
static void print_comment(const char *text, FILE *out)
{
	fputs("\t# ", out);
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' :
		      *text, out);
	fputc('\n', out);
}

static void print_line(const struct vm_config *cfg, enum option_id id,
		       FILE *out)
{
	const struct option_def *def = &option_table[id];
	_cleanup_free_ char *value = NULL;
	char place[PLACE_MAX];
	size_t len = 0;
	FILE *mem = open_memstream(&value, &len);
	bool any;

	if (!mem)
		return;
	any = printers[def->type](cfg, def, mem);
	fclose(mem);
	if (!any)
		return;
	fprintf(out, "%s = %s", def->key, value);
	print_comment(config_origin(cfg, id, place, sizeof(place)), out);
}

void config_print(const struct vm_config *cfg, FILE *out)
{
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++)
		if (worth_printing(cfg, id))
			print_line(cfg, id, out);
}
