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

/* @base: the struct vm_config, or of a device.  Return: is there anything? */
typedef bool (*printer)(const void *base, const struct option_def *def,
			FILE *out);

static const void *place_of(const void *base, const struct option_def *def)
{
	return (const char *)base + def->offset;
}

static int64_t load(const void *base, const struct option_def *def)
{
	if (def->size == sizeof(bool))
		return *(const bool *)place_of(base, def);
	if (def->size == sizeof(int))
		return *(const int *)place_of(base, def);
	if (def->size == sizeof(uint64_t))
		return *(const uint64_t *)place_of(base, def);
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

static bool print_bool(const void *base, const struct option_def *def,
		       FILE *out)
{
	fputs(load(base, def) ? "true" : "false", out);
	return true;
}

/* Below the range of the setting: nobody gave a number. */
static bool print_int(const void *base, const struct option_def *def,
		      FILE *out)
{
	int64_t value = load(base, def);

	if (value < def->min)
		return false;
	fprintf(out, "%" PRId64, value);
	return true;
}

static bool print_string(const void *base, const struct option_def *def,
			 FILE *out)
{
	const char *text = *(char *const *)place_of(base, def);

	if (!text)
		return false;
	print_quoted(text, out);
	return true;
}

static bool print_name(const void *base, const struct option_def *def,
		       FILE *out)
{
	print_quoted(place_of(base, def), out);
	return true;
}

static bool print_path(const void *base, const struct option_def *def,
		       FILE *out)
{
	const char *path = *(char *const *)place_of(base, def);
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

static bool print_word(const void *base, const struct option_def *def,
		       FILE *out)
{
	if (def->size == sizeof(char *))
		return print_string(base, def, out);
	print_quoted(option_word_name(def, load(base, def)), out);
	return true;
}

/* One that follows from the guest's name is not printed: it shall follow. */
static bool print_mac(const void *base, const struct option_def *def, FILE *out)
{
	const struct net_config *net = base;
	unsigned int i;

	(void)def;
	for (i = 0; net->mac_given && i < CONFIG_MAC_LEN; i++)
		fprintf(out, "%s%02x", i ? ":" : "\"", net->mac[i]);
	if (net->mac_given)
		fputc('"', out);
	return net->mac_given;
}

static bool print_mem(const void *base, const struct option_def *def,
		      FILE *out)
{
	const struct vm_config *cfg = base;

	(void)def;
	if (cfg->mem_size % SZ_2M)
		fprintf(out, "\"%" PRIu64 "K", cfg->mem_size >> 10);
	else
		fprintf(out, "\"%" PRIu64 "M", cfg->mem_size >> 20);
	fprintf(out, "@0x%" PRIx64 "\"", cfg->mem_base);
	return true;
}

/* As a string: an integer of TOML has a sign, a seed has all 64 bits. */
static bool print_seed(const void *base, const struct option_def *def,
		       FILE *out)
{
	const struct vm_config *cfg = base;

	(void)def;
	if (!cfg->kaslr_seed_given)
		return false;
	fprintf(out, "\"0x%" PRIx64 "\"", cfg->kaslr_seed);
	return true;
}

/* One item for each run of vCPUs that have the same set. */
static bool print_pins(const void *base, const struct option_def *def,
		       FILE *out)
{
	const struct vm_config *cfg = base;
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

/* Devices are no single values: print_devices(). */
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
	[OPTION_IPV4] = print_string,
	[OPTION_MAC] = print_mac,
	[OPTION_LIST] = print_string,
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

/* "key = value" without an end of line.  Return: was there a value? */
static bool print_setting(const void *base, const struct option_def *def,
			  const char *key, FILE *out)
{
	_cleanup_free_ char *value = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&value, &len);
	bool any;

	if (!mem)
		return false;
	any = printers[def->type](base, def, mem);
	fclose(mem);
	if (any)
		fprintf(out, "%s = %s", key, value);
	return any;
}

static void print_line(const struct vm_config *cfg, enum option_id id,
		       FILE *out)
{
	const struct option_def *def = &option_table[id];
	char place[PLACE_MAX];

	if (print_setting(cfg, def, def->key, out))
		print_comment(config_origin(cfg, id, place, sizeof(place)),
			      out);
}

static void print_device(const struct vm_config *cfg, enum option_id id,
			 const void *dev, FILE *out)
{
	const struct option_def *def = &option_table[id], *key;
	char place[PLACE_MAX];

	fprintf(out, def->device->max > 1 ? "[[%s]]" : "[%s]", def->key);
	print_comment(config_device_origin(cfg, id, dev, place, sizeof(place)),
		      out);
	for (key = def->device->keys; key->name; key++)
		if (key->size && print_setting(dev, key, key->name, out))
			fputc('\n', out);
}

static void print_devices(const struct vm_config *cfg, enum option_id id,
			  FILE *out)
{
	const struct option_def *def = &option_table[id];
	const char *first = place_of(cfg, def);
	unsigned int nr, i;

	nr = *(const unsigned int *)((const char *)cfg + def->device->count);
	for (i = 0; i < nr; i++)
		print_device(cfg, id, first + i * def->device->size, out);
}

/* Tables come last: what follows one would belong to it. */
void config_print(const struct vm_config *cfg, FILE *out)
{
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++)
		if (!option_table[id].device && worth_printing(cfg, id))
			print_line(cfg, id, out);
	for (id = 0; id < OPT_NUM; id++)
		if (option_table[id].device)
			print_devices(cfg, id, out);
}
