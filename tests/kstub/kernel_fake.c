// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A kernel of one thread: what the stand-ins of its headers declare, done as far
 * as the shim can tell. Locks are taken in their order or the program ends; a
 * lock that is held already, a sleep under a spinlock, and a wait that nobody
 * would end, end it as well. Memory is the C library's, so that its checkers see
 * what is used after it was freed.
 */
#include <linux/completion.h>
#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "kernel_fake.h"

void *calloc(size_t n, size_t size);
void *malloc(size_t size);
void free(void *ptr);

struct fake_kernel fake = { .left = -1 };

void fake_stop(const char *file, int line, const char *what)
{
	printf("%s:%d: %s\n", file, line, what);
	exit(1);
}

bool kstub_warn(bool cond)
{
	fake.warnings += cond;
	return cond;
}

/* -- locks, in the order of the shim's ranks -- */

enum { MEMORY, RESV, PAGES, SPIN, RANKS };

static unsigned int held[RANKS];

unsigned int fake_locks_held(void)
{
	return held[MEMORY] + held[RESV] + held[PAGES] + held[SPIN];
}

static void may_sleep(void)
{
	CHECK(!held[SPIN]);
}

static void take(int *lock, unsigned int rank, bool nested)
{
	unsigned int above;

	CHECK(!*lock);
	for (above = rank + !!nested; above < RANKS; above++)
		CHECK(!held[above]);
	if (rank != SPIN)
		may_sleep();
	*lock = 1;
	held[rank]++;
}

static void give(int *lock, unsigned int rank)
{
	CHECK(*lock && held[rank]);
	*lock = 0;
	held[rank]--;
}

void kstub_assert_held(const void *lock)
{
	CHECK(*(const int *)lock);
}

void kstub_assert_not_held(const void *lock)
{
	CHECK(!*(const int *)lock);
}

void init_rwsem(struct rw_semaphore *sem)
{
	sem->count = 0;
}

void down_write(struct rw_semaphore *sem)
{
	take(&sem->count, MEMORY, false);
}

/* Several at once by a counter, and so that two such calls cannot meet. */
void down_write_nested(struct rw_semaphore *sem, int subclass)
{
	static const struct rw_semaphore *before;

	CHECK(subclass < 8 && held[MEMORY] == (unsigned int)subclass);
	CHECK(!subclass || before < sem);
	take(&sem->count, MEMORY, subclass);
	before = sem;
}

void up_write(struct rw_semaphore *sem)
{
	give(&sem->count, MEMORY);
}

void down_read(struct rw_semaphore *sem)
{
	down_write(sem);
}

void up_read(struct rw_semaphore *sem)
{
	up_write(sem);
}

int rwsem_is_locked(struct rw_semaphore *sem)
{
	return sem->count;
}

void mutex_init(struct mutex *mutex)
{
	mutex->locked = 0;
}

void mutex_destroy(struct mutex *mutex)
{
	CHECK(!mutex->locked);
}

void mutex_lock(struct mutex *mutex)
{
	take(&mutex->locked, PAGES, false);
}

void mutex_unlock(struct mutex *mutex)
{
	give(&mutex->locked, PAGES);
}

bool mutex_is_locked(struct mutex *mutex)
{
	return mutex->locked;
}

int dma_resv_lock(struct dma_resv *obj, struct ww_acquire_ctx *ctx)
{
	CHECK(!ctx);
	take(&obj->lock.base, RESV, false);
	return 0;
}

void dma_resv_unlock(struct dma_resv *obj)
{
	give(&obj->lock.base, RESV);
}

bool dma_resv_is_locked(struct dma_resv *obj)
{
	return obj->lock.base;
}

void dma_resv_assert_held(struct dma_resv *obj)
{
	CHECK(obj->lock.base);
}

long dma_resv_wait_timeout(struct dma_resv *obj, enum dma_resv_usage usage,
			   bool intr, unsigned long timeout)
{
	CHECK(obj->lock.base && usage == DMA_RESV_USAGE_BOOKKEEP && !intr && timeout);
	return 1;
}

void spin_lock_init(spinlock_t *lock)
{
	lock->locked = 0;
}

unsigned long kstub_spin_lock_irqsave(spinlock_t *lock)
{
	take(&lock->locked, SPIN, false);
	fake.spins++;
	fake.holds++;
	return 5;
}

void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	CHECK(flags == 5);
	give(&lock->locked, SPIN);
	fake.spins--;
}

void init_completion(struct completion *x)
{
	x->done = 0;
}

void reinit_completion(struct completion *x)
{
	x->done = 0;
}

void complete(struct completion *x)
{
	x->done++;
}

void wait_for_completion(struct completion *x)
{
	may_sleep();
	CHECK(!held[RESV] && !held[PAGES]);
	if (!x->done && fake.waited)
		fake.waited();
	CHECK(x->done);		/* or it would wait for ever */
	x->done--;
}

void kref_init(struct kref *kref)
{
	kref->count = 1;
}

void kref_get(struct kref *kref)
{
	CHECK(kref->count > 0);
	kref->count++;
}

int kref_put(struct kref *kref, void (*release)(struct kref *kref))
{
	CHECK(kref->count > 0);
	if (--kref->count)
		return 0;
	release(kref);
	return 1;
}

/* -- memory -- */

bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & (GFP_KERNEL | GFP_KERNEL_ACCOUNT);
}

/* A size that only an overflow can have is refused as it is there. */
static bool granted(size_t size, gfp_t gfp)
{
	fake.unaccounted += !(gfp & GFP_KERNEL_ACCOUNT);
	if (!gfpflags_allow_blocking(gfp))
		return !fake.pressure && size <= PAGE_SIZE;
	may_sleep();
	if (fake.slept)
		fake.slept();
	if (size > (1u << 30) || !fake.left) {
		fake.warnings += size > (1u << 30) && !(gfp & __GFP_NOWARN);
		return false;
	}
	fake.left -= fake.left > 0;
	return true;
}

static void *get(size_t size, gfp_t gfp, bool zero)
{
	void *ptr;

	if (!granted(size, gfp))
		return NULL;
	ptr = zero ? calloc(1, size) : malloc(size);
	CHECK(ptr);
	fake.blocks++;
	return ptr;
}

void *kmalloc(size_t size, gfp_t gfp)
{
	return get(size, gfp, false);
}

void *kzalloc(size_t size, gfp_t gfp)
{
	return get(size, gfp, true);
}

void *kvmalloc(size_t size, gfp_t gfp)
{
	return get(size, gfp, false);
}

void *kvzalloc(size_t size, gfp_t gfp)
{
	return get(size, gfp, true);
}

void kfree(const void *ptr)
{
	fake.blocks -= !!ptr;
	free((void *)ptr);
}

void kvfree(const void *ptr)
{
	kfree(ptr);
}

void atomic64_inc(atomic64_t *v)
{
	v->counter++;
}

void atomic64_add(s64 i, atomic64_t *v)
{
	v->counter += i;
}

void atomic64_set(atomic64_t *v, s64 i)
{
	v->counter = i;
}

s64 atomic64_read(const atomic64_t *v)
{
	return v->counter;
}

s64 atomic64_dec_return(atomic64_t *v)
{
	return --v->counter;
}

/* -- files and dma-bufs -- */

struct inode *file_inode(const struct file *file)
{
	return file->private_data;
}

void ihold(struct inode *inode)
{
	inode->refs++;
}

void iput(struct inode *inode)
{
	if (!--inode->refs)
		free(inode);
}

/* A dma-buf, its file and its lock go together. */
struct whole {
	struct dma_buf dmabuf;
	struct file file;
	struct dma_resv resv;
};

struct dma_buf *dma_buf_export(const struct dma_buf_export_info *info)
{
	struct whole *w = calloc(1, sizeof(*w));
	struct inode *inode = calloc(1, sizeof(*inode));

	may_sleep();
	CHECK(w && inode && info->ops->release && info->priv);
	inode->refs = 1;
	w->file.private_data = inode;
	w->dmabuf = (struct dma_buf){
		.size = info->size, .file = &w->file, .ops = info->ops,
		.resv = &w->resv, .priv = info->priv, .refs = 1,
	};
	fake.blocks++;
	return &w->dmabuf;
}

void get_dma_buf(struct dma_buf *b)
{
	CHECK(b->refs > 0);
	b->refs++;
}

/* The inode goes before release is called, as it does there. */
void dma_buf_put(struct dma_buf *b)
{
	CHECK(b->refs > 0);
	if (--b->refs)
		return;
	iput(b->file->private_data);
	b->ops->release(b);
	CHECK(!b->resv->lock.base);
	fake.blocks--;
	free(container_of(b, struct whole, dmabuf));
}

struct dma_buf_attachment *
dma_buf_dynamic_attach(struct dma_buf *b, struct device *dev,
		       const struct dma_buf_attach_ops *ops, void *priv)
{
	struct dma_buf_attachment *a = calloc(1, sizeof(*a));
	int ret;

	CHECK(a);
	*a = (struct dma_buf_attachment){
		.dmabuf = b, .dev = dev, .importer_ops = ops,
		.peer2peer = ops && ops->allow_peer2peer, .importer_priv = priv,
	};
	ret = b->ops->attach(b, a);
	if (ret) {
		free(a);
		return ERR_PTR(ret);
	}
	dma_resv_lock(b->resv, NULL);
	a->next = b->attachments;
	b->attachments = a;
	dma_resv_unlock(b->resv);
	fake.blocks++;
	return a;
}

void dma_buf_detach(struct dma_buf *b, struct dma_buf_attachment *a)
{
	struct dma_buf_attachment **link = &b->attachments;

	dma_resv_lock(b->resv, NULL);
	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
	dma_resv_unlock(b->resv);
	b->ops->detach(b, a);
	fake.blocks--;
	free(a);
}

static void tell_all(struct dma_buf *b)
{
	struct dma_buf_attachment *a;

	dma_resv_assert_held(b->resv);
	for (a = b->attachments; a; a = a->next)
#ifdef KSTUB_LATER
		if (a->importer_ops && a->importer_ops->invalidate_mappings)
			a->importer_ops->invalidate_mappings(a);
#else
		if (a->importer_ops)
			a->importer_ops->move_notify(a);
#endif
}

#ifdef KSTUB_LATER
void dma_buf_invalidate_mappings(struct dma_buf *b)
{
	tell_all(b);
}
#else
void dma_buf_move_notify(struct dma_buf *b)
{
	tell_all(b);
}
#endif

struct sg_table *dma_buf_map_attachment(struct dma_buf_attachment *attach,
					enum dma_data_direction dir)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	return attach->dmabuf->ops->map_dma_buf(attach, dir);
}

void dma_buf_unmap_attachment(struct dma_buf_attachment *attach,
			      struct sg_table *table,
			      enum dma_data_direction dir)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	attach->dmabuf->ops->unmap_dma_buf(attach, table, dir);
}

int dma_buf_pin(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	return attach->dmabuf->ops->pin(attach);
}

void dma_buf_unpin(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	attach->dmabuf->ops->unpin(attach);
}
