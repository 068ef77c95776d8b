// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Users of virtualization through hotplug, suspend and shutdown.
 *
 * A flag a CPU says that this user holds it, which makes both directions
 * idempotent: a CPU that a shutdown gave back is not given back again.
 * Invariant: a flag is set only while count_ is not 0 and the CPU is online.
 */
#include <virtprim/virt_enable.h>

static int take(struct vprim_virt_user *user, uint32_t cpu)
{
	if (user->enabled_[cpu])
		return 0;
	if (vprim_virt_enable_get(user->virt_, cpu, user->virt_->feature_))
		return -EIO;
	user->enabled_[cpu] = true;
	return 0;
}

/* A fault means that the hardware is off already, which is what is wanted. */
static void give_back(struct vprim_virt_user *user, uint32_t cpu)
{
	bool fatal;

	if (!user->enabled_[cpu])
		return;
	user->enabled_[cpu] = false;
	(void)!vprim_virt_enable_put(user->virt_, cpu, user->virt_->feature_,
				     &fatal);
}

static void give_all_back(struct vprim_virt_user *user)
{
	uint32_t cpu;

	for (cpu = 0; cpu < user->virt_->ncpus_; cpu++)
		give_back(user, cpu);
}

static int take_all(struct vprim_virt_user *user)
{
	struct vprim_virt *virt = user->virt_;
	uint32_t cpu;

	for (cpu = 0; cpu < virt->ncpus_; cpu++)
		if (virt->cpus_[cpu].online_ && take(user, cpu))
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

int vprim_virt_enable_remove_user(struct vprim_virt_user *user)
{
	struct vprim_virt_user **link;

	if (!user->virt_)
		return -ENOENT;
	if (user->count_)
		return -EBUSY;
	for (link = &user->virt_->users_; *link != user; link = &(*link)->next_)
		;
	*link = user->next_;
	user->virt_ = NULL;
	return 0;
}

int vprim_virt_enable_enable(struct vprim_virt_user *user)
{
	int ret;

	if (!user->virt_)
		return -ENOENT;
	if (user->virt_->feature_ == VPRIM_VIRT_NONE)
		return -EOPNOTSUPP;
	if (user->count_ == UINT32_MAX)
		return -EOVERFLOW;
	/* Seen by events from here on, before the test of going_down_. */
	if (user->count_++)
		return 0;
	ret = take_all(user);
	if (!ret && user->virt_->going_down_)
		ret = -EBUSY;
	if (ret) {
		give_all_back(user);
		user->count_ = 0;
	}
	return ret;
}

int vprim_virt_enable_disable(struct vprim_virt_user *user)
{
	if (!user->virt_ || !user->count_)
		return -ENOENT;
	if (!--user->count_)
		give_all_back(user);
	return 0;
}

uint32_t vprim_virt_enable_count(const struct vprim_virt_user *user)
{
	return user->count_;
}

static bool is_cpu(const struct vprim_virt *virt, uint32_t cpu)
{
	return cpu < virt->ncpus_;
}

static void leave_cpu(struct vprim_virt *virt, uint32_t cpu)
{
	struct vprim_virt_user *u;

	for (u = virt->users_; u; u = u->next_)
		give_back(u, cpu);
}

/* Switch @cpu on for every user in need; goes on after a failure. */
static int enter_cpu(struct vprim_virt *virt, uint32_t cpu)
{
	struct vprim_virt_user *u;
	int ret = 0;

	for (u = virt->users_; u; u = u->next_)
		if (u->count_ && take(u, cpu))
			ret = -EIO;
	return ret;
}

int vprim_virt_enable_cpu_online(struct vprim_virt *virt, uint32_t cpu)
{
	if (!is_cpu(virt, cpu))
		return -EINVAL;
	if (virt->cpus_[cpu].online_)
		return -EEXIST;
	if (enter_cpu(virt, cpu)) {
		leave_cpu(virt, cpu);
		return -EIO;
	}
	virt->cpus_[cpu].online_ = true;
	return 0;
}

static int check_online(const struct vprim_virt *virt, uint32_t cpu)
{
	if (!is_cpu(virt, cpu))
		return -EINVAL;
	return virt->cpus_[cpu].online_ ? 0 : -ENOENT;
}

int vprim_virt_enable_cpu_offline(struct vprim_virt *virt, uint32_t cpu)
{
	int ret = check_online(virt, cpu);

	if (ret)
		return ret;
	leave_cpu(virt, cpu);
	virt->cpus_[cpu].online_ = false;
	return 0;
}

int vprim_virt_enable_suspend(struct vprim_virt *virt, uint32_t cpu)
{
	int ret = check_online(virt, cpu);

	if (!ret)
		leave_cpu(virt, cpu);
	return ret;
}

int vprim_virt_enable_resume(struct vprim_virt *virt, uint32_t cpu)
{
	int ret = check_online(virt, cpu);

	return ret ? ret : enter_cpu(virt, cpu);
}

void vprim_virt_enable_going_down(struct vprim_virt *virt, bool down)
{
	virt->going_down_ = down;
}

void vprim_virt_enable_shutdown(struct vprim_virt *virt)
{
	uint32_t cpu;

	virt->rebooting_ = true;
	for (cpu = 0; cpu < virt->ncpus_; cpu++)
		leave_cpu(virt, cpu);
}
