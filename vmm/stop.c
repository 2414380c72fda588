// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stop - how and why a VM ends
 */
#include "stop.h"

#include <stdatomic.h>
#include <sys/eventfd.h>

void stop_init(struct stop *s, int wake_fd)
{
	*s = (struct stop){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.wake_fd = wake_fd,
	};
}

void stop_wake(const struct stop *s)
{
	/* fails only when the counter is full: the loop is awake already */
	eventfd_write(s->wake_fd, 1);
}

/*
 * The first reason, but for one: a person who wants the VM to end must not find
 * it started again because the guest asked for a reset at the same moment.
 */
static bool stop_counts(struct stop *s, enum outcome outcome)
{
	int now = atomic_load_explicit(&s->outcome, memory_order_relaxed);

	return now == OUTCOME_NONE ||
	       (now == OUTCOME_RESET && outcome == OUTCOME_SIGNAL);
}

static void stop_post_all(struct stop *s, enum outcome outcome, int signal,
			  const struct err *e)
{
	pthread_mutex_lock(&s->lock);
	if (stop_counts(s, outcome)) {
		s->signal = signal;
		if (e)
			s->err = *e;
		/* pairs with stop_outcome(): what it explains is complete */
		atomic_store_explicit(&s->outcome, (int)outcome,
				      memory_order_release);
	}
	pthread_mutex_unlock(&s->lock);
	stop_wake(s);
}

void stop_post(struct stop *s, enum outcome outcome)
{
	stop_post_all(s, outcome, 0, NULL);
}

void stop_post_signal(struct stop *s, int signal)
{
	atomic_store_explicit(&s->wanted, true, memory_order_relaxed);
	stop_post_all(s, OUTCOME_SIGNAL, signal, NULL);
}

void stop_post_err(struct stop *s, const struct err *e)
{
	stop_post_all(s, OUTCOME_FAILED, 0, e);
}

bool stop_was_wanted(struct stop *s)
{
	return atomic_load_explicit(&s->wanted, memory_order_relaxed);
}

enum outcome stop_outcome(struct stop *s)
{
	return (enum outcome)atomic_load_explicit(&s->outcome,
						  memory_order_acquire);
}
