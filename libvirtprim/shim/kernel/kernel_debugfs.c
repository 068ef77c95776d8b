// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector language in debugfs, for tests: <module>/run executes what is
 * written to it, a line at a time, and gives the answers to whoever reads, as
 * `virtprim run` prints them:
 *
 *	COMMAND -> ANSWER
 *
 * An answer that is not the expected one, and a script error, is a line of its
 * own that begins with "! ". Each opening is an interpreter of its own; what is
 * not read is forgotten with it.
 *
 * <module>/memory shows what is out: "pieces bytes requests refused". A number
 * written to it refuses that request, counted from now; 0 refuses none. The word
 * "leak" loses a piece, to see that this is noticed when the module goes.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <virtprim/kernel.h>
#include <virtprim/vec.h>

/* Answers that nobody has read, at most; a writer that goes on is refused. */
#define ANSWERS_MAX (8u << 20)

/* A line holds a CPU of the machine, and unswappable memory. */
static const struct vprim_vec_limits limits = {
	.memory_bytes = 64u << 20,
	.objects = 1u << 14,
	.steps = 1u << 20,
	.answer_bytes = 1u << 20,
};

struct run {
	struct mutex mutex;	/* all of it: one line at a time */
	struct vprim_vec *vec;
	char *line;		/* the line that has begun */
	size_t len;
	char *out;
	size_t out_len, out_capacity, out_read;
	bool failed, too_long;
};

static struct dentry *dir;

static void put(struct run *run, const char *p, size_t len)
{
	size_t capacity = run->out_capacity;
	char *out;

	if (run->failed || run->out_len + len > ANSWERS_MAX) {
		run->failed = true;
		return;
	}
	while (run->out_len + len > capacity)
		capacity = capacity ? 2 * capacity : PAGE_SIZE;
	if (capacity != run->out_capacity) {
		out = kvmalloc(capacity, GFP_KERNEL);
		if (!out) {
			run->failed = true;
			return;
		}
		if (run->out)
			memcpy(out, run->out, run->out_len);
		kvfree(run->out);
		run->out = out;
		run->out_capacity = capacity;
	}
	memcpy(run->out + run->out_len, p, len);
	run->out_len += len;
}

static void putz(struct run *run, const char *text)
{
	put(run, text, strlen(text));
}

static void putv(struct run *run, struct vprim_vec_str s)
{
	put(run, s.p, s.len);
}

static void execute(struct run *run)
{
	struct vprim_vec_result r;

	vprim_vec_line(run->vec, run->line, run->len, &r);
	run->len = 0;
	if (r.verdict == VPRIM_VEC_BLANK)
		return;
	if (r.verdict != VPRIM_VEC_ERROR) {
		putv(run, r.command);
		putz(run, " -> ");
		putv(run, r.answer);
		putz(run, "\n");
	}
	if (r.verdict == VPRIM_VEC_FAIL) {
		putz(run, "! expected ");
		putv(run, r.expected);
		putz(run, "\n");
	} else if (r.verdict == VPRIM_VEC_ERROR) {
		putz(run, "! script error: ");
		putv(run, r.error);
		putz(run, "\n");
	}
}

/* A line that is too long is executed, to be refused, and its rest passed over. */
static void feed(struct run *run, const char *p, size_t len)
{
	while (len--) {
		char ch = *p++;

		if (ch == '\n' && run->too_long) {
			run->too_long = false;
		} else if (ch == '\n') {
			execute(run);
			cond_resched();
		} else if (!run->too_long) {
			run->line[run->len++] = ch;
			run->too_long = run->len > VPRIM_VEC_LINE_MAX;
			if (run->too_long)
				execute(run);
		}
	}
}

static void close_run(struct run *run)
{
	vprim_vec_fini(run->vec);
	kvfree(run->line);
	kvfree(run->out);
	kfree(run);
}

static int run_open(struct inode *inode, struct file *file)
{
	struct run *run = kzalloc(sizeof(*run), GFP_KERNEL);

	if (!run)
		return -ENOMEM;
	mutex_init(&run->mutex);
	run->line = kvmalloc(VPRIM_VEC_LINE_MAX + 1, GFP_KERNEL);
	run->vec = vprim_vec_init(vprim_kernel_alloc_ops(), NULL);
	if (!run->line || !run->vec) {
		close_run(run);
		return -ENOMEM;
	}
	vprim_vec_set_limits(run->vec, &limits);
	file->private_data = run;
	return 0;
}

static int run_release(struct inode *inode, struct file *file)
{
	close_run(file->private_data);
	return 0;
}

static ssize_t run_write(struct file *file, const char __user *from,
			 size_t count, loff_t *pos)
{
	struct run *run = file->private_data;
	size_t len = min_t(size_t, count, PAGE_SIZE);
	ssize_t ret;
	char *bytes;

	bytes = memdup_user(from, len);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	mutex_lock(&run->mutex);
	feed(run, bytes, len);
	ret = run->failed ? -ENOSPC : (ssize_t)len;
	mutex_unlock(&run->mutex);
	kfree(bytes);
	return ret;
}

static ssize_t run_read(struct file *file, char __user *to, size_t count,
			loff_t *pos)
{
	struct run *run = file->private_data;
	ssize_t ret;

	mutex_lock(&run->mutex);
	if (run->len)
		execute(run);	/* a last line without its newline */
	ret = (ssize_t)min(count, run->out_len - run->out_read);
	if (run->failed) {
		ret = -ENOSPC;
	} else if (copy_to_user(to, run->out + run->out_read, (size_t)ret)) {
		ret = -EFAULT;
	} else {
		run->out_read += (size_t)ret;
		if (run->out_read == run->out_len) {
			run->out_read = 0;
			run->out_len = 0;
		}
	}
	mutex_unlock(&run->mutex);
	return ret;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = run_open,
	.release = run_release,
	.write = run_write,
	.read = run_read,
};

static ssize_t memory_read(struct file *file, char __user *to, size_t count,
			   loff_t *pos)
{
	struct vprim_kernel_alloc_stats stats;
	char text[100];
	int len;

	vprim_kernel_alloc_stats_read(&stats);
	len = scnprintf(text, sizeof(text), "%llu %llu %llu %llu\n", stats.live,
			stats.live_bytes, stats.requests, stats.refused);
	return simple_read_from_buffer(to, count, pos, text, (size_t)len);
}

static ssize_t memory_write(struct file *file, const char __user *from,
			    size_t count, loff_t *pos)
{
	struct vprim_kernel_piece *lost = NULL;
	char text[24] = "";
	u64 nth;
	int ret;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, count))
		return -EFAULT;
	if (sysfs_streq(text, "leak"))
		return vprim_kernel_alloc_pieces(&lost, 64, 1, GFP_KERNEL) ?
			(ssize_t)count : -ENOMEM;
	ret = kstrtou64(text, 0, &nth);
	if (ret)
		return ret;
	vprim_kernel_alloc_fail(nth);
	return (ssize_t)count;
}

static const struct file_operations memory_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = memory_read,
	.write = memory_write,
};

static int __init debugfs_begin(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("run", 0600, dir, NULL, &run_fops);
	debugfs_create_file("memory", 0600, dir, NULL, &memory_fops);
	return 0;
}

static void __exit debugfs_end(void)
{
	struct vprim_kernel_alloc_stats stats;

	debugfs_remove(dir);
	vprim_kernel_alloc_stats_read(&stats);
	if (stats.live)
		pr_err("%s: %llu pieces of %llu bytes leaked\n", KBUILD_MODNAME,
		       stats.live, stats.live_bytes);
	else
		pr_info("%s: nothing leaked of %llu requests\n",
			KBUILD_MODNAME, stats.requests);
}

module_init(debugfs_begin);
module_exit(debugfs_end);
