// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Users of virtualization through hotplug, suspend and shutdown.
 *
 * A flag a CPU says that this user holds it, which makes both directions
 * idempotent: a CPU that a shutdown gave back is not given back again.
 * Invariant: a flag is set only while count is not 0 and the CPU is online.
 */
#include "virt_enable_internal.h"

static int hold_cpu(struct vprim_virt_user *user, uint32_t cpu,
		    struct vprim_reason *why)
{
	if (user->enabled_[cpu])
		return 0;
	if (vprim_virt_enable_get(user->virt_, cpu, user->virt_->feature_, why))
		return -EIO;
	user->enabled_[cpu] = true;
	return 0;
}

/* A fault means that the hardware is off already, which is what is wanted. */
static void drop_cpu(struct vprim_virt_user *user, uint32_t cpu)
{
	if (!user->enabled_[cpu])
		return;
	user->enabled_[cpu] = false;
	(void)!vprim_virt_enable_put(user->virt_, cpu, user->virt_->feature_,
				     NULL);
}

static void drop_all(struct vprim_virt_user *user)
{
	uint32_t cpu;

	for (cpu = 0; cpu < user->virt_->ncpus_; cpu++)
		drop_cpu(user, cpu);
}

static int hold_all(struct vprim_virt_user *user, struct vprim_reason *why)
{
	struct vprim_virt *virt = user->virt_;
	uint32_t cpu;

	for (cpu = 0; cpu < virt->ncpus_; cpu++)
		if (virt->cpus_[cpu].online_ && hold_cpu(user, cpu, why))
			return -EIO;
	return 0;
}

int vprim_virt_enable_add_user(struct vprim_virt *virt,
			       struct vprim_virt_user *user, bool *enabled)
{
	struct vprim_virt_user *u;

	for (u = virt->users_; u; u = u->next_)
		if (u == user)
			return -EEXIST;
	memset(user, 0, sizeof(*user));
	memset(enabled, 0, virt->ncpus_ * sizeof(*enabled));
	user->virt_ = virt;
	user->enabled_ = enabled;
	user->next_ = virt->users_;
	virt->users_ = user;
	return 0;
}

int vprim_virt_enable_remove_user(struct vprim_virt_user *user,
				  struct vprim_reason *why)
{
	struct vprim_virt_user **link;

	vprim_reason_clear(why);
	if (!user->virt_)
		return refuse(why, UNREGISTERED);
	if (user->count)
		return refuse(why, IN_NEED, VALUE(user->count));
	for (link = &user->virt_->users_; *link != user; link = &(*link)->next_)
		;
	*link = user->next_;
	user->virt_ = NULL;
	return 0;
}

int vprim_virt_enable_enable(struct vprim_virt_user *user,
			     struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	if (!user->virt_)
		return refuse(why, UNREGISTERED);
	if (user->virt_->feature_ == VPRIM_VIRT_NONE)
		return refuse(why, FEATURE);
	if (user->count == UINT32_MAX)
		return refuse(why, FULL);
	/* Seen by events from here on, before the test of going_down. */
	if (user->count++)
		return 0;
	ret = hold_all(user, why);
	if (!ret && user->virt_->going_down)
		ret = refuse(why, GOING_DOWN);
	if (ret) {
		drop_all(user);
		user->count = 0;
	}
	return ret;
}

int vprim_virt_enable_disable(struct vprim_virt_user *user)
{
	if (!user->count)
		return -ENOENT;
	if (!--user->count)
		drop_all(user);
	return 0;
}

static void leave_cpu(struct vprim_virt *virt, uint32_t cpu)
{
	struct vprim_virt_user *u;

	for (u = virt->users_; u; u = u->next_)
		drop_cpu(u, cpu);
}

/* Switch @cpu on for every user in need; goes on after a failure, the first told. */
static int enter_cpu(struct vprim_virt *virt, uint32_t cpu,
		     struct vprim_reason *why)
{
	struct vprim_virt_user *u;
	int ret = 0;

	for (u = virt->users_; u; u = u->next_)
		if (u->count && hold_cpu(u, cpu, ret ? NULL : why))
			ret = -EIO;
	return ret;
}

static bool is_online(const struct vprim_virt *virt, uint32_t cpu)
{
	return virt_is_cpu(virt, cpu) && virt->cpus_[cpu].online_;
}

int vprim_virt_enable_cpu_online(struct vprim_virt *virt, uint32_t cpu,
				 struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!virt_is_cpu(virt, cpu))
		return refuse(why, CPU, VALUE(cpu));
	if (is_online(virt, cpu))
		return refuse(why, ONLINE, AT(cpu));
	if (enter_cpu(virt, cpu, why)) {
		leave_cpu(virt, cpu);
		return -EIO;
	}
	virt->cpus_[cpu].online_ = true;
	return 0;
}

int vprim_virt_enable_cpu_offline(struct vprim_virt *virt, uint32_t cpu)
{
	int ret = vprim_virt_enable_suspend(virt, cpu);

	if (!ret)
		virt->cpus_[cpu].online_ = false;
	return ret;
}

int vprim_virt_enable_suspend(struct vprim_virt *virt, uint32_t cpu)
{
	if (!is_online(virt, cpu))
		return -ENOENT;
	leave_cpu(virt, cpu);
	return 0;
}

int vprim_virt_enable_resume(struct vprim_virt *virt, uint32_t cpu,
			     struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!is_online(virt, cpu))
		return refuse(why, OFFLINE, AT(cpu));
	return enter_cpu(virt, cpu, why);
}

void vprim_virt_enable_shutdown(struct vprim_virt *virt)
{
	uint32_t cpu;

	virt->rebooting = true;
	for (cpu = 0; cpu < virt->ncpus_; cpu++)
		leave_cpu(virt, cpu);
}
