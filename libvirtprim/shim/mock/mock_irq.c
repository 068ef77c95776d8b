// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Interrupts: GET_IRQ_INFO, SET_IRQS, and their way to the program's eventfds.
 *
 * One of INTx, MSI and MSI-X is on at a time. INTx masks itself when it is sent and
 * is sent again when it is unmasked while the device still raises it. Source: Linux
 * vfio_set_irqs_validate_and_prepare(), drivers/vfio/pci/vfio_pci_intrs.c.
 */
#include "mock_internal.h"

struct request {
	struct vfio_irq_set_ set;
	uint64_t data;		/* in the program's memory */
	uint64_t task;
};

/* -- events ---------------------------------------------------------------------- */

static int get(struct vprim_mock *mock, uint64_t task, int32_t fd, void **event)
{
	return mock->ops.event_get ?
	       mock->ops.event_get(mock->config.ctx, task, fd, event) : -EBADF;
}

static void put(struct vprim_mock *mock, void **event)
{
	if (*event && mock->ops.event_put)
		mock->ops.event_put(mock->config.ctx, *event);
	*event = NULL;
}

static void send(struct vprim_mock_device *d, void *event)
{
	d->interrupts++;
	if (event && d->mock->ops.event_signal)
		d->mock->ops.event_signal(d->mock->config.ctx, event);
}

/* -- the device's side --------------------------------------------------------------- */

static void try_intx(struct vprim_mock_device *d)
{
	struct mock_irq *irq = &d->irq[VFIO_PCI_INTX_IRQ_];
	bool disabled = d->config[5] & 4;	/* in the command register */

	if (!irq->on || !d->level || d->masked || disabled)
		return;
	d->masked = true;
	send(d, irq->event[0]);
}

void vprim_mock_intx(struct vprim_mock_device *device, bool level)
{
	device->level = level;
	/* Interrupt status. */
	device->config[6] = (uint8_t)((device->config[6] & ~8) | (level ? 8 : 0));
	try_intx(device);
}

void vprim_mock_unmask(struct vprim_mock_device *device)
{
	device->masked = false;
	try_intx(device);
}

bool vprim_mock_msi(struct vprim_mock_device *device, uint32_t vector)
{
	uint32_t i;

	for (i = VFIO_PCI_MSI_IRQ_; i <= VFIO_PCI_MSIX_IRQ_; i++) {
		struct mock_irq *irq = &device->irq[i];

		if (!irq->on)
			continue;
		if (vector < irq->on && irq->event[vector])
			send(device, irq->event[vector]);
		return true;
	}
	return false;
}

/* -- switching on and off --------------------------------------------------------------- */

static void disable(struct vprim_mock_device *d, uint32_t index)
{
	struct mock_irq *irq = &d->irq[index];
	uint32_t i;

	for (i = 0; i < VPRIM_MOCK_VECTORS; i++)
		put(d->mock, &irq->event[i]);
	irq->on = 0;
	if (index == VFIO_PCI_INTX_IRQ_) {
		put(d->mock, &d->unmask);
		d->masked = false;
	}
}

void mock_irq_fini_(struct vprim_mock_device *device)
{
	static const char *const name[] = { "INTx", "MSI", "MSI-X", "ERR", "REQ" };
	uint32_t i;

	for (i = 0; i < VFIO_PCI_IRQS_; i++) {
		struct vprim_mock_note note = {
			.news = VPRIM_MOCK_LEFT, .device = device,
			.text = name[i],
		};

		if (device->irq[i].on)
			mock_note_(device->mock, &note);
		disable(device, i);
	}
}

/* None of the three that exclude each other, but for @index. */
static bool free_for(const struct vprim_mock_device *d, uint32_t index)
{
	uint32_t i;

	for (i = VFIO_PCI_INTX_IRQ_; i <= VFIO_PCI_MSIX_IRQ_; i++)
		if (i != index && d->irq[i].on)
			return false;
	return true;
}

static int read_fd(struct vprim_mock_device *d, const struct request *r, uint32_t i,
		   int32_t *fd)
{
	return mock_in_(d->mock, r->task, fd, r->data + 4 * (uint64_t)i, 4);
}

static int read_bool(struct vprim_mock_device *d, const struct request *r,
		     uint32_t i, uint8_t *on)
{
	return mock_in_(d->mock, r->task, on, r->data + i, 1);
}

static int replace(struct vprim_mock_device *d, const struct request *r, uint32_t i,
		   void **event)
{
	void *new = NULL;
	int32_t fd;
	int ret = read_fd(d, r, i, &fd);

	if (!ret && fd >= 0)
		ret = get(d->mock, r->task, fd, &new);
	if (ret)
		return ret;
	put(d->mock, event);
	*event = new;
	return 0;
}

/* -- SET_IRQS, index by index ---------------------------------------------------------------- */

static int mask_intx(struct vprim_mock_device *d, const struct request *r, bool mask)
{
	struct mock_irq *irq = &d->irq[VFIO_PCI_INTX_IRQ_];
	uint32_t type = r->set.flags & VFIO_IRQ_DATA_;
	uint8_t on = 1;
	int ret = 0;

	if (!irq->on || !r->set.count)
		return -EINVAL;
	if (type == VFIO_IRQ_FDS_) {
		if (mask)
			return -ENOTTY;
		ret = replace(d, r, 0, &d->unmask);
		if (!ret && d->unmask && d->mock->ops.event_watch)
			d->mock->ops.event_watch(d->mock->config.ctx, d->unmask, d);
		return ret;
	}
	if (type == VFIO_IRQ_BOOL_)
		ret = read_bool(d, r, 0, &on);
	if (ret || !on)
		return ret;
	if (mask)
		d->masked = true;
	else
		vprim_mock_unmask(d);
	return 0;
}

static int trigger_intx(struct vprim_mock_device *d, const struct request *r)
{
	struct mock_irq *irq = &d->irq[VFIO_PCI_INTX_IRQ_];
	uint32_t type = r->set.flags & VFIO_IRQ_DATA_;
	uint8_t on = 1;
	int ret = 0;

	if (irq->on && !r->set.count && type == VFIO_IRQ_NONE_) {
		disable(d, VFIO_PCI_INTX_IRQ_);
		return 0;
	}
	if (!free_for(d, VFIO_PCI_INTX_IRQ_) || !r->set.count)
		return -EINVAL;
	if (type == VFIO_IRQ_FDS_) {
		ret = replace(d, r, 0, &irq->event[0]);
		if (!ret) {
			irq->on = 1;
			try_intx(d);
		}
		return ret;
	}
	if (!irq->on)
		return -EINVAL;
	if (type == VFIO_IRQ_BOOL_)
		ret = read_bool(d, r, 0, &on);
	if (!ret && on)
		send(d, irq->event[0]);
	return ret;
}

/* MSI-X takes more vectors while it is on; MSI never does. */
static bool grows(const struct vprim_mock_device *d, uint32_t index)
{
	return index == VFIO_PCI_MSIX_IRQ_ && d->setup.irqs[index] &&
	       vprim_linux_has(d->mock->config.release,
			       VPRIM_CHANGE_VFIO_MSIX_DYNAMIC);
}

/* Vectors from start on; a bad descriptor undoes those of this call. */
static int set_block(struct vprim_mock_device *d, const struct request *r)
{
	struct mock_irq *irq = &d->irq[r->set.index];
	uint32_t i;
	int ret;

	for (i = 0; i < r->set.count; i++) {
		ret = replace(d, r, i, &irq->event[r->set.start + i]);
		if (!ret)
			continue;
		while (i--)
			put(d->mock, &irq->event[r->set.start + i]);
		return ret;
	}
	return 0;
}

static int trigger_msi(struct vprim_mock_device *d, const struct request *r)
{
	struct mock_irq *irq = &d->irq[r->set.index];
	uint32_t type = r->set.flags & VFIO_IRQ_DATA_, i;
	bool was = irq->on;
	int ret = 0;

	if (irq->on && !r->set.count && type == VFIO_IRQ_NONE_) {
		disable(d, r->set.index);
		return 0;
	}
	if (!free_for(d, r->set.index))
		return -EINVAL;
	if (type == VFIO_IRQ_FDS_) {
		if (was && !grows(d, r->set.index) &&
		    r->set.start + r->set.count > irq->on)
			return -EINVAL;
		ret = set_block(d, r);
		if (ret && !was)
			disable(d, r->set.index);
		else if (!ret && r->set.start + r->set.count > irq->on)
			irq->on = r->set.start + r->set.count;
		return ret;
	}
	if (!irq->on)
		return -EINVAL;
	for (i = 0; i < r->set.count && !ret; i++) {
		uint8_t on = 1;

		if (type == VFIO_IRQ_BOOL_)
			ret = read_bool(d, r, i, &on);
		if (!ret && on && irq->event[r->set.start + i])
			send(d, irq->event[r->set.start + i]);
	}
	return ret;
}

/* ERR and REQ: one event, which may be sent by hand. */
static int trigger_single(struct vprim_mock_device *d, const struct request *r)
{
	void **event = &d->irq[r->set.index].event[0];
	uint8_t on = 1;
	int ret = 0;

	switch (r->set.flags & VFIO_IRQ_DATA_) {
	case VFIO_IRQ_NONE_:
		if (*event && !r->set.count)
			put(d->mock, event);
		else if (*event)
			send(d, *event);
		return *event || !r->set.count ? 0 : -EINVAL;
	case VFIO_IRQ_BOOL_:
		ret = r->set.count ? read_bool(d, r, 0, &on) : -EINVAL;
		if (!ret && on && *event)
			send(d, *event);
		return ret;
	default:
		return r->set.count ? replace(d, r, 0, event) : -EINVAL;
	}
}

static int set_irqs(struct vprim_mock_device *d, const struct request *r)
{
	uint32_t action = r->set.flags & VFIO_IRQ_ACTION_;

	switch (r->set.index) {
	case VFIO_PCI_INTX_IRQ_:
		if (action == VFIO_IRQ_MASK_ || action == VFIO_IRQ_UNMASK_)
			return mask_intx(d, r, action == VFIO_IRQ_MASK_);
		return action == VFIO_IRQ_TRIGGER_ ? trigger_intx(d, r) : -ENOTTY;
	case VFIO_PCI_MSI_IRQ_:
	case VFIO_PCI_MSIX_IRQ_:
		return action == VFIO_IRQ_TRIGGER_ ? trigger_msi(d, r) : -ENOTTY;
	default:
		return action == VFIO_IRQ_TRIGGER_ ? trigger_single(d, r) : -ENOTTY;
	}
}

int64_t mock_set_irqs_(struct vprim_mock_device *device, uint64_t task,
		       uint64_t arg)
{
	struct request r = { .data = arg + sizeof(r.set), .task = task };
	uint32_t known = VFIO_IRQ_DATA_ | VFIO_IRQ_ACTION_, bytes, have;

	if (mock_in_(device->mock, task, &r.set, arg, sizeof(r.set)))
		return -EFAULT;
	if (r.set.argsz < sizeof(r.set) || r.set.index >= VFIO_PCI_IRQS_ ||
	    r.set.count >= UINT32_MAX - r.set.start || r.set.flags & ~known)
		return -EINVAL;
	have = device->setup.irqs[r.set.index];
	if (r.set.start >= have || r.set.start + r.set.count > have)
		return -EINVAL;
	switch (r.set.flags & VFIO_IRQ_DATA_) {
	case VFIO_IRQ_NONE_:
		bytes = 0;
		break;
	case VFIO_IRQ_BOOL_:
		bytes = 1;
		break;
	case VFIO_IRQ_FDS_:
		bytes = 4;
		break;
	default:
		return -EINVAL;
	}
	if (r.set.argsz - sizeof(r.set) < (uint64_t)r.set.count * bytes)
		return -EINVAL;
	mock_trace_(device->mock, 0, 0, 0, r.set.index, r.set.count);
	device->mock->note.value[2] = r.set.flags;
	return set_irqs(device, &r);
}

int64_t mock_irq_info_(struct vprim_mock_device *device, uint64_t task,
		       uint64_t arg)
{
	struct vfio_irq_info_ info;
	int ret = mock_args_(device->mock, task, arg, &info, sizeof(info));

	if (ret)
		return ret;
	if (info.index >= VFIO_PCI_IRQS_ ||
	    (info.index == VFIO_PCI_ERR_IRQ_ && !device->setup.irqs[info.index]))
		return -EINVAL;
	info.flags = VFIO_IRQ_EVENTFD_;
	info.count = device->setup.irqs[info.index];
	if (info.index == VFIO_PCI_INTX_IRQ_)
		info.flags |= VFIO_IRQ_MASKABLE_ | VFIO_IRQ_AUTOMASKED_;
	else if (!grows(device, info.index))
		info.flags |= VFIO_IRQ_NORESIZE_;
	return mock_out_(device->mock, task, arg, &info, sizeof(info));
}
