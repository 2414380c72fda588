// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vcpu - one virtual CPU and its thread
 */
#include "vcpu.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>

#include "util.h"

#define VCPU_KICK_SIGNAL SIGUSR1
/* room for a message with all its formatting; the guest runs elsewhere */
#define VCPU_STACK_SIZE	 (256ul * 1024)

int vcpu_create(struct vcpu *v, struct vm *vm, unsigned int index,
		struct err *e)
{
	void *map;
	int r;

	*v = (struct vcpu){ .vm = vm, .index = index, .fd = -1 };
	r = kvm_ioctl(vm->fd, KVM_CREATE_VCPU, (void *)(uintptr_t)index);
	if (r < 0)
		return err_fault(e, r, "creating vCPU %u", index);
	v->fd = r;
	r = kvm_map(v->fd, vm->run_size, &map);
	if (r)
		return err_fault(e, r, "mapping the state of vCPU %u", index);
	v->run = map;
	return 0;
}

static int vcpu_pin_failed(const struct vcpu *v, const struct cpuset *want,
			   int errnum, struct err *e)
{
	char text[128];

	cpuset_format(want, text, sizeof(text));
	if (errnum)
		return err_host(e, errnum, "vCPU %u cannot be pinned to CPUs %s: %s",
				v->index, text, err_name(errnum));
	return err_host(e, -EPROTO, "vCPU %u was pinned to CPUs %s, but the kernel let it have only a part of them: a cpuset cgroup has changed, try again",
			v->index, text);
}

/* Return: 1 when this thread's CPUs are @want, 0 when not, or -errno. */
static int vcpu_is_pinned(const struct vcpu *v, const struct cpuset *want,
			  struct err *e)
{
	struct cpuset got = { 0 };

	if (sched_getaffinity(0, sizeof(got.bits), (cpu_set_t *)got.bits))
		return err_fault(e, -errno, "reading the CPUs of vCPU %u",
				 v->index);
	return cpuset_equal(&got, want);
}

/*
 * Pin, and look at what came of it: the kernel silently cuts the set down to
 * the cpuset cgroup, which may have changed since the plan was made.  A vCPU
 * that is not to be pinned must still get rid of the main thread's set, which
 * it has inherited; where that is the right one nothing is left to do.
 */
static int vcpu_pin(const struct vcpu *v, struct err *e)
{
	const struct vm_session *s = v->vm->session;
	const struct cpuset *want;
	int r;

	if (!s->plan)
		return 0;
	want = &s->plan->vcpu[v->index].cpus;
	if (cpuset_empty(want))
		want = &s->host->allowed;
	r = vcpu_is_pinned(v, want, e);
	if (r)
		return r < 0 ? r : 0;
	if (sched_setaffinity(0, sizeof(want->bits),
			      (const cpu_set_t *)want->bits))
		return vcpu_pin_failed(v, want, -errno, e);
	r = vcpu_is_pinned(v, want, e);
	if (r)
		return r < 0 ? r : 0;
	return vcpu_pin_failed(v, want, 0, e);
}

static int vcpu_prepare(struct vcpu *v, struct err *e)
{
	char name[16];
	int r;

	snprintf(name, sizeof(name), "vcpu%u", v->index);
	pthread_setname_np(pthread_self(), name);
	r = vcpu_pin(v, e);
	if (r)
		return r;
	return cpu_init(v->fd, v->index, &v->vm->features, e);
}

/* Return: whether to run. */
static bool vcpu_wait_gate(struct gate *gate)
{
	bool open;

	pthread_mutex_lock(&gate->lock);
	gate->waiting++;
	pthread_cond_broadcast(&gate->change);
	while (gate->state == GATE_CLOSED)
		pthread_cond_wait(&gate->change, &gate->lock);
	open = gate->state == GATE_OPEN;
	pthread_mutex_unlock(&gate->lock);
	return open;
}

static void vcpu_run_failed(struct vcpu *v, int r)
{
	struct err e;

	err_fault(&e, r, "KVM_RUN of vCPU %u", v->index);
	stop_post_err(&v->vm->stop, &e);
}

/*
 * Whoever kicks has said why before: the VM stops, or somebody wants to see
 * statistics.  An exchange, not a store: if the flag that it takes away is a
 * stop's, then what was posted before the kick is seen after it.
 */
static bool vcpu_kicked(struct vcpu *v)
{
	__atomic_exchange_n(&v->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
	control_vcpu(v);
	return stop_outcome(&v->vm->stop) == OUTCOME_NONE;
}

static void vcpu_loop(struct vcpu *v)
{
	struct vm *vm = v->vm;
	bool go = true;

	while (go) {
		int r = kvm_ioctl(v->fd, KVM_RUN, NULL);

		/* what was written before this exit comes before it */
		serial_drain(&vm->session->serial);
		if (!r)
			go = vcpu_exit(v);
		else if (r == -EINTR || r == -EAGAIN)
			go = vcpu_kicked(v);
		else {
			vcpu_run_failed(v, r);
			go = false;
		}
	}
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct err e;

	if (vcpu_prepare(v, &e))
		stop_post_err(&v->vm->stop, &e);
	if (vcpu_wait_gate(&v->vm->gate))
		vcpu_loop(v);
	return NULL;
}

/* The signal only has to interrupt KVM_RUN. */
static void vcpu_on_kick(int signal)
{
	(void)signal;
}

int vcpu_start(struct vcpu *v, struct err *e)
{
	const struct sigaction kick = { .sa_handler = vcpu_on_kick };
	pthread_attr_t attr;
	int r;

	if (v->index == 0)
		sigaction(VCPU_KICK_SIGNAL, &kick, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, VCPU_STACK_SIZE);
	r = pthread_create(&v->thread, &attr, vcpu_thread, v);
	pthread_attr_destroy(&attr);
	if (r)
		return err_fault(e, -r, "starting the thread of vCPU %u",
				 v->index);
	v->started = true;
	return 0;
}

void vcpu_kick(struct vcpu *v)
{
	if (!v->started)
		return;
	__atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(v->thread, VCPU_KICK_SIGNAL);
}

void vcpu_join(struct vcpu *v)
{
	if (v->started)
		pthread_join(v->thread, NULL);
	v->started = false;
}

void vcpu_destroy(struct vcpu *v)
{
	kvm_unmap(v->run, v->vm ? v->vm->run_size : 0);
	v->run = NULL;
	kvm_close(&v->fd);
}
