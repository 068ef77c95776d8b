// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Asking the kernel. How often to ask again, with how much room, and whether the
 * bytes are an answer, is the core's business; here are the ioctls between.
 */
#include "user_vfio_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct vprim_user_step_ step_region = {
	"ioctl VFIO_DEVICE_GET_REGION_INFO", { { 0, 0 } }
};
static const struct vprim_user_step_ step_device = {
	"ioctl VFIO_DEVICE_GET_INFO", { { 0, 0 } }
};
static const struct vprim_user_step_ step_iommu = {
	"ioctl VFIO_IOMMU_GET_INFO", { { 0, 0 } }
};
static const struct vprim_user_step_ step_ranges = {
	"ioctl IOMMU_IOAS_IOVA_RANGES", { { 0, 0 } }
};

/* One question: to whom, what, and about which region. */
struct question {
	const struct vprim_user_sys *sys;
	int fd;
	unsigned long request;
	enum vprim_vfio_cap_kind kind;
	uint32_t index;
	const struct vprim_user_step_ *step;
	const char *subject;
};

/* An answer that the core refuses, whatever its errno, is a broken message. */
static int unusable(struct vprim_user_fault *fault, const struct question *q,
		    const struct vprim_reason *why)
{
	vprim_user_fault_set(fault, q->step->call, EBADMSG, q->subject);
	return user_because(fault, -EBADMSG, why);
}

static int ask(const struct question *q, void *buf, size_t size_bytes,
	       struct vprim_vfio_cap_view *view, struct vprim_user_fault *fault)
{
	struct vprim_vfio_cap_query query;
	struct vprim_reason why;
	struct vprim_vfio_cap_fixed fixed = { .argsz = 0 };
	uint32_t limit = size_bytes > VPRIM_VFIO_CAP_QUERY_LIMIT ?
			 VPRIM_VFIO_CAP_QUERY_LIMIT : (uint32_t)size_bytes;
	int ret;

	if (!size_bytes ||
	    vprim_vfio_cap_query_init(&query, q->kind, 0, limit, 0, NULL))
		return vprim_user_argument_(fault, q->step->call, q->subject);
	do {
		/* Fits: the query asks for no more than its limit. */
		(void)!vprim_vfio_cap_query_request(&query, q->index, buf,
						    size_bytes);
		ret = q->sys->ioctl(q->sys->ctx, q->fd, q->request, buf);
		if (ret < 0)
			return vprim_user_failed_(fault, q->step, ret,
						  q->subject);
		ret = vprim_vfio_cap_query_answer(&query, buf, limit, NULL);
	} while (ret == -EMSGSIZE);
	if (ret == -E2BIG) {
		(void)!vprim_vfio_cap_fixed_load(q->kind, 0, buf, limit, &fixed);
		return user_refuse(fault, q->step->call, q->subject, GREW,
				   VALUE(fixed.argsz));
	}
	/* What the query finds wrong the parser finds too, and says where. */
	if (!vprim_vfio_cap_parse(view, q->kind, 0, buf,
				  vprim_vfio_cap_query_argsz(&query), &why))
		return 0;
	return unusable(fault, q, &why);
}

int vprim_user_vfio_region_info(const struct vprim_user_vfio_device *device,
				uint32_t index, void *buf, size_t size_bytes,
				struct vprim_vfio_cap_view *view,
				struct vprim_user_fault *fault)
{
	char subject[VPRIM_USER_FAULT_SUBJECT_BYTES];
	struct question q = { .request = VFIO_DEVICE_GET_REGION_INFO_,
			      .kind = VPRIM_VFIO_CAP_REGION, .index = index,
			      .step = &step_region, .subject = subject };

	snprintf(subject, sizeof(subject), "region %" PRIu32, index);
	if (!device->space)
		return vprim_user_argument_(fault, q.step->call, subject);
	q.sys = device->sys_;
	q.fd = device->fd;
	return ask(&q, buf, size_bytes, view, fault);
}

int vprim_user_vfio_device_info(const struct vprim_user_vfio_device *device,
				void *buf, size_t size_bytes,
				struct vprim_vfio_cap_view *view,
				struct vprim_user_fault *fault)
{
	struct question q = { .request = VFIO_DEVICE_GET_INFO_,
			      .kind = VPRIM_VFIO_CAP_DEVICE,
			      .step = &step_device };

	if (!device->space)
		return vprim_user_argument_(fault, q.step->call, NULL);
	q.sys = device->sys_;
	q.fd = device->fd;
	return ask(&q, buf, size_bytes, view, fault);
}

int vprim_user_vfio_iommu_info(const struct vprim_user_vfio_space *space,
			       void *buf, size_t size_bytes,
			       struct vprim_vfio_cap_view *view,
			       struct vprim_user_fault *fault)
{
	struct question q = { .request = VFIO_IOMMU_GET_INFO_,
			      .kind = VPRIM_VFIO_CAP_IOMMU,
			      .step = &step_iommu };
	int ret;

	if (!space->sys)
		return vprim_user_argument_(fault, q.step->call, NULL);
	if (!space->kind)
		return user_refuse(fault, q.step->call, NULL, KIND,
				   VALUE(space->kind));
	if (space->kind == VPRIM_USER_VFIO_NOIOMMU)
		return user_refuse(fault, q.step->call, NULL, UNMAPPABLE);
	q.sys = space->sys;
	q.fd = space->fd;
	ret = ask(&q, buf, size_bytes, view, fault);
	/* Before its IOMMU is set a container answers so to everything. */
	if (ret == -EINVAL && !space->devices && fault &&
	    vprim_reason_id(&fault->reason) == VPRIM_USER_RULE_ERRNO)
		fault->reason = *BECAUSE(VPRIM_USER_RULE_EMPTY);
	return ret;
}

/* -- windows -- */

static int read_chain(const struct vprim_vfio_cap_view *view,
		      struct vprim_range *list, uint32_t capacity, uint32_t *nr,
		      struct vprim_user_fault *fault)
{
	const struct question q = { .step = &step_iommu };
	struct vprim_vfio_cap cap;
	struct vprim_reason why;
	int ret;

	/* Of a chain that was parsed. */
	if (vprim_vfio_cap_find(view, VPRIM_VFIO_CAP_IOVA_RANGE, &cap, NULL)) {
		*nr = 0;
		return 0;
	}
	ret = vprim_vfio_cap_read_iova_ranges(view, &cap, list, capacity, nr, &why);
	return ret && ret != -EMSGSIZE ? unusable(fault, &q, &why) : ret;
}

static int container_windows(const struct vprim_user_vfio_space *space,
			     struct vprim_range *list, uint32_t capacity,
			     uint32_t *nr, struct vprim_user_fault *fault)
{
	struct vprim_vfio_cap_view view;
	void *buf = malloc(VPRIM_VFIO_CAP_QUERY_LIMIT);
	int ret;

	if (!buf)
		return user_refuse(fault, "malloc", NULL, MEMORY);
	ret = vprim_user_vfio_iommu_info(space, buf, VPRIM_VFIO_CAP_QUERY_LIMIT,
					 &view, fault);
	if (!ret)
		ret = read_chain(&view, list, capacity, nr, fault);
	free(buf);
	return ret;
}

static int ioas_windows(const struct vprim_user_vfio_space *space,
			struct vprim_range *list, uint32_t capacity, uint32_t *nr,
			struct vprim_user_fault *fault)
{
	struct iommu_ioas_iova_ranges_ ranges = {
		.size = sizeof(ranges), .ioas_id = space->ioas_id,
		.num_iovas = capacity, .allowed_iovas = (uintptr_t)list,
	};
	int ret = space->sys->ioctl(space->sys->ctx, space->fd,
				    IOMMU_IOAS_IOVA_RANGES_, &ranges);

	*nr = ranges.num_iovas;
	if (ret == -EMSGSIZE)
		return ret;
	return ret < 0 ? vprim_user_failed_(fault, &step_ranges, ret, NULL) : 0;
}

int vprim_user_vfio_windows(const struct vprim_user_vfio_space *space,
			    struct vprim_range *list, size_t capacity,
			    size_t *count, struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_vfio_windows";
	uint32_t most = capacity > UINT32_MAX ? UINT32_MAX : (uint32_t)capacity;
	struct vprim_reason why;
	uint32_t nr = 0;
	int ret;

	if (!space->sys)
		return vprim_user_argument_(fault, call, NULL);
	ret = space->kind ? container_windows(space, list, most, &nr, fault) :
			    ioas_windows(space, list, most, &nr, fault);
	if (ret && ret != -EMSGSIZE)
		return ret;
	if (ret || nr > most) {
		/* An answer that does not fit says so; all else is a lie. */
		bool honest = ret && nr > most;

		ret = honest ? -EMSGSIZE : -EBADMSG;
		why = (struct vprim_reason){
			.rule = vprim_rules_find(&vprim_iova_windows_rules,
						 VPRIM_IOVA_WINDOWS_RULE_ROOM),
			VALUE(nr) };
		vprim_user_fault_set(fault, call, -ret, NULL);
		if (honest)
			*count = nr;
		return user_because(fault, ret, &why);
	}
	if (vprim_iova_windows_check((struct vprim_ranges){ list, nr }, &why)) {
		vprim_user_fault_set(fault, call, EBADMSG, NULL);
		return user_because(fault, -EBADMSG, &why);
	}
	*count = nr;
	return 0;
}
