// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_options - the table is sound, and words find the right row
 */
#include "t.h"

#include <errno.h>
#include <string.h>

#include "vmm/lkvm.h"
#include "vmm/options.h"

static int find(const char *name, enum option_id *id, bool *negated)
{
	return option_find(name, strlen(name), id, negated);
}

static void expect(const char *name, enum option_id id, bool negated)
{
	enum option_id got = OPT_NUM;
	bool no = !negated;

	ck_assert_msg(find(name, &got, &no) == 0, "--%s not found", name);
	ck_assert_msg(got == id, "--%s is --%s", name, option_table[got].name);
	ck_assert_int_eq(no, negated);
}

static void expect_error(const char *name, int error)
{
	enum option_id got = OPT_NUM;
	bool no = true;

	ck_assert_msg(find(name, &got, &no) == error, "--%s", name);
	ck_assert_int_eq(got, OPT_NUM);
	ck_assert_int_eq(no, true);
}

static bool fits(const struct option_def *def)
{
	switch (def->type) {
	case OPTION_BOOL:
		/* int: also "not said", which is neither */
		return (def->size == sizeof(bool) ||
			def->size == sizeof(int)) && !def->arg;
	case OPTION_INT:
		return (def->size == sizeof(int) ||
			def->size == sizeof(uint64_t)) && def->min < def->max;
	case OPTION_STRING:
	case OPTION_PATH:
	case OPTION_IPV4:
	case OPTION_LIST:
		return def->size == sizeof(char *);
	case OPTION_NAME:
		return def->size == CONFIG_NAME_MAX + 1;
	case OPTION_WORD:
		return def->words && (!def->size || def->size == sizeof(int) ||
				      def->size == sizeof(bool) ||
				      def->size == sizeof(char *));
	case OPTION_SIZE:
	case OPTION_SEED:
		return def->size == sizeof(uint64_t);
	case OPTION_CPULIST:
		return def->size == 0;
	case OPTION_MAC:
		return def->size == CONFIG_MAC_LEN;
	case OPTION_DEVICE:
		return def->device &&
			def->size == def->device->max * def->device->size;
	case OPTION_TYPE_NUM:
		break;
	}
	return false;
}

START_TEST(rows_are_whole)
{
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		const struct option_def *def = &option_table[id];

		ck_assert_msg(def->name != NULL, "row %d is empty", id);
		ck_assert_uint_lt(strlen(def->name), OPTION_NAME_MAX);
		ck_assert_msg(def->help && def->text, "%s", def->name);
		ck_assert_msg(strlen(def->help) < 50, "%s", def->name);
		ck_assert_msg(fits(def), "%s: type and place", def->name);
		ck_assert_msg(def->type == OPTION_BOOL || def->arg, "%s",
			      def->name);
		ck_assert_int_lt(def->group, GROUP_NUM);
		ck_assert_ptr_nonnull(option_group_name(def->group));
		ck_assert(def->text[strlen(def->text) - 1] == '.');
	}
}
END_TEST

static void key_is_whole(const struct option_def *key, bool positional)
{
	ck_assert_uint_lt(strlen(key->name), OPTION_NAME_MAX);
	ck_assert_msg(key->help && strlen(key->help) < 50, "%s", key->name);
	ck_assert_msg(fits(key) || (key->type == OPTION_WORD && key->words),
		      "%s: type and place", key->name);
	ck_assert_msg(key->type == OPTION_BOOL || key->arg, "%s", key->name);
	/* a device in a device, or a setting of the guest: nobody reads it */
	ck_assert(key->type != OPTION_DEVICE && key->type != OPTION_SIZE &&
		  key->type != OPTION_SEED && key->type != OPTION_CPULIST);
	ck_assert_msg(positional || !key->positional, "%s", key->name);
}

/* Also: no key of a device twice, and positional ones before all others. */
static void device_is_whole(const struct option_device *device)
{
	const struct option_def *key, *other;
	bool positional = true;

	ck_assert(device->noun && device->initial && device->max > 0);
	ck_assert(device->keys->positional);
	ck_assert(!device->same == !device->same_key);
	for (key = device->keys; key->name; key++) {
		key_is_whole(key, positional);
		positional = key->positional;
		ck_assert_uint_le(key->offset + key->size, device->size);
		for (other = device->keys; other < key; other++)
			ck_assert_str_ne(key->name, other->name);
		ck_assert_ptr_eq(option_key_find(device, key->name,
						 strlen(key->name)), key);
	}
	ck_assert_int_le(key - device->keys, 64);
	ck_assert(!device->pair || device->keys[1].positional);
}

START_TEST(devices_are_whole)
{
	unsigned int nr = 0;
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		ck_assert_int_eq(option_table[id].type == OPTION_DEVICE,
				 option_table[id].device != NULL);
		if (!option_table[id].device)
			continue;
		device_is_whole(option_table[id].device);
		nr++;
	}
	ck_assert_uint_eq(nr, 5);
	ck_assert_str_eq(option_key_nearest(&option_disk, "quues"), "queues");
	ck_assert_ptr_null(option_key_nearest(&option_disk, "watermelon"));
	ck_assert_ptr_null(option_key_find(&option_disk, "files", 5));
	ck_assert_ptr_null(option_key_find(&option_disk, "fil", 3));
	ck_assert_ptr_null(option_key_find(&option_disk, "", 0));
}
END_TEST

START_TEST(names_are_unique)
{
	enum option_id a, b;

	for (a = 0; a < OPT_NUM; a++) {
		const struct option_def *x = &option_table[a];

		for (b = a + 1; b < OPT_NUM; b++) {
			const struct option_def *y = &option_table[b];

			ck_assert_str_ne(x->name, y->name);
			ck_assert(!x->letter || x->letter != y->letter);
			ck_assert(!x->key || !y->key ||
				  strcmp(x->key, y->key) != 0);
			/* an option's name is a key as well */
			ck_assert(!x->key || strcmp(x->key, y->name) != 0);
			ck_assert(!y->key || strcmp(y->key, x->name) != 0);
		}
	}
}
END_TEST

START_TEST(lkvm_is_disjoint)
{
	const struct lkvm_option *opt;
	enum option_id id;

	for (opt = lkvm_options; opt->name; opt++) {
		ck_assert_uint_lt(strlen(opt->name), OPTION_NAME_MAX);
		for (id = 0; id < OPT_NUM; id++) {
			ck_assert_str_ne(opt->name, option_table[id].name);
			ck_assert(!opt->letter ||
				  opt->letter != option_table[id].letter);
		}
	}
}
END_TEST

START_TEST(every_name_finds_its_row)
{
	char no[OPTION_NAME_MAX + 3];
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++) {
		expect(option_table[id].name, id, false);
		if (option_table[id].type != OPTION_BOOL)
			continue;
		snprintf(no, sizeof(no), "no-%s", option_table[id].name);
		expect(no, id, true);
	}
}
END_TEST

START_TEST(abbreviations)
{
	expect("ker", OPT_KERNEL, false);
	expect("cpu", OPT_CPUS, false);
	expect("pm", OPT_PMU, false);
	expect("pmu", OPT_PMU, false);
	expect("pmu-p", OPT_PMU_PARTITION, false);
	expect("vcpu", OPT_VCPU_AFFINITY, false);
	expect("virtio", OPT_VIRTIO_TRANSPORT, false);
	expect("nod", OPT_NODEFAULTS, false);
	expect("no-pm", OPT_PMU, true);
	expect("no-nod", OPT_NODEFAULTS, true);
	expect_error("p", -ENOTUNIQ);
	expect_error("d", -ENOTUNIQ);
	expect_error("pmu-", -ENOTUNIQ);
	expect_error("no-p", -ENOTUNIQ);
	expect_error("n", -ENOTUNIQ);
}
END_TEST

START_TEST(unknown)
{
	enum option_id id = OPT_NUM;

	expect_error("", -ENOENT);
	expect_error("kernels", -ENOENT);
	expect_error("no-kernel", -ENOENT);
	expect_error("no-", -ENOENT);
	expect_error("9p", -ENOENT);
	ck_assert_int_eq(option_find_letter('z', &id), -ENOENT);
	ck_assert_int_eq(option_find_letter('\0', &id), -ENOENT);
	ck_assert_int_eq(option_find_letter('k', &id), 0);
	ck_assert_int_eq(id, OPT_KERNEL);
}
END_TEST

START_TEST(keys)
{
	enum option_id id = OPT_NUM;

	ck_assert_int_eq(option_find_key("pmu.partition", &id), 0);
	ck_assert_int_eq(id, OPT_PMU_PARTITION);
	ck_assert_int_eq(option_find_key("pmu-partition", &id), 0);
	ck_assert_int_eq(option_find_key("pmu", &id), 0);
	ck_assert_int_eq(id, OPT_PMU);
	ck_assert_int_eq(option_find_key("config", &id), -ENOENT);
	ck_assert_int_eq(option_find_key("dry-run", &id), -ENOENT);
	ck_assert_int_eq(option_find_key("", &id), -ENOENT);
	ck_assert(option_is_table("pmu"));
	ck_assert(!option_is_table("pm"));
	ck_assert(!option_is_table("cpus"));
	ck_assert(!option_is_table(""));
}
END_TEST

START_TEST(nearest)
{
	ck_assert_str_eq(option_nearest("pmu-partiton", false),
			 "pmu-partition");
	ck_assert_str_eq(option_nearest("pmu.partiton", true),
			 "pmu.partition");
	ck_assert_str_eq(option_nearest("cpsu", false), "cpus");
	ck_assert_ptr_null(option_nearest("watermelon", false));
	ck_assert_ptr_null(option_nearest("", false));
	ck_assert_ptr_null(option_nearest("a-name-far-longer-than-any-option-"
					  "has", false));
}
END_TEST

START_TEST(wants)
{
	char buf[160];

	ck_assert_str_eq(option_wants(&option_table[OPT_PMU_COUNTERS], buf,
				      sizeof(buf)), "an integer 0 to 31");
	ck_assert_str_eq(option_wants(&option_table[OPT_IRQCHIP], buf,
				      sizeof(buf)),
			 "one of \"auto\", \"gicv2\", \"gicv2m\", \"gicv3\", "
			 "\"gicv3-its\"");
	/* a short buffer cuts, and ends */
	ck_assert_uint_lt(strlen(option_wants(&option_table[OPT_IRQCHIP], buf,
					      10)), 10);
	ck_assert_str_eq(option_word_name(&option_table[OPT_ON_RESET], true),
			 "exit");
	ck_assert_str_eq(option_word_name(&option_table[OPT_ON_RESET], 9),
			 "?");
}
END_TEST

START_TEST(lkvm)
{
	bool negated = false;

	ck_assert_str_eq(lkvm_find("flash", 5, &negated)->name, "flash");
	ck_assert_str_eq(lkvm_find("vfio=x", 4, &negated)->name, "vfio-pci");
	ck_assert(lkvm_find("no-pvtime", 9, &negated)->accepted);
	ck_assert(!negated);
	ck_assert_str_eq(lkvm_find("no-nested", 9, &negated)->name, "nested");
	ck_assert(negated);
	ck_assert_ptr_null(lkvm_find("no-flash", 8, &negated));
	ck_assert_ptr_null(lkvm_find("", 0, &negated));
	ck_assert_str_eq(lkvm_find_letter('F')->name, "flash");
	ck_assert_ptr_null(lkvm_find_letter('k'));
	ck_assert_ptr_null(lkvm_find_letter('\0'));
}
END_TEST

T_MAIN("options", rows_are_whole, devices_are_whole, names_are_unique,
       lkvm_is_disjoint, every_name_finds_its_row, abbreviations, unknown,
       keys, nearest, wants, lkvm)
