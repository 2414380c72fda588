// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_value - from text to a checked value in its place, by option type
 */
#include "config_build.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arm64/platform.h"
#include "util.h"

#define WANTS_MAX 160
/* the largest page an arm64 host can have: memory is mapped in whole pages */
#define MEM_STEP SZ_64K
#define MEM_MIN SZ_2M
/* no arm64 has more than 52 bits of physical address: Arm ARM, FEAT_LPA */
#define MEM_END_MAX BIT(52)

static int wants(const struct option_def *def, const char *text, struct err *e)
{
	char buf[WANTS_MAX];

	return err_config(e, "wants %s, got \"%.64s\"",
			  option_wants(def, buf, sizeof(buf)), text);
}

/*
 * A number at the start of @text: decimal, leading zeros and all, or
 * hexadecimal after 0x.  Not strtoull(): that takes signs, blanks and octal.
 * Returns what follows, or NULL if there is no number or it has over 64 bits.
 */
static const char *read_number(const char *text, uint64_t *ret)
{
	bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
	const char *p = hex ? text + 2 : text;
	unsigned int base = hex ? 16 : 10;
	uint64_t val = 0;

	if (!isxdigit((unsigned char)*p))
		return NULL;
	for (; isxdigit((unsigned char)*p); p++) {
		unsigned int digit = isdigit((unsigned char)*p) ?
			*p - '0' : (*p | 0x20) - 'a' + 10;

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(val, base, &val) ||
		    __builtin_add_overflow(val, digit, &val))
			return NULL;
	}
	/* "BAD" has hexadecimal digits but begins no decimal number */
	if (p == text)
		return NULL;
	*ret = val;
	return p;
}

/* A number and an optional unit letter; @shift is the unit without one. */
static const char *read_size(const char *text, unsigned int shift,
			     uint64_t *ret)
{
	static const char letters[] = "BKMGTP";
	const char *p, *unit;
	uint64_t val;

	p = read_number(text, &val);
	if (!p)
		return NULL;
	unit = *p ? strchr(letters, toupper((unsigned char)*p)) : NULL;
	if (unit) {
		shift = 10 * (unit - letters);
		p++;
	}
	if (val > UINT64_MAX >> shift)
		return NULL;
	*ret = val << shift;
	return p;
}

static void *place_of(struct config_build *b, const struct option_def *def)
{
	return (char *)b->cfg + def->offset;
}

/* Words and integers live in fields of type bool or int. */
static void store(struct config_build *b, const struct option_def *def,
		  int value)
{
	if (def->size == sizeof(bool))
		*(bool *)place_of(b, def) = value;
	else if (def->size == sizeof(int))
		*(int *)place_of(b, def) = value;
}

static int set_bool(struct config_build *b, const struct option_def *def,
		    const char *text, struct err *e)
{
	bool value = !strcmp(text, "true");

	if (!value && strcmp(text, "false") != 0)
		return wants(def, text, e);
	store(b, def, value);
	return 0;
}

static int set_int(struct config_build *b, const struct option_def *def,
		   const char *text, struct err *e)
{
	const char *end;
	uint64_t value;

	end = read_number(text, &value);
	if (!end || *end || value > (uint64_t)def->max ||
	    (int64_t)value < def->min)
		return wants(def, text, e);
	store(b, def, value);
	return 0;
}

static int set_word(struct config_build *b, const struct option_def *def,
		    const char *text, struct err *e)
{
	const struct option_word *word;

	for (word = def->words; word->name; word++) {
		if (!word->refused && !strcmp(word->name, text)) {
			store(b, def, word->value);
			return 0;
		}
		if (word->refused &&
		    !strncmp(word->name, text, strlen(word->name)))
			return err_config(e, "\"%.64s\" is known from lkvm but "
					  "not available in this version of "
					  "tallyvm; nothing was started", text);
	}
	return wants(def, text, e);
}

static int set_name(struct config_build *b, const struct option_def *def,
		    const char *text, struct err *e)
{
	size_t len = strlen(text), i;

	if (!len || len > CONFIG_NAME_MAX)
		return err_config(e, "wants 1 to %d characters, got %zu",
				  CONFIG_NAME_MAX, len);
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) &&
		    (!i || !strchr("._-", text[i])))
			return err_config(e, "wants letters, digits, \".\", "
					  "\"_\" and \"-\", the first a letter "
					  "or digit; got \"%s\"", text);
	memcpy(place_of(b, def), text, len + 1);
	return 0;
}

static int set_string(struct config_build *b, const struct option_def *def,
		      const char *text, struct err *e)
{
	char **field = place_of(b, def);
	char *copy;

	if (def->type == OPTION_PATH && !*text)
		return err_config(e, "wants the name of a file, got nothing");
	copy = strdup(text);
	if (!copy)
		return err_fault(e, -ENOMEM, "keeping a setting");
	free(*field);
	*field = copy;
	return 0;
}

/* In a file, a path is relative to the folder of that file. */
static int set_path(struct config_build *b, const struct option_def *def,
		    const char *text, struct err *e)
{
	const char *file = b->cfg->config_file;
	const char *slash = file ? strrchr(file, '/') : NULL;
	_cleanup_free_ char *full = NULL;
	int len = slash ? slash + 1 - file : 0;

	if (b->from.kind != ORIGIN_FILE || !slash || !*text || *text == '/')
		return set_string(b, def, text, e);
	if (asprintf(&full, "%.*s%s", len, file, text) < 0) {
		full = NULL;
		return err_fault(e, -ENOMEM, "keeping a setting");
	}
	return set_string(b, def, full, e);
}

static int check_mem(uint64_t size, uint64_t base, struct err *e)
{
	if (size < MEM_MIN || size % MEM_STEP)
		return err_config(e, "wants at least 2M, in steps of 64K; got "
				  "%llu bytes", (unsigned long long)size);
	if (base < PLAT_RAM_BASE || base % SZ_2M)
		return err_config(e, "memory must begin at 0x80000000 or above "
				  "and at a multiple of 2M, not at 0x%llx",
				  (unsigned long long)base);
	if (size > MEM_END_MAX || base > MEM_END_MAX - size)
		return err_config(e, "memory would end above 4096T, where no "
				  "arm64 CPU has addresses");
	return 0;
}

static int set_mem(struct config_build *b, const struct option_def *def,
		   const char *text, struct err *e)
{
	uint64_t size, base = PLAT_RAM_BASE;
	const char *p;
	int ret;

	p = read_size(text, 20, &size);
	if (p && *p == '@')
		p = read_size(p + 1, 0, &base);
	if (!p || *p)
		return wants(def, text, e);
	ret = check_mem(size, base, e);
	if (ret)
		return ret;
	b->cfg->mem_size = size;
	b->cfg->mem_base = base;
	return 0;
}

static int set_seed(struct config_build *b, const struct option_def *def,
		    const char *text, struct err *e)
{
	const char *end;
	uint64_t value;

	end = read_number(text, &value);
	if (!end || *end)
		return wants(def, text, e);
	b->cfg->kaslr_seed = value;
	b->cfg->kaslr_seed_given = true;
	return 0;
}

/* Only kept: what it means depends on the number of vCPUs. */
static int add_pin(struct config_build *b, const struct option_def *def,
		   const char *text, struct err *e)
{
	struct config_pin *pins;
	char *copy;

	(void)def;
	pins = realloc(b->pins, (b->nr_pins + 1) * sizeof(*pins));
	if (!pins)
		return err_fault(e, -ENOMEM, "keeping a CPU list");
	b->pins = pins;
	copy = strdup(text);
	if (!copy)
		return err_fault(e, -ENOMEM, "keeping a CPU list");
	b->pins[b->nr_pins].text = copy;
	b->pins[b->nr_pins++].origin = b->from;
	return 0;
}

static int (*const setters[])(struct config_build *b,
			       const struct option_def *def, const char *text,
			       struct err *e) = {
	[OPTION_BOOL] = set_bool,
	[OPTION_INT] = set_int,
	[OPTION_STRING] = set_string,
	[OPTION_NAME] = set_name,
	[OPTION_PATH] = set_path,
	[OPTION_WORD] = set_word,
	[OPTION_SIZE] = set_mem,
	[OPTION_SEED] = set_seed,
	[OPTION_CPULIST] = add_pin,
};

static_assert(ARRAY_SIZE(setters) == OPTION_TYPE_NUM, "one for each type");

int config_set(struct config_build *b, enum option_id id, const char *text,
	       struct err *e)
{
	const struct option_def *def = &option_table[id];
	int ret;

	ret = setters[def->type](b, def, text, e);
	if (!ret)
		b->cfg->origin[id] = b->from;
	return ret;
}
