// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio: a driver that does everything a driver must not, to every virtio
 * device it finds, on virtio-mmio and on PCI
 *
 * After each attack the device has used the request or says that it needs a
 * reset, as the attack may want; it is reset, and an ordinary request is
 * answered as ever; and another device, never reset, has gone on serving.
 *
 * One line for each attack.  Boot arguments, each with the beginnings of names,
 * as in "mmio-,pci-blk0":
 *	only=NAMES	attack no others
 *	strict=NAMES	these find every fault of a ring, whatever they are
 *	patient=NAMES	these may take a while to be there again
 *	spoil		instead of all this, leave the first device with one fault and
 *			one misuse of a register, for who looks from outside, and
 *			wait for the end
 */
#include "virtio.h"

#define ANSWER_MS	3000	/* for what must come */
#define SILENCE_MS	20	/* for what may */
#define PRINT_MS	25	/* until the host has written what it was sent */

static struct vio *bystander;
static unsigned int nr_passed, nr_failed, nr_skipped;
static bool skipped;
static const char *failure;

bool vio_skip(void)
{
	skipped = true;
	return false;
}

void vio_expect(bool ok, const char *why)
{
	if (!ok && !failure)
		failure = why;
}

bool vio_named(const struct vio *v, const char *key)
{
	const char *p = arg_str(key);
	size_t len;

	for (; p && *p && *p != ' '; p += len + (p[len] == ',')) {
		len = 0;
		while (p[len] && p[len] != ' ' && p[len] != ',')
			len++;
		if (!strncmp(v->name, p, len))
			return true;
	}
	return false;
}

static void join(char *to, const char *a, const char *b)
{
	while (*a)
		*to++ = *a++;
	*to++ = '/';
	while (*b)
		*to++ = *b++;
	*to = '\0';
}

/* What a console has been sent comes out beside these lines, not within. */
static void let_print(const struct vio *v)
{
	if (v->id == VIO_CONSOLE)
		delay_ms(PRINT_MS);
}

static void report(const struct vio *v, const char *name)
{
	char text[96];

	join(text, v->name, name);
	let_print(v);
	if (skipped && !failure) {
		printf("SKIP cpu0 %s\n", text);
		nr_skipped++;
	} else {
		check(!failure, text, "%s", failure);
		nr_passed += !failure;
		nr_failed += !!failure;
	}
	let_print(v);
}

static unsigned int patience(const struct vio *v, enum vio_want want)
{
	if (want == WANT_ANSWER)
		return ANSWER_MS;
	if (want == WANT_ANY || want == WANT_SILENCE || v->lenient)
		return SILENCE_MS;
	return ANSWER_MS;
}

/*
 * A program that serves rings may end of what a guest does, and is started again
 * at most once a second: until then the device has to be asked again.
 */
#define PATIENT_TRIES 12

static void wait_ms(uint64_t ms)
{
	uint64_t start = time_now();

	while (time_now() - start < time_ms(ms))
		;
}

/* The device says first that it needs a reset, then it interrupts. */
static bool interrupted(struct vio *v)
{
	uint64_t start = time_now();

	while (!(vio_isr(v) & 2))
		if (time_now() - start > time_ms(ANSWER_MS))
			return false;
	return true;
}

static void judge(struct vio *v, enum vio_want want)
{
	enum vio_end end = vio_end(v, patience(v, want));

	if (want == WANT_EITHER && !v->lenient)
		vio_expect(end != VIO_NOTHING, "neither used nor rejected");
	else if (want == WANT_REJECT && !v->lenient)
		vio_expect(end == VIO_REJECTED, end == VIO_ANSWERED ?
			   "used, not rejected" : "not rejected");
	else if (want == WANT_ANSWER)
		vio_expect(end == VIO_ANSWERED, end == VIO_REJECTED ?
			   "rejected" : "not used");
	else if (want == WANT_SILENCE)
		vio_expect(end != VIO_ANSWERED, "used");
	/* the configuration interrupt; other attacks may clear it themselves */
	if (end == VIO_REJECTED && want >= WANT_EITHER && want <= WANT_REJECT)
		vio_expect(interrupted(v), "no interrupt tells of the fault");
}

/* The one for requests and, where there is one, its neighbour. */
static unsigned int in_use(const struct vio *v)
{
	unsigned int nr = v->work + 1 > 2 ? v->work + 1 : 2;

	return nr < v->nr_queues ? nr : v->nr_queues;
}

/* Return: what does not work, or NULL. */
static const char *start_afresh(struct vio *v)
{
	if (!vio_reset(v))
		return "reset does not end";
	if (!vio_start(v, vio_features(v)))
		return "cannot be started again";
	return vio_probe(v) ? NULL : "no answer after a reset";
}

static void recover(struct vio *v)
{
	bool patient = v->id == VIO_FS || vio_named(v, "patient");
	unsigned int tries = patient ? PATIENT_TRIES : 1;
	const char *why;

	v->in_use = in_use(v);
	while ((why = start_afresh(v)) && --tries)
		wait_ms(1000);
	vio_expect(!why, why);
	v->fresh = !why;
	if (bystander && bystander != v)
		vio_expect(vio_probe(bystander), "another device stopped");
}

void vio_test(struct vio *v, const char *name, bool (*attack)(struct vio *v),
	      enum vio_want want)
{
	failure = NULL;
	skipped = false;
	if (!v->fresh)
		vio_expect(vio_start(v, vio_features(v)), "cannot be started");
	v->fresh = false;
	vio_isr(v);
	if (!failure && attack(v))
		judge(v, want);
	recover(v);
	report(v, name);
}

/* Of the same transport, so that both are behind the same code. */
static struct vio *find_bystander(const struct vio *v)
{
	unsigned int i;

	for (i = 0; i < nr_vios; i++)
		if (&vios[i] != v && vios[i].pci == v->pci &&
		    (vios[i].id == VIO_RNG || vios[i].id == VIO_BLK))
			return &vios[i];
	return NULL;
}

static bool nothing(struct vio *v)
{
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	return true;
}

static void test_device(struct vio *v)
{
	v->in_use = in_use(v);
	bystander = find_bystander(v);
	if (bystander) {
		bystander->in_use = in_use(bystander);
		vio_start(bystander, vio_features(bystander));
	}
	vio_test(v, "works", nothing, WANT_ANSWER);
	test_setup(v);
	test_registers(v);
	test_state(v);
	test_rings(v);
	test_packed(v);
	test_pci(v);
	test_blk(v);
	test_net(v);
	test_vsock(v);
	test_fs(v);
	test_misc(v);
	vio_reset(v);
	v->fresh = false;
	if (bystander)
		vio_reset(bystander);
}

static NORETURN void spoil(struct vio *v)
{
	v->in_use = in_use(v);
	vio_start(v, vio_features(v));
	vio_write(v, VIO_Q_SIZE, VIO_QSIZE);	/* it is too late for that */
	vio_offer(vio_q(v), VIO_QSIZE);		/* there is no such descriptor */
	vio_kick(v, v->work);
	if (vio_end(v, ANSWER_MS) == VIO_REJECTED)
		printf("SPOILT %s\n", v->name);
	for (;;)
		wfi();
}

void guest_test(void)
{
	unsigned int i;

	mmu_on();
	gic_cpu_init();
	vio_discover();
	if (arg_str("spoil") && nr_vios)
		spoil(&vios[0]);
	for (i = 0; i < nr_vios; i++)
		if (!arg_str("only") || vio_named(&vios[i], "only"))
			test_device(&vios[i]);
	printf("SUMMARY devices=%u passed=%u failed=%u skipped=%u\n", nr_vios,
	       nr_passed, nr_failed, nr_skipped);
}
