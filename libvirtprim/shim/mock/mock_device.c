// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A device: from a group or on its own, its regions, resets, and its way out. */
#include "mock_internal.h"

#define REGION_SHIFT VPRIM_REGION_INFO_PCI_SHIFT

/* -- making ------------------------------------------------------------------ */

/* "0000:01:00.0" */
static bool is_address(const char *name)
{
	static const char form[] = "xxxx:xx:xx.o";
	size_t i;

	for (i = 0; form[i]; i++) {
		char c = name[i];
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');

		if (form[i] == 'x' ? !hex :
		    form[i] == 'o' ? c < '0' || c > '7' : c != form[i])
			return false;
	}
	return !name[i];
}

static struct mock_group *group_of(struct vprim_mock *mock, uint32_t id)
{
	struct mock_group *g;

	for (g = mock->groups; g; g = g->next)
		if (g->id == id)
			return g;
	g = mock_alloc_(mock, sizeof(*g));
	if (!g)
		return NULL;
	g->mock = mock;
	g->id = id;
	g->next = mock->groups;
	mock->groups = g;
	return g;
}

static int lay_out(struct vprim_mock_device *d, const char *options)
{
	struct vprim_mock *mock = d->mock;
	uint32_t i;
	int ret;

	d->setup = (struct vprim_mock_setup){
		.config_bytes = 256, .config = d->config,
		.writable = d->writable, .regions = d->regions,
	};
	d->setup.irqs[VFIO_PCI_REQ_IRQ_] = 1;
	ret = d->model->setup(d, &d->setup, options);
	if (ret)
		return ret;
	d->regions[VPRIM_REGION_INFO_PCI_CONFIG] = (struct vprim_mock_region){
		.size_bytes = d->setup.config_bytes,
		.flags = VPRIM_VFIO_CAP_REGION_READ | VPRIM_VFIO_CAP_REGION_WRITE,
	};
	for (i = 0; i < VPRIM_MOCK_REGIONS; i++) {
		struct vprim_mock_region *r = &d->regions[i];

		if (!(r->flags & VPRIM_VFIO_CAP_REGION_MMAP))
			continue;
		r->memory = mock->ops.memory ?
			    mock->ops.memory(mock->config.ctx, d, i, r->size_bytes) :
			    mock_alloc_(mock, (size_t)r->size_bytes);
		if (!r->memory)
			return -ENOMEM;
	}
	return 0;
}

void mock_device_free_(struct vprim_mock_device *device)
{
	struct vprim_mock *mock = device->mock;
	uint32_t i;

	for (i = 0; i < VPRIM_MOCK_REGIONS && !mock->ops.memory; i++)
		mock_free_(mock, device->regions[i].memory,
			   (size_t)device->regions[i].size_bytes);
	mock_free_(mock, device->state, device->model->state_bytes);
	mock_free_(mock, device, sizeof(*device));
}

const struct vprim_mock_model *vprim_mock_model_find(const char *name)
{
	return !strcmp(name, mock_edu_.name) ? &mock_edu_ :
	       !strcmp(name, mock_card_.name) ? &mock_card_ : NULL;
}

int vprim_mock_add(struct vprim_mock *mock, const struct vprim_mock_model *model,
		   const char *name, uint32_t group, const char *options,
		   struct vprim_mock_device **device)
{
	struct vprim_mock_device *d, **end = &mock->devices;
	int ret;

	if (!is_address(name))
		return -EINVAL;
	for (; *end; end = &(*end)->next)
		if (!strcmp((*end)->name, name))
			return -EEXIST;
	d = mock_alloc_(mock, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->mock = mock;
	d->model = model;
	d->number = mock->devices_made;
	memcpy(d->name, name, strlen(name));
	d->group = group_of(mock, group);
	d->state = mock_alloc_(mock, model->state_bytes);
	ret = d->group && d->state ? lay_out(d, options) : -ENOMEM;
	if (ret) {
		mock_device_free_(d);
		return ret;
	}
	mock->devices_made++;
	*end = d;
	model->reset(d);
	*device = d;
	return 0;
}

/* -- questions of the outside --------------------------------------------------- */

struct vprim_mock_device *vprim_mock_next(const struct vprim_mock *mock,
					  const struct vprim_mock_device *after)
{
	return after ? after->next : mock->devices;
}

void vprim_mock_device_describe(const struct vprim_mock_device *device,
				struct vprim_mock_device_info *info)
{
	*info = (struct vprim_mock_device_info){
		.name = device->name, .model = device->model->name,
		.group = device->group->id, .number = device->number,
		.config_bytes = device->setup.config_bytes,
		.config = device->config, .regions = device->regions,
		.files = device->files, .interrupts = device->interrupts,
		.unplugged = device->unplugged,
	};
}

void *vprim_mock_state(const struct vprim_mock_device *device)
{
	return device->state;
}

void *vprim_mock_memory(const struct vprim_mock_device *device, uint32_t index)
{
	return index < VPRIM_MOCK_REGIONS ? device->regions[index].memory : NULL;
}

bool vprim_mock_poll(struct vprim_mock *mock)
{
	struct vprim_mock_device *d;
	bool found = false;

	for (d = mock->devices; d; d = d->next)
		if (d->files && d->model->poll)
			found |= d->model->poll(d);
	return found;
}

/* -- calls ------------------------------------------------------------------------ */

static int64_t get_info(struct vprim_mock_device *d, uint64_t task, uint64_t arg)
{
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_fixed info = { 0 };
	uint8_t head[VPRIM_VFIO_CAP_MIN_BYTES];
	uint32_t i, regions = VPRIM_REGION_INFO_PCI_DEVICE;

	if (mock_in_(d->mock, task, head, arg, sizeof(head)))
		return -EFAULT;
	for (i = regions; i < VPRIM_MOCK_REGIONS; i++)
		if (d->regions[i].size_bytes)
			regions = i + 1;
	memcpy(&info.argsz, head, sizeof(info.argsz));
	info.flags = VPRIM_VFIO_CAP_DEVICE_PCI;
	if (!d->setup.no_reset)
		info.flags |= VPRIM_VFIO_CAP_DEVICE_RESET;
	info.num_regions = regions;
	info.num_irqs = VFIO_PCI_IRQS_;
	certain(vprim_vfio_cap_chain_init(&chain, 0, VPRIM_VFIO_CAP_DEVICE_BYTES,
					  NULL, 0));
	return mock_reply_(d->mock, task, arg, VPRIM_VFIO_CAP_DEVICE, &chain, &info);
}

/* As vfio-pci: every index up to configuration space has an answer. */
static int region_info(void *device, struct vprim_region_info *info,
		       struct vprim_vfio_cap_chain *chain)
{
	const struct vprim_mock_device *d = device;
	const struct vprim_mock_region *r;

	if (info->index >= VPRIM_MOCK_REGIONS ||
	    info->index == VPRIM_REGION_INFO_PCI_VGA)
		return -EINVAL;
	r = &d->regions[info->index];
	if (info->index >= VPRIM_REGION_INFO_PCI_DEVICE && !r->size_bytes)
		return -EINVAL;
	info->offset = (uint64_t)(info->index + VPRIM_MOCK_FIRST_REGION)
		       << REGION_SHIFT;
	info->size = r->size_bytes;
	info->flags = r->flags;
	/* What there is no room for is counted, and refused with the whole. */
	if (r->areas)
		certain(vprim_vfio_cap_add_sparse_mmap(chain, r->areas,
						       r->nr_areas));
	if (r->type)
		certain(vprim_vfio_cap_add_type(chain, r->type, r->subtype));
	/* The BAR of the MSI-X table, which may be mapped too. */
	if (r->flags & VPRIM_VFIO_CAP_REGION_MMAP && !r->areas &&
	    d->setup.irqs[VFIO_PCI_MSIX_IRQ_] && info->index == d->setup.msix_bar)
		certain(vprim_vfio_cap_add(chain, VPRIM_VFIO_CAP_MSIX_MAPPABLE, 1,
					   NULL, VPRIM_VFIO_CAP_HDR_BYTES));
	return 0;
}

static int64_t get_region_info(struct vprim_mock_device *d, uint64_t task,
			       uint64_t arg)
{
	static const struct vprim_region_info_ops ops = { region_info };
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_fixed f;
	struct vprim_vfio_cap_reply reply;
	uint8_t info[VPRIM_VFIO_CAP_REGION_BYTES], storage[256];
	const void *bytes;
	uint32_t n;
	int ret;

	if (mock_in_(d->mock, task, info, arg, sizeof(info)))
		return -EFAULT;
	certain(vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_COUNT,
					  sizeof(info), storage, sizeof(storage)));
	certain(vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION, 0, info,
					  sizeof(info), &f));
	ret = vprim_region_info_get(&ops, d, &f, &chain, &reply);
	if (ret)
		return ret;
	certain(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, 0, &f, info,
					   sizeof(info)));
	if (mock_out_(d->mock, task, arg, info, sizeof(info)))
		return -EFAULT;
	if (!reply.chain_bytes)
		return 0;
	certain(vprim_vfio_cap_chain_finish(&chain, &bytes, &n));
	return mock_out_(d->mock, task, arg + sizeof(info), bytes, n);
}

void mock_device_reset_(struct vprim_mock_device *device)
{
	device->resets++;
	device->level = false;
	device->model->reset(device);
}

/* -- resets of a whole bus --------------------------------------------------------- */

static bool same_bus(const struct vprim_mock_device *a,
		     const struct vprim_mock_device *b)
{
	return !memcmp(a->name, b->name, sizeof("0000:01") - 1);
}

static unsigned int hex(const char *digits, size_t n)
{
	unsigned int v = 0;

	while (n--) {
		char c = *digits++;

		v = v << 4 | (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return v;
}

/* What a device is to an iommufd: its object there; 0, one of a group that it has
 * another device of; or none of its own. */
static uint32_t owned_as(const struct vprim_mock_device *d,
			 const struct mock_ictx *ictx)
{
	const struct vprim_mock_device *other;

	if (d->ictx && d->ictx == ictx)
		return d->bound->object.id;
	for (other = d->mock->devices; other; other = other->next)
		if (other->group == d->group && other->ictx && other->ictx == ictx)
			return 0;
	return VFIO_HOT_RESET_NOT_OWNED_;
}

static struct vfio_dependent_device_ dependent(const struct vprim_mock_device *d,
					       uint32_t group_or_id)
{
	return (struct vfio_dependent_device_){
		.group_or_id = group_or_id,
		.segment = (uint16_t)hex(d->name, 4),
		.bus = (uint8_t)hex(d->name + 5, 2),
		.devfn = (uint8_t)(hex(d->name + 8, 2) << 3 | hex(d->name + 11, 1)),
	};
}

static int64_t hot_reset_info(struct vprim_mock_file *file, uint64_t task,
			      uint64_t arg)
{
	struct vprim_mock *mock = file->mock;
	bool by_id = !file->group, fits = true;
	struct vfio_hot_reset_ info;
	struct vprim_mock_device *d;
	uint64_t at = arg + sizeof(info);
	int ret = mock_args_(mock, task, arg, &info, sizeof(info));

	if (ret)
		return ret;
	info.flags = by_id ? VFIO_HOT_RESET_DEV_ID_ | VFIO_HOT_RESET_OWNED_ : 0;
	info.count = 0;
	for (d = mock->devices; d; d = d->next) {
		struct vfio_dependent_device_ one = dependent(d,
			by_id ? owned_as(d, file->device->ictx) : d->group->id);

		if (!same_bus(d, file->device))
			continue;
		if (by_id && one.group_or_id == VFIO_HOT_RESET_NOT_OWNED_)
			info.flags &= ~VFIO_HOT_RESET_OWNED_;
		info.count++;
		fits &= info.argsz - sizeof(info) >= info.count * sizeof(one);
		if (fits && mock_out_(mock, task, at, &one, sizeof(one)))
			return -EFAULT;
		at += sizeof(one);
	}
	if (mock_out_(mock, task, arg, &info, sizeof(info)))
		return -EFAULT;
	return fits ? 0 : -ENOSPC;
}

/* Whoever resets a bus must own every group on it: shown by descriptors, each of
 * which is read once. */
static int show_groups(struct vprim_mock *mock, uint64_t task, uint64_t fds,
		       uint32_t count)
{
	struct mock_group *g;
	uint32_t i;

	for (g = mock->groups; g; g = g->next)
		g->shown = false;
	for (i = 0; i < count; i++) {
		struct vprim_mock_file *file;
		int32_t fd;

		if (mock_in_(mock, task, &fd, fds + 4 * (uint64_t)i, sizeof(fd)))
			return -EFAULT;
		if (mock_file_(mock, task, fd, &file))
			return -EBADF;
		if (!file || file->kind != VPRIM_MOCK_GROUP)
			return -EINVAL;
		file->group->shown = true;
	}
	return 0;
}

/* Without descriptors: all in the same iommufd. */
static int owns(struct vprim_mock_file *file, uint64_t task, uint64_t fds,
		uint32_t count)
{
	struct vprim_mock_device *d;
	int ret = show_groups(file->mock, task, fds, count);

	for (d = file->mock->devices; d && !ret; d = d->next)
		if (same_bus(d, file->device) &&
		    !(count ? d->group->shown :
			      owned_as(d, file->device->ictx) !=
			      VFIO_HOT_RESET_NOT_OWNED_))
			ret = -EINVAL;
	return ret;
}

static int64_t hot_reset(struct vprim_mock_file *file, uint64_t task, uint64_t arg)
{
	struct vprim_mock *mock = file->mock;
	struct vfio_hot_reset_ reset;
	struct vprim_mock_device *d;
	uint32_t there = 0;
	int ret = mock_args_(mock, task, arg, &reset, sizeof(reset));

	if (ret)
		return ret;
	if (reset.flags)
		return -EINVAL;
	for (d = mock->devices; d; d = d->next)
		there += same_bus(d, file->device);
	if (reset.count > there || (!reset.count && file->group))
		return -EINVAL;
	ret = owns(file, task, arg + sizeof(reset), reset.count);
	for (d = mock->devices; d && !ret; d = d->next)
		if (same_bus(d, file->device))
			mock_device_reset_(d);
	return ret;
}

/* -- through an iommufd --------------------------------------------------------------- */

static int64_t bind_iommufd(struct vprim_mock_file *file, uint64_t task,
			    uint64_t arg)
{
	struct vprim_mock *mock = file->mock;
	struct vprim_mock_device *d = file->device;
	struct vprim_mock_file *iommufd;
	struct vfio_bind_iommufd_ bind;
	int ret = mock_args_(mock, task, arg, &bind, VFIO_BIND_BYTES_);

	if (ret)
		return ret;
	if (bind.flags || bind.iommufd < 0 || file->group)
		return -EINVAL;
	if (d->group->open)
		return -EBUSY;
	if (file->granted || d->bound)
		return -EINVAL;
	ret = mock_file_(mock, task, bind.iommufd, &iommufd);
	if (ret)
		return ret;
	if (!iommufd || iommufd->kind != VPRIM_MOCK_IOMMUFD)
		return -EBADFD;
	ret = mock_bind_(iommufd->ictx, d);
	if (ret)
		return ret;
	bind.out_devid = d->bound->object.id;
	ret = mock_out_(mock, task, arg, &bind, VFIO_BIND_BYTES_);
	if (ret)
		mock_unbind_(d);
	else
		file->granted = true;
	return ret;
}

static int64_t attach_pt(struct vprim_mock_device *d, uint64_t task, uint64_t arg)
{
	struct vfio_attach_iommufd_pt_ attach;
	int ret = mock_args_(d->mock, task, arg, &attach, sizeof(attach));

	if (ret)
		return ret;
	if (attach.flags)
		return -EINVAL;
	ret = mock_attach_(d, &attach.pt_id);
	if (ret)
		return ret;
	ret = mock_out_(d->mock, task, arg, &attach, sizeof(attach));
	if (ret)
		mock_detach_(d);
	return ret;
}

static int64_t detach_pt(struct vprim_mock_device *d, uint64_t task, uint64_t arg)
{
	struct vfio_detach_iommufd_pt_ detach;
	int ret = mock_args_(d->mock, task, arg, &detach, sizeof(detach));

	if (ret)
		return ret;
	if (detach.flags)
		return -EINVAL;
	mock_detach_(d);
	return 0;
}

/* -- the switch ------------------------------------------------------------------------ */

int64_t mock_device_ioctl_(struct vprim_mock_file *file, uint64_t task,
			   uint32_t request, uint64_t arg)
{
	struct vprim_mock_device *d = file->device;

	if (request == VFIO_DEVICE_BIND_IOMMUFD_)
		return bind_iommufd(file, task, arg);
	if (!file->granted)
		return -EINVAL;
	if (!file->group && request == VFIO_DEVICE_ATTACH_IOMMUFD_PT_)
		return attach_pt(d, task, arg);
	if (!file->group && request == VFIO_DEVICE_DETACH_IOMMUFD_PT_)
		return detach_pt(d, task, arg);
	switch (request) {
	case VFIO_DEVICE_GET_INFO_:
		return get_info(d, task, arg);
	case VFIO_DEVICE_GET_REGION_INFO_:
		return get_region_info(d, task, arg);
	case VFIO_DEVICE_GET_IRQ_INFO_:
		return mock_irq_info_(d, task, arg);
	case VFIO_DEVICE_SET_IRQS_:
		return mock_set_irqs_(d, task, arg);
	case VFIO_DEVICE_RESET_:
		if (d->setup.no_reset)
			return -EINVAL;
		mock_device_reset_(d);
		return 0;
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_:
		return hot_reset_info(file, task, arg);
	case VFIO_DEVICE_PCI_HOT_RESET_:
		return hot_reset(file, task, arg);
	case VFIO_DEVICE_FEATURE_:
		return mock_feature_(file, task, arg);
	default:
		return -ENOTTY;
	}
}

/* -- reading and writing ----------------------------------------------------------------- */

static int64_t region_rw(struct vprim_mock_device *d, uint32_t index, uint64_t at,
			 void *data, size_t n, bool write)
{
	const struct vprim_mock_region *r = &d->regions[index];
	uint32_t need = write ? VPRIM_VFIO_CAP_REGION_WRITE :
				VPRIM_VFIO_CAP_REGION_READ;
	int ret;

	if (at >= r->size_bytes || !(r->flags & need))
		return -EINVAL;
	/* Memory decoding is off. */
	if (index < VPRIM_REGION_INFO_PCI_ROM && !(d->config[4] & 2))
		return -EIO;
	if (n > r->size_bytes - at)
		n = (size_t)(r->size_bytes - at);
	ret = d->model->access ? d->model->access(d, index, at, data, n, write) :
				 -EOPNOTSUPP;
	if (ret == -EOPNOTSUPP && r->memory) {
		if (write)
			memcpy((char *)r->memory + at, data, n);
		else
			memcpy(data, (char *)r->memory + at, n);
		ret = 0;
	}
	return ret ? ret : (int64_t)n;
}

int64_t vprim_mock_rw(struct vprim_mock_file *file, uint64_t offset, void *data,
		      size_t n, bool write)
{
	uint64_t index = (offset >> REGION_SHIFT) - VPRIM_MOCK_FIRST_REGION;
	uint64_t at = offset & ((UINT64_C(1) << REGION_SHIFT) - 1);
	struct vprim_mock_device *d = file->device;

	if (file->kind != VPRIM_MOCK_DEVICE || !file->granted ||
	    index >= VPRIM_MOCK_REGIONS)
		return -EINVAL;
	if (!n)
		return 0;
	if (index == VPRIM_REGION_INFO_PCI_CONFIG) {
		int ret = mock_config_rw_(d, at, data, n, write);

		return ret ? ret : (int64_t)n;
	}
	return region_rw(d, (uint32_t)index, at, data, n, write);
}

int vprim_mock_mmap(const struct vprim_mock_file *file, uint64_t offset, uint64_t n)
{
	uint64_t index = (offset >> REGION_SHIFT) - VPRIM_MOCK_FIRST_REGION;
	uint64_t at = offset & ((UINT64_C(1) << REGION_SHIFT) - 1);
	const struct vprim_mock_region *r;
	uint32_t i;

	if (file->kind == VPRIM_MOCK_DMABUF)
		return 0;
	if (file->kind != VPRIM_MOCK_DEVICE || !file->granted ||
	    index >= VPRIM_MOCK_REGIONS)
		return -EINVAL;
	r = &file->device->regions[index];
	if (!(r->flags & VPRIM_VFIO_CAP_REGION_MMAP) || at >= r->size_bytes ||
	    n > r->size_bytes - at)
		return -EINVAL;
	for (i = 0; i < r->nr_areas; i++)
		if (at >= r->areas[i].offset &&
		    at - r->areas[i].offset < r->areas[i].size &&
		    n <= r->areas[i].size - (at - r->areas[i].offset))
			return 0;
	return r->areas ? -EINVAL : 0;
}

/* -- its way out ----------------------------------------------------------------------------- */

void vprim_mock_unplug(struct vprim_mock_device *device)
{
	struct vprim_mock *mock = device->mock;
	void *event = device->irq[VFIO_PCI_REQ_IRQ_].event[0];

	device->unplugged = true;
	if (event && mock->ops.event_signal)
		mock->ops.event_signal(mock->config.ctx, event);
}

void mock_device_close_(struct vprim_mock_file *file)
{
	struct vprim_mock_device *d = file->device;
	struct mock_group *g = file->group;

	d->files--;
	if (!d->files) {
		mock_irq_fini_(d);
		mock_device_reset_(d);
		if (d->bound)
			mock_unbind_(d);
	}
	if (g && !--g->users && !g->open)
		mock_group_leave_(g);
}
