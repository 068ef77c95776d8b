// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Hardware or software: who serves a virtual LAPIC timer.
 *
 * An event either tries the hardware timer or not. If it tries, the outcome
 * decides the server; if not, the server stays or falls back to software.
 */
#include <virtprim/ptimer.h>

/* After the try: the one that serves is on, the other is off. */
static unsigned int serve(struct vprim_ptimer_mode *m, bool hardware)
{
	bool was = m->server == VPRIM_PTIMER_HARDWARE;

	m->server = hardware ? VPRIM_PTIMER_HARDWARE : VPRIM_PTIMER_SOFTWARE;
	if (hardware)
		return VPRIM_PTIMER_DO_CANCEL_SW | VPRIM_PTIMER_DO_START_HW;
	return VPRIM_PTIMER_DO_START_SW | (was ? VPRIM_PTIMER_DO_CANCEL_HW : 0u);
}

static unsigned int stop(struct vprim_ptimer_mode *m)
{
	bool was = m->server == VPRIM_PTIMER_HARDWARE;

	m->server = VPRIM_PTIMER_SOFTWARE;
	m->blocked_in_hardware = false;
	return was ? VPRIM_PTIMER_DO_CANCEL_HW : VPRIM_PTIMER_DO_CANCEL_SW;
}

/* Hand over to the host timer, which a timer in software has running. */
static unsigned int fall_back(struct vprim_ptimer_mode *m)
{
	return m->server == VPRIM_PTIMER_HARDWARE ? serve(m, false) : 0;
}

static unsigned int block(struct vprim_ptimer_mode *m)
{
	m->blocked_in_hardware = m->server == VPRIM_PTIMER_HARDWARE;
	return fall_back(m);
}

static unsigned int unblock(struct vprim_ptimer_mode *m, bool hw_ok)
{
	bool taken = (m->blocked_in_hardware || m->retry) && hw_ok;

	m->blocked_in_hardware = false;
	return taken ? serve(m, true) : 0;
}

static unsigned int expire(struct vprim_ptimer_mode *m,
			   enum vprim_ptimer_event event, bool hw_ok)
{
	unsigned int todo = VPRIM_PTIMER_DO_EXPIRE;
	bool tries = event == VPRIM_PTIMER_EVENT_HW_EXPIRY || m->retry;

	if (m->server == VPRIM_PTIMER_HARDWARE)
		todo |= VPRIM_PTIMER_DO_CANCEL_HW;
	m->server = VPRIM_PTIMER_SOFTWARE;
	if (!m->periodic)
		return todo;
	return todo | VPRIM_PTIMER_DO_ADVANCE | serve(m, tries && hw_ok);
}

int vprim_ptimer_mode_event(struct vprim_ptimer_mode *m,
			    enum vprim_ptimer_event event, bool hw_ok,
			    unsigned int *todo)
{
	switch (event) {
	case VPRIM_PTIMER_EVENT_ARM:
		*todo = serve(m, hw_ok);
		return 0;
	case VPRIM_PTIMER_EVENT_STOP:
		*todo = stop(m);
		return 0;
	case VPRIM_PTIMER_EVENT_SUPPRESS:
		m->blocked_in_hardware = false;
		*todo = fall_back(m);
		return 0;
	case VPRIM_PTIMER_EVENT_BLOCK:
		*todo = block(m);
		return 0;
	case VPRIM_PTIMER_EVENT_UNBLOCK:
		*todo = unblock(m, hw_ok);
		return 0;
	case VPRIM_PTIMER_EVENT_HW_EXPIRY:
		if (m->server != VPRIM_PTIMER_HARDWARE)
			return -ENOENT;
		*todo = expire(m, event, hw_ok);
		return 0;
	case VPRIM_PTIMER_EVENT_SW_EXPIRY:
		if (m->server != VPRIM_PTIMER_SOFTWARE)
			return -ENOENT;
		*todo = expire(m, event, hw_ok);
		return 0;
	default:
		return -EINVAL;
	}
}
