// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The switch of one CPU, counted.
 *
 * Invariant, until a reboot begins: the hardware is on iff users is not 0. A
 * failed get leaves count, switch and processor trace as they were.
 */
#include "virt_enable_internal.h"

void vprim_virt_enable_probe(const struct vprim_virt_probe *probe,
			     struct vprim_virt_choice *choice)
{
	struct vprim_virt_choice c = { VPRIM_VIRT_NONE, 0, 0, false, false };

	if (!probe->has_vmx)
		c.vmx_error = -EOPNOTSUPP;
	else if (probe->vmx_region_bytes > 4096)
		c.vmx_error = -EIO;
	else if (!probe->vmx_pages)
		c.vmx_error = -ENOMEM;
	c.clear_vmx = c.vmx_error != 0;
	if (!probe->has_svm || probe->encrypted_guest)
		c.svm_error = -EOPNOTSUPP;
	c.both = !c.vmx_error && !c.svm_error;
	if (!c.vmx_error && !c.both)
		c.feature = VPRIM_VIRT_VMX;
	if (!c.svm_error && !c.both)
		c.feature = VPRIM_VIRT_SVM;
	*choice = c;
}

int vprim_virt_enable_init(struct vprim_virt *virt,
			   enum vprim_virt_feature feature,
			   struct vprim_virt_cpu *cpus, uint32_t ncpus,
			   const struct vprim_virt_ops *ops, void *ctx,
			   struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!ncpus)
		return refuse(why, NO_CPUS);
	if ((unsigned int)feature > VPRIM_VIRT_SVM)
		return vprim_reason_argument_(why);
	memset(virt, 0, sizeof(*virt));
	memset(cpus, 0, ncpus * sizeof(*cpus));
	virt->feature_ = feature;
	virt->cpus_ = cpus;
	virt->ncpus_ = ncpus;
	virt->ops_ = ops;
	virt->ctx_ = ctx;
	return 0;
}

static void notify_pt(const struct vprim_virt *virt, uint32_t cpu, bool on)
{
	if (virt->ops_->notify_pt)
		virt->ops_->notify_pt(virt->ctx_, cpu, on);
}

static int enable_vmx(const struct vprim_virt *virt, uint32_t cpu,
		      struct vprim_reason *why)
{
	notify_pt(virt, cpu, true);
	virt->ops_->set_on(virt->ctx_, cpu, true);
	if (!virt->ops_->vmxon(virt->ctx_, cpu))
		return 0;
	virt->ops_->set_on(virt->ctx_, cpu, false);
	notify_pt(virt, cpu, false);
	return refuse(why, VMXON, AT(cpu));
}

static int switch_on(const struct vprim_virt *virt, uint32_t cpu,
		     struct vprim_reason *why)
{
	if (virt->ops_->is_on(virt->ctx_, cpu))
		return refuse(why, FOREIGN, AT(cpu));
	if (virt->feature_ == VPRIM_VIRT_VMX)
		return enable_vmx(virt, cpu, why);
	virt->ops_->set_on(virt->ctx_, cpu, true);
	return 0;
}

/* Both ways the switch ends up off; a fault says that it had been off. */
static int switch_off(const struct vprim_virt *virt, uint32_t cpu,
		      struct vprim_reason *why)
{
	int fault;

	if (virt->feature_ == VPRIM_VIRT_VMX) {
		fault = virt->ops_->vmxoff(virt->ctx_, cpu);
		virt->ops_->set_on(virt->ctx_, cpu, false);
		notify_pt(virt, cpu, false);
	} else {
		fault = virt->ops_->stgi(virt->ctx_, cpu);
		virt->ops_->set_on(virt->ctx_, cpu, false);
	}
	return fault ? refuse(why, WAS_OFF, AT(cpu)) : 0;
}

static int check_switch(const struct vprim_virt *virt, uint32_t cpu,
			enum vprim_virt_feature feature, struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!virt_is_cpu(virt, cpu))
		return refuse(why, CPU, VALUE(cpu));
	if (virt->feature_ == VPRIM_VIRT_NONE || virt->feature_ != feature)
		return refuse(why, FEATURE);
	return 0;
}

int vprim_virt_enable_get(struct vprim_virt *virt, uint32_t cpu,
			  enum vprim_virt_feature feature,
			  struct vprim_reason *why)
{
	int ret = check_switch(virt, cpu, feature, why);
	uint32_t users;

	if (ret)
		return ret;
	users = virt->cpus_[cpu].users;
	if (users == UINT32_MAX)
		return refuse(why, FULL);
	if (!users)
		ret = switch_on(virt, cpu, why);
	if (!ret)
		virt->cpus_[cpu].users = users + 1;
	return ret;
}

int vprim_virt_enable_put(struct vprim_virt *virt, uint32_t cpu,
			  enum vprim_virt_feature feature,
			  struct vprim_reason *why)
{
	int ret = check_switch(virt, cpu, feature, why);

	if (ret)
		return ret;
	if (!virt->cpus_[cpu].users)
		return refuse(why, NOT_HELD, AT(cpu));
	return --virt->cpus_[cpu].users ? 0 : switch_off(virt, cpu, why);
}

int vprim_virt_enable_emergency(struct vprim_virt *virt, uint32_t cpu,
				struct vprim_reason *why)
{
	int ret = check_switch(virt, cpu, virt->feature_, why);

	if (ret)
		return ret;
	/* First: from here on a fault in what was interrupted is not fatal. */
	virt->rebooting = true;
	if (!virt->ops_->is_on(virt->ctx_, cpu))
		return 0;
	if (virt->emergency_)
		virt->emergency_(virt->emergency_ctx_, cpu);
	(void)switch_off(virt, cpu, NULL);
	return 0;
}

int vprim_virt_enable_set_emergency(struct vprim_virt *virt,
				    vprim_virt_emergency_fn old,
				    vprim_virt_emergency_fn fn, void *ctx)
{
	if (virt->emergency_ != old)
		return -EBUSY;
	/* An emergency that comes between sees no callback, not a wrong context. */
	virt->emergency_ = NULL;
	virt->emergency_ctx_ = ctx;
	virt->emergency_ = fn;
	return 0;
}
