// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * registry - write, lock, list and remove entries; the contract is in the
 * header
 */
#include "registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

#define REGISTRY_VERSION 1
/* a VM takes less than that from making its file to writing it */
#define BIRTH_SECONDS 60

const char *registry_dir(char *buf)
{
	const char *top = getenv("XDG_RUNTIME_DIR");
	int n;

	if (!top || !*top)
		top = "/run";
	/* room for "/PID.json" of the largest PID */
	n = snprintf(buf, REGISTRY_PATH_MAX, "%s/tallyvm", top);
	return *top == '/' && n < REGISTRY_PATH_MAX - 20 ? buf : NULL;
}

/* ---- the VM of this process ---- */

/*
 * Written by hand, read with jansson: this is part of every start, and a JSON
 * library's hash tables cost more than all the rest of it.  Names need no
 * escapes: a VM's is checked (option_table[]), a PMU's that would need them is
 * left out.
 */
static const char *plain(const char *name)
{
	return name && !strpbrk(name, "\"\\\n\t") ? name : "";
}

static void write_vcpus(FILE *out, const struct pmu_plan *plan, unsigned int nr)
{
	char list[CPUSET_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (plan)
			cpuset_format(&plan->vcpu[i].cpus, list, sizeof(list));
		else
			*list = '\0';
		fprintf(out, "%s{\"cpus\":\"%s\"}", i ? "," : "", list);
	}
}

static char *entry_text(const struct vm_config *cfg,
			const struct pmu_plan *plan)
{
	const struct pmu_plan_vcpu *v = plan ? &plan->vcpu[0] : NULL;
	const enum pmu_mode mode = v ? v->mode : PMU_MODE_OFF;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "{\"version\":%d,\"name\":\"%s\",\"pid\":%d,"
		"\"pmu\":\"%s\",\"mode\":\"%s\",\"counters\":%d,"
		"\"host_reserve\":%u,\"vcpus\":[",
		REGISTRY_VERSION, cfg->name, (int)getpid(),
		plain(v && v->dev ? v->dev->name : NULL), pmu_mode_name(mode),
		v && v->dev ? v->counters : 0,
		plan ? plan->host_reserve : 0);
	write_vcpus(out, plan, cfg->cpus);
	fputs("]}", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* One that is there already was left behind by another process, which had the
 * same PID. */
static int make_file(const char *dir, const char *path)
{
	const int flags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC;
	int fd = open(path, flags, 0600);

	if (fd < 0 && ((errno == ENOENT && !mkdir(dir, 0700)) ||
		       (errno == EEXIST && !unlink(path))))
		fd = open(path, flags, 0600);
	return fd < 0 ? -errno : fd;
}

static int write_file(int fd, const char *text)
{
	const size_t len = strlen(text);
	ssize_t n;

	if (flock(fd, LOCK_EX | LOCK_NB))
		return -errno;
	n = write(fd, text, len);
	return n < 0 ? -errno : (size_t)n == len ? 0 : -EIO;
}

static int add(struct registry *r, const struct vm_config *cfg,
	       const struct pmu_plan *plan)
{
	char dir[REGISTRY_PATH_MAX], path[REGISTRY_PATH_MAX + 8];
	_cleanup_free_ char *text = NULL;
	_cleanup_fd_ int fd = -1;
	int err;

	if (!registry_dir(dir))
		return -ENAMETOOLONG;
	snprintf(r->base, sizeof(r->base), "%.*s/%d", REGISTRY_PATH_MAX - 20,
		 dir, (int)getpid());
	snprintf(path, sizeof(path), "%s.json", r->base);
	text = entry_text(cfg, plan);
	if (!text)
		return -ENOMEM;
	fd = make_file(dir, path);
	if (fd < 0)
		return fd;
	err = write_file(fd, text);
	if (err)
		unlink(path);
	else
		r->lock_fd = steal_fd(&fd);
	return err;
}

void registry_add(struct registry *r, const struct vm_config *cfg,
		  const struct pmu_plan *plan)
{
	int err;

	if (r->added || !*cfg->name)
		return;
	err = add(r, cfg, plan);
	r->added = !err;
	if (err)
		log_debug("\"tallyvm stat\" will not show this VM: no entry in "
			  "XDG_RUNTIME_DIR or /run (%s)", err_name(err));
}

void registry_remove(struct registry *r)
{
	char path[REGISTRY_PATH_MAX + 8];

	if (!r->added)
		return;
	snprintf(path, sizeof(path), "%s.json", r->base);
	unlink(path);
	close(r->lock_fd);
	*r = (struct registry){ .added = false };
}

/* ---- all VMs ---- */

static int read_text(int fd, char **ret)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > REGISTRY_FILE_MAX)
		return -EINVAL;
	text = malloc(st.st_size + 1);
	if (!text)
		return -ENOMEM;
	n = pread(fd, text, st.st_size, 0);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	*ret = steal_ptr(&text);
	return 0;
}

static int parse_vcpus(json_t *list, struct registry_vm *vm)
{
	struct cpuset cpus;
	const char *text;
	json_t *vcpu;
	size_t i;

	json_array_foreach(list, i, vcpu) {
		if (json_unpack(vcpu, "{s:s}", "cpus", &text) ||
		    cpuset_parse(text, &cpus))
			return -EINVAL;
		vm->cpus = cpuset_or(&vm->cpus, &cpus);
	}
	vm->nr_vcpus = json_array_size(list);
	return vm->nr_vcpus && vm->nr_vcpus <= CONFIG_CPUS_MAX ? 0 : -EINVAL;
}

/* Printed on terminals, so nothing that could be a control sequence. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static int parse_entry(json_t *root, struct registry_vm *vm)
{
	const char *name, *mode;
	int version, pid, counters, reserve;
	json_t *vcpus, *pmu;

	if (json_unpack(root, "{s:i, s:s, s:i, s:o, s:s, s:i, s:i, s:o}",
			"version", &version, "name", &name, "pid", &pid,
			"pmu", &pmu, "mode", &mode, "counters", &counters,
			"host_reserve", &reserve, "vcpus", &vcpus))
		return -EINVAL;
	if (version != REGISTRY_VERSION || pid <= 0 || reserve < 0 ||
	    !is_plain(name) || !is_plain(mode) || strlen(name) > CONFIG_NAME_MAX)
		return -EINVAL;
	*vm = (struct registry_vm){
		.pid = pid, .counters = counters, .host_reserve = reserve,
	};
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	snprintf(vm->mode, sizeof(vm->mode), "%s", mode);
	snprintf(vm->pmu, sizeof(vm->pmu), "%s",
		 json_is_string(pmu) ? json_string_value(pmu) : "");
	if (!is_plain(vm->pmu))
		return -EINVAL;
	return parse_vcpus(vcpus, vm);
}

/* Remove "123.json" and "123.sock". */
static void remove_stale(int dir_fd, const char *entry)
{
	char sock[NAME_MAX + 1];

	unlinkat(dir_fd, entry, 0);
	snprintf(sock, sizeof(sock), "%.*s.sock",
		 (int)(strlen(entry) - strlen(".json")), entry);
	unlinkat(dir_fd, sock, 0);
}

/* A VM makes its file, locks it, and only then writes it. */
static bool is_being_born(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && !st.st_size &&
	       time(NULL) - st.st_mtime < BIRTH_SECONDS;
}

/* Return: 0, or -errno for what is no entry of a VM that runs. */
static int read_entry(int dir_fd, const char *entry, struct registry_vm *vm)
{
	_cleanup_fd_ int fd = openat(dir_fd, entry, O_RDONLY | O_CLOEXEC |
				     O_NOFOLLOW | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	json_t *root;
	int err;

	if (fd < 0)
		return -errno;
	/* not to be locked either: the VM would find its file taken */
	if (is_being_born(fd))
		return -EAGAIN;
	if (!flock(fd, LOCK_SH | LOCK_NB)) {
		remove_stale(dir_fd, entry);
		return -ESRCH;
	}
	err = read_text(fd, &text);
	if (err)
		return err;
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	err = parse_entry(root, vm);
	json_decref(root);
	return err;
}

static bool is_entry(const char *name)
{
	const size_t len = strlen(name);

	return len > 5 && name[0] >= '1' && name[0] <= '9' &&
	       !strcmp(name + len - 5, ".json");
}

static int by_name(const void *a, const void *b)
{
	const struct registry_vm *x = a, *y = b;
	const int order = strcmp(x->name, y->name);

	return order ? order : (x->pid > y->pid) - (x->pid < y->pid);
}

static int list_dir(DIR *dir, struct registry_vm **vms, size_t *nr)
{
	struct registry_vm vm, *more;
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (!is_entry(entry->d_name) ||
		    read_entry(dirfd(dir), entry->d_name, &vm))
			continue;
		more = reallocarray(*vms, *nr + 1, sizeof(vm));
		if (!more)
			return -ENOMEM;
		*vms = more;
		more[(*nr)++] = vm;
	}
	return 0;
}

int registry_list(const char *dir, struct registry_vm **ret, size_t *ret_nr,
		  struct err *e)
{
	struct registry_vm *vms = NULL;
	DIR *d = opendir(dir);
	size_t nr = 0;
	int err = 0;

	if (!d && errno != ENOENT)
		return err_fault(e, -errno, "reading %s", dir);
	if (d) {
		err = list_dir(d, &vms, &nr);
		closedir(d);
	}
	if (err) {
		free(vms);
		return err_fault(e, err, "listing the VMs in %s", dir);
	}
	if (nr)
		qsort(vms, nr, sizeof(*vms), by_name);
	*ret = vms;
	*ret_nr = nr;
	return 0;
}

bool registry_is(const struct registry_vm *vm, const char *name)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)vm->pid);
	return !strcmp(name, vm->name) || !strcmp(name, pid);
}

int registry_claims(struct pmu_claim **ret, unsigned int *ret_nr,
		    struct err *e)
{
	_cleanup_free_ struct registry_vm *vms = NULL;
	char dir[REGISTRY_PATH_MAX];
	struct pmu_claim *claims;
	size_t nr = 0, i;
	int err;

	if (registry_dir(dir)) {
		err = registry_list(dir, &vms, &nr, e);
		if (err)
			return err;
	}
	claims = calloc(nr + 1, sizeof(*claims));
	if (!claims)
		return err_fault(e, -ENOMEM, "listing the VMs");
	for (i = 0; i < nr; i++) {
		snprintf(claims[i].name, sizeof(claims[i].name), "%s",
			 vms[i].name);
		claims[i].cpus = vms[i].cpus;
		claims[i].nr_vcpus = vms[i].nr_vcpus;
	}
	*ret = claims;
	*ret_nr = nr;
	return 0;
}
