// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A device's interrupts: what it has, and eventfds or actions for them. */
#include "user_vfio_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct vprim_user_step_ step_info = {
	"ioctl VFIO_DEVICE_GET_IRQ_INFO", { { EINVAL, VPRIM_USER_RULE_IRQ } }
};
static const struct vprim_user_step_ step_set = {
	"ioctl VFIO_DEVICE_SET_IRQS", {
	{ EINVAL, VPRIM_USER_RULE_IRQ },
	{ ENOTTY, VPRIM_USER_RULE_IRQ },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
} };

int vprim_user_vfio_irq_info(const struct vprim_user_vfio_device *device,
			     uint32_t index, struct vprim_user_vfio_irq *irq,
			     struct vprim_user_fault *fault)
{
	struct vfio_irq_info_ info = { .argsz = sizeof(info), .index = index };
	char subject[32];
	int ret;

	snprintf(subject, sizeof(subject), "interrupts %" PRIu32, index);
	if (!device->space)
		return vprim_user_argument_(fault, step_info.call, subject);
	ret = device->sys_->ioctl(device->sys_->ctx, device->fd,
				  VFIO_DEVICE_GET_IRQ_INFO_, &info);
	if (ret < 0)
		return vprim_user_failed_(fault, &step_info, ret, subject);
	*irq = (struct vprim_user_vfio_irq){ info.flags, info.count };
	return 0;
}

/* Nothing at all ends the whole index, and is no array of files. */
static bool is_sound(const struct vprim_user_vfio_irqs *irqs,
		     enum vprim_user_vfio_irq_action action, const int *eventfds)
{
	const uint32_t most = (UINT32_MAX - sizeof(struct vfio_irq_set_)) /
			      sizeof(int32_t);

	if ((unsigned int)action > VPRIM_USER_VFIO_IRQ_TRIGGER ||
	    irqs->count > most || irqs->start > UINT32_MAX - irqs->count)
		return false;
	return irqs->count || (!irqs->start && !eventfds &&
			       action == VPRIM_USER_VFIO_IRQ_TRIGGER);
}

int vprim_user_vfio_irq_set(const struct vprim_user_vfio_device *device,
			    const struct vprim_user_vfio_irqs *irqs,
			    enum vprim_user_vfio_irq_action action,
			    const int *eventfds, struct vprim_user_fault *fault)
{
	struct vfio_irq_set_ *set;
	char subject[32];
	int32_t *data;
	size_t bytes;
	uint32_t i;
	int ret;

	snprintf(subject, sizeof(subject), "interrupts %" PRIu32, irqs->index);
	if (!device->space || !is_sound(irqs, action, eventfds))
		return vprim_user_argument_(fault, step_set.call, subject);
	bytes = sizeof(*set) + (eventfds ? irqs->count * sizeof(*data) : 0);
	set = malloc(bytes);
	if (!set)
		return user_refuse(fault, "malloc", NULL, MEMORY);
	*set = (struct vfio_irq_set_){
		.argsz = (uint32_t)bytes, .index = irqs->index,
		.start = irqs->start, .count = irqs->count,
		.flags = VFIO_IRQ_ACTION_MASK_ << action |
			 (eventfds ? VFIO_IRQ_DATA_EVENTFD_ :
				     VFIO_IRQ_DATA_NONE_),
	};
	data = (int32_t *)(set + 1);
	for (i = 0; eventfds && i < irqs->count; i++)
		data[i] = eventfds[i];
	ret = device->sys_->ioctl(device->sys_->ctx, device->fd,
				  VFIO_DEVICE_SET_IRQS_, set);
	free(set);
	return ret < 0 ? vprim_user_failed_(fault, &step_set, ret, subject) : 0;
}
