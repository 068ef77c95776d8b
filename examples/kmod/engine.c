// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * An importer: an engine that reads what it has borrowed, through a translation of
 * one entry. It stands for a device behind an IOMMU.
 *
 * When the lender withdraws, the library calls the domain's unmap, and the next
 * read faults. What was withdrawn stays so: the engine has to borrow anew.
 */
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "card.h"
#include "driver.h"

/* An open file of the engine. */
struct loan {
	struct mutex borrowing;		/* borrow and give back */
	bool borrowed;
	struct vprim_kernel_dmabuf_pages pages;
	struct vprim_dmabuf_pair entry;
	struct mutex domain;		/* the entry below, and DMA through it */
	bool mapped;
	struct vprim_range phys;
};

/* -- the domain; PAGES is held, and in a revoke MEMORY and RESV too -- */

static int domain_map(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	struct loan *loan = domain;

	mutex_lock(&loan->domain);
	loan->phys = *phys;
	loan->mapped = true;
	mutex_unlock(&loan->domain);
	return 0;
}

/* Returns when no DMA is on its way: DMA holds the mutex. */
static void domain_unmap(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	struct loan *loan = domain;

	mutex_lock(&loan->domain);
	loan->mapped = false;
	mutex_unlock(&loan->domain);
}

static const struct vprim_dmabuf_domain_ops domain_ops = {
	.map = domain_map, .unmap = domain_unmap,
};

/* DMA: the offset is the address. By way of the stack, as in memory.c. */
static ssize_t engine_read(struct file *file, char __user *buf, size_t count,
			   loff_t *pos)
{
	struct loan *loan = file->private_data;
	ssize_t got = -EIO;
	char bytes[64];
	u64 size;

	mutex_lock(&loan->domain);
	if (loan->mapped && *pos >= CARD_ENGINE_IOVA &&
	    !vprim_range_size(&loan->phys, &size)) {
		loff_t offset = *pos - CARD_ENGINE_IOVA;

		got = memory_read_from_buffer(bytes, min(count, sizeof(bytes)),
					      &offset, phys_to_virt(loan->phys.start),
					      size);
	}
	mutex_unlock(&loan->domain);
	return got > 0 && copy_to_user(buf, bytes, got) ? -EFAULT : got;
}

/* -- borrowing -- */

static void give_back(struct loan *loan)
{
	if (!loan->borrowed)
		return;
	vprim_kernel_dmabuf_unfill(&loan->pages, &loan->entry);
	WARN_ON(vprim_kernel_dmabuf_release(&loan->pages));
	loan->borrowed = false;
}

static int borrow(struct loan *loan, struct dma_buf *window)
{
	struct device *dev = card_engine.this_device;
	int ret = vprim_kernel_dmabuf_map_file(&loan->pages, window, dev, 0,
					       window->size, NULL);

	if (ret)
		return ret;
	loan->borrowed = true;
	loan->entry = (struct vprim_dmabuf_pair){ &domain_ops, loan, CARD_ENGINE_IOVA };
	return vprim_kernel_dmabuf_fill(&loan->pages, &loan->entry, 0, window->size,
					NULL);
}

static ssize_t engine_write(struct file *file, const char __user *buf, size_t count,
			    loff_t *pos)
{
	struct loan *loan = file->private_data;
	struct dma_buf *window;
	int fd, ret = kstrtoint_from_user(buf, count, 10, &fd);

	if (ret)
		return ret;
	window = dma_buf_get(fd);
	if (IS_ERR(window))
		return PTR_ERR(window);
	mutex_lock(&loan->borrowing);
	give_back(loan);
	ret = borrow(loan, window);
	mutex_unlock(&loan->borrowing);
	dma_buf_put(window);
	return ret ?: (ssize_t)count;
}

static int engine_open(struct inode *inode, struct file *file)
{
	struct loan *loan = kzalloc(sizeof(*loan), GFP_KERNEL);

	if (!loan)
		return -ENOMEM;
	mutex_init(&loan->borrowing);
	mutex_init(&loan->domain);
	file->private_data = loan;
	return 0;
}

static int engine_release(struct inode *inode, struct file *file)
{
	give_back(file->private_data);
	kfree(file->private_data);
	return 0;
}

static const struct file_operations engine_fops = {
	.owner = THIS_MODULE, .open = engine_open, .release = engine_release,
	.read = engine_read, .write = engine_write,
};

struct miscdevice card_engine = {
	.minor = MISC_DYNAMIC_MINOR, .name = "card-engine", .fops = &engine_fops,
};
