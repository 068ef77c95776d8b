/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file platform.h
 * @brief The core's only door to the outside.
 *
 * What the core needs from the world, all of it:
 *
 *  - fixed-width integers, `size_t`, `bool`, `UINT64_MAX`, `INT64_MAX`,
 *    `SIZE_MAX`;
 *  - the errno names of @ref errno_table "the error table";
 *  - memcpy, memmove, memset, memcmp;
 *  - counting, setting and clearing bits of a machine word, whole for every
 *    thread;
 *  - attributes and a cache prefetch, both of which may be empty.
 *
 * Three branches give these: `__KERNEL__` (kernel headers), hosted (a C library)
 * and bare (`-ffreestanding`, nothing but a compiler). Everything else on this
 * page is built from them here: checked arithmetic, 64- and 128-bit division
 * that needs no run-time library on 32-bit machines, bit searches, unaligned
 * loads and stores, and the caller's allocator.
 *
 * Pointers are the program's, values are the world's. A pointer parameter points
 * to an object of its type unless its line says "may be NULL"; no code tests it,
 * and the declaration says so to the compiler: VPRIM_NONNULL for all pointers of
 * a function, VPRIM_NONNULL_ARGS(1, 2) for some. -fsanitize=nonnull-attribute
 * turns both into run-time checks, and `./configure --enable-debug` builds a
 * library that stops by itself. Values, sizes, flags, bytes and states are tested
 * always.
 *
 * Pure functions on values: safe in any context, from any thread.
 */
#ifndef VIRTPRIM_PLATFORM_H
#define VIRTPRIM_PLATFORM_H

#if defined(__KERNEL__)
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/types.h>
#ifndef UINT64_MAX
#define UINT64_MAX ((uint64_t)~0ULL)
#endif
#ifndef INT64_MAX
#define INT64_MAX ((int64_t)(UINT64_MAX >> 1))
#endif
#ifndef INT64_MIN
#define INT64_MIN (-INT64_MAX - 1)
#endif
#ifndef UINT32_MAX
#define UINT32_MAX ((uint32_t)~0U)
#endif
#ifndef UINT16_MAX
#define UINT16_MAX ((uint16_t)~0U)
#endif
#ifndef UINT8_MAX
#define UINT8_MAX ((uint8_t)~0U)
#endif
#ifndef UINT64_C
#define UINT64_C(c) c##ULL
#endif
#ifndef INT64_C
#define INT64_C(c) c##LL
#endif
#elif !defined(__STDC_HOSTED__) || __STDC_HOSTED__ || defined(__cplusplus)
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define EPERM 1
#define ENOENT 2
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define EBADF 9
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define ENOTTY 25
#define ENOSPC 28
#define ERANGE 34
#define EDEADLK 35
#define EBADMSG 74
#define EOVERFLOW 75
#define EMSGSIZE 90
#define EOPNOTSUPP 95
#define EADDRINUSE 98
#define ETIMEDOUT 110
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#endif

/** @cond internal: C++ guards and compiler attributes */
#ifdef __cplusplus
#define VPRIM_BEGIN_DECLS extern "C" {
#define VPRIM_END_DECLS }
#else
#define VPRIM_BEGIN_DECLS
#define VPRIM_END_DECLS
#endif

#if defined(__GNUC__)
#define VPRIM_API __attribute__((visibility("default")))
#define VPRIM_MUST_CHECK __attribute__((warn_unused_result))
#define VPRIM_NONNULL __attribute__((nonnull))
#define VPRIM_NONNULL_ARGS(...) __attribute__((nonnull(__VA_ARGS__)))
#define VPRIM_LIKELY(x) __builtin_expect(!!(x), 1)
#define VPRIM_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define VPRIM_PREFETCH(p) __builtin_prefetch(p)
#else
#define VPRIM_API
#define VPRIM_MUST_CHECK
#define VPRIM_NONNULL
#define VPRIM_NONNULL_ARGS(...)
#define VPRIM_LIKELY(x) (x)
#define VPRIM_UNLIKELY(x) (x)
#define VPRIM_PREFETCH(p) ((void)(p))
#endif
/*
 * For other languages: a small function of a header is inline here and a symbol
 * of the library too, and so is the size of an object that callers embed.
 */
#ifndef VPRIM_INLINE
#define VPRIM_INLINE static inline
#endif
#ifndef VPRIM_OBJECT
#define VPRIM_OBJECT(name) VPRIM_API size_t vprim_##name##_size(void)
#endif
#if defined(__KERNEL__)
#define VPRIM_READ_ONCE(x) READ_ONCE(x)
#else
#define VPRIM_READ_ONCE(x) (x)
#endif
#define VPRIM_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * A test that changes memory while the core reads it builds the core's files
 * with its own: every load helper calls this before it reads.
 */
#ifndef VPRIM_ON_LOAD
#define VPRIM_ON_LOAD(p, bytes) ((void)0)
#endif
/** @endcond */

/** @name The version of these headers
 * @{ */
#define VPRIM_VERSION_MAJOR 0	/**< Breaks compatibility; so does minor while 0. */
#define VPRIM_VERSION_MINOR 1	/**< Adds. */
#define VPRIM_VERSION_MICRO 0	/**< Mends. */
/** @} */

VPRIM_BEGIN_DECLS

/**
 * @brief The version of the library that is linked, such as "0.1.0".
 * @return Static text.
 */
VPRIM_API
const char *vprim_version(void);

/**
 * @brief The caller's memory, for the few objects that need nodes.
 *
 * Handed to an object's init with a context pointer of the caller's choice; the
 * object keeps both. The library never frees what it did not get from @c alloc,
 * and calls neither from a function whose page does not say so.
 */
struct vprim_alloc_ops {
	/**
	 * Memory of @c size_bytes, aligned for any object type, or NULL. The
	 * contents may be anything. Nodes of the IOVA map are a whole number
	 * of 64-byte lines and are fastest when they start on one.
	 */
	void *(*alloc)(void *ctx, size_t size_bytes);
	/** Give back @c ptr, which @c alloc returned for this @c size_bytes. */
	void (*free)(void *ctx, void *ptr, size_t size_bytes);
};

/**
 * @brief How many share an object. Threads may count at the same time.
 *
 * The only thing of the library's that more than one lock of the caller's may
 * guard: whoever counts down last has seen what the others wrote before. Cannot
 * wrap where each user costs memory. These are the kernel's counts, or those that
 * GCC and Clang have built in.
 */
struct vprim_refcount {
	/* private: */
	/** @cond internal */
#if defined(__KERNEL__)
	atomic_long_t n;
#else
	size_t n;
#endif
	/** @endcond */
};

/** @brief Begin with one user. */
VPRIM_INLINE VPRIM_NONNULL void vprim_refcount_init(struct vprim_refcount *ref)
{
#if defined(__KERNEL__)
	atomic_long_set(&ref->n, 1);
#else
	__atomic_store_n(&ref->n, 1, __ATOMIC_RELAXED);
#endif
}

/** @brief How many there are at this moment. */
VPRIM_INLINE VPRIM_NONNULL uint64_t vprim_refcount_read(const struct vprim_refcount *ref)
{
#if defined(__KERNEL__)
	return (uint64_t)atomic_long_read(&ref->n);
#else
	return __atomic_load_n(&ref->n, __ATOMIC_RELAXED);
#endif
}

/** @brief One user more, by one who is sure that there is another. */
VPRIM_INLINE VPRIM_NONNULL void vprim_refcount_get(struct vprim_refcount *ref)
{
#if defined(__KERNEL__)
	atomic_long_inc(&ref->n);
#else
	__atomic_fetch_add(&ref->n, 1, __ATOMIC_RELAXED);
#endif
}

/** @brief One user less. @return true for the last, who may free the object. */
VPRIM_INLINE VPRIM_NONNULL bool vprim_refcount_put(struct vprim_refcount *ref)
{
#if defined(__KERNEL__)
	return atomic_long_dec_and_test(&ref->n);
#else
	return __atomic_fetch_sub(&ref->n, 1, __ATOMIC_ACQ_REL) == 1;
#endif
}

/** @brief A pointer that another thread publishes, and with it what it points to. */
VPRIM_INLINE VPRIM_NONNULL void *vprim_pointer_acquire(void *const *pointer)
{
#if defined(__KERNEL__)
	/* Pairs with vprim_pointer_publish(). */
	return smp_load_acquire(pointer);
#else
	return __atomic_load_n(pointer, __ATOMIC_ACQUIRE);
#endif
}

/** @brief Publish @p value, may be NULL: who acquires it sees all written before. */
VPRIM_INLINE VPRIM_NONNULL_ARGS(1) void vprim_pointer_publish(void **pointer, void *value)
{
#if defined(__KERNEL__)
	/* Pairs with vprim_pointer_acquire(). */
	smp_store_release(pointer, value);
#else
	__atomic_store_n(pointer, value, __ATOMIC_RELEASE);
#endif
}

/**
 * @brief Set bits of a word that several threads write.
 *
 * What the caller wrote before is seen by whoever takes the bits with
 * vprim_bits_take().
 */
VPRIM_INLINE VPRIM_NONNULL void vprim_bits_set(size_t *word, size_t bits)
{
#if defined(__KERNEL__)
	(void)atomic_long_fetch_or_release((long)bits, (atomic_long_t *)word);
#else
	__atomic_fetch_or(word, bits, __ATOMIC_RELEASE);
#endif
}

/** @brief Clear bits of such a word. @return Those of them that were set. */
VPRIM_INLINE VPRIM_NONNULL size_t vprim_bits_take(size_t *word, size_t bits)
{
#if defined(__KERNEL__)
	return (size_t)atomic_long_fetch_andnot((long)bits,
						(atomic_long_t *)word) & bits;
#else
	return __atomic_fetch_and(word, ~bits, __ATOMIC_ACQ_REL) & bits;
#endif
}

/**
 * @brief Add without wrapping.
 * @param[in]  a    First term.
 * @param[in]  b    Second term.
 * @param[out] sum  @p a + @p b modulo 2^64, always written.
 * @return true when the true sum is over 2^64-1.
 */
VPRIM_INLINE VPRIM_NONNULL bool vprim_add_overflow(uint64_t a, uint64_t b, uint64_t *sum)
{
#if defined(__KERNEL__)
	return check_add_overflow(a, b, sum);
#else
	*sum = a + b;
	return *sum < a;
#endif
}

/**
 * @brief Subtract without wrapping.
 * @param[in]  a     Term to subtract from.
 * @param[in]  b     Term to subtract.
 * @param[out] diff  @p a - @p b modulo 2^64, always written.
 * @return true when @p b is greater than @p a.
 */
VPRIM_INLINE VPRIM_NONNULL bool vprim_sub_overflow(uint64_t a, uint64_t b, uint64_t *diff)
{
#if defined(__KERNEL__)
	return check_sub_overflow(a, b, diff);
#else
	*diff = a - b;
	return b > a;
#endif
}

/** @brief A 128-bit unsigned value, for intermediate results. */
struct vprim_u128 {
	uint64_t hi;	/**< Bits 127..64. */
	uint64_t lo;	/**< Bits 63..0. */
};

/**
 * @brief Multiply 64 by 64 bits, exactly.
 * @param[in] a  First factor.
 * @param[in] b  Second factor.
 * @return The whole product. Needs no 128-bit type of the compiler's.
 */
VPRIM_INLINE struct vprim_u128 vprim_mul_u64_wide(uint64_t a, uint64_t b)
{
	uint64_t a_lo = a & UINT32_MAX, a_hi = a >> 32;
	uint64_t b_lo = b & UINT32_MAX, b_hi = b >> 32;
	uint64_t low = a_lo * b_lo;
	/* Neither sum wraps: (2^32-1)^2 + 2 * (2^32-1) is 2^64 - 1. */
	uint64_t mid = a_hi * b_lo + (low >> 32);
	uint64_t mid2 = a_lo * b_hi + (mid & UINT32_MAX);
	struct vprim_u128 r;

	r.hi = a_hi * b_hi + (mid >> 32) + (mid2 >> 32);
	r.lo = (mid2 << 32) | (low & UINT32_MAX);
	return r;
}

/**
 * @brief Multiply without wrapping.
 * @param[in]  a        First factor.
 * @param[in]  b        Second factor.
 * @param[out] product  @p a * @p b modulo 2^64, always written.
 * @return true when the true product is over 2^64-1.
 */
VPRIM_INLINE VPRIM_NONNULL bool vprim_mul_overflow(uint64_t a, uint64_t b, uint64_t *product)
{
#if defined(__KERNEL__)
	return check_mul_overflow(a, b, product);
#else
	struct vprim_u128 wide = vprim_mul_u64_wide(a, b);

	*product = wide.lo;
	return wide.hi != 0;
#endif
}

/**
 * @brief Divide 128 by 64 bits, for quotients that fit in 64.
 *
 * 64 steps of shift and subtract: constant time, no run-time library.
 *
 * @param[in]  n    Dividend; its high half must be less than @p d.
 * @param[in]  d    Divisor.
 * @param[out] rem  Remainder, less than @p d; may be NULL.
 * @return The quotient. For @p d 0 or a quotient over 2^64-1: UINT64_MAX, with
 *         remainder 0.
 */
VPRIM_INLINE uint64_t vprim_div_u128(struct vprim_u128 n, uint64_t d,
				     uint64_t *rem)
{
	uint64_t r = n.hi, q = n.lo;
	int i;

	if (n.hi >= d) {
		if (rem)
			*rem = 0;
		return UINT64_MAX;
	}
	/*
	 * Invariant: r < d. One step shifts the next dividend bit into r, so r
	 * is at most 2d - 1; the bit that leaves r says "at least 2^64", which
	 * is more than d.
	 */
	for (i = 0; i < 64; i++) {
		bool carry = r >> 63;

		r = (r << 1) | (q >> 63);
		q <<= 1;
		if (carry || r >= d) {
			r -= d;
			q |= 1;
		}
	}
	if (rem)
		*rem = r;
	return q;
}

/**
 * @brief Divide 64 by 64 bits, also where the machine has 32.
 * @param[in]  n    Dividend.
 * @param[in]  d    Divisor.
 * @param[out] rem  Remainder, less than @p d; may be NULL.
 * @return The quotient. For @p d 0: UINT64_MAX, with remainder 0.
 */
VPRIM_INLINE uint64_t vprim_div_u64(uint64_t n, uint64_t d, uint64_t *rem)
{
#if defined(__KERNEL__)
	uint64_t r = 0, q = d ? div64_u64_rem(n, d, &r) : UINT64_MAX;

	if (rem)
		*rem = r;
	return q;
#elif UINTPTR_MAX > 0xffffffffu
	if (!d) {
		if (rem)
			*rem = 0;
		return UINT64_MAX;
	}
	if (rem)
		*rem = n % d;
	return n / d;
#else
	struct vprim_u128 wide = { 0, n };

	return vprim_div_u128(wide, d, rem);
#endif
}

/** @brief Number of trailing zero bits of @p v; 64 for 0. */
VPRIM_INLINE unsigned int vprim_ctz64(uint64_t v)
{
#if defined(__KERNEL__)
	return v ? (unsigned int)__ffs64(v) : 64;
#elif defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__))
	/* Elsewhere it may be a call of a function that a core has not. */
	return v ? (unsigned int)__builtin_ctzll(v) : 64;
#else
	unsigned int n = 0, step;

	if (!v)
		return 64;
	/*@ loop invariant steps: step == 32 || step == 16 || step == 8 || step == 4 ||
	      step == 2 || step == 1 || step == 0;
	    loop invariant room: step ? n + 2 * step <= 64 : n < 64;
	    loop invariant moved: (v << n) == \at(v, Pre);
	    loop invariant among: step ==> (uint64_t)(v << (64 - 2 * step)) != 0;
	    loop invariant odd: !step ==> (uint64_t)(v << 63) != 0;
	    loop assigns v, n, step;
	    loop variant step; */
	for (step = 32; step; step /= 2) {
		if (!(v << (64 - step))) {
			v >>= step;
			n += step;
		}
	}
	return n;
#endif
}

/** @brief Index of the highest set bit of @p v; 64 for 0. */
VPRIM_INLINE unsigned int vprim_fls64(uint64_t v)
{
#if defined(__KERNEL__)
	return v ? (unsigned int)fls64(v) - 1 : 64;
#elif defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__))
	return v ? 63 - (unsigned int)__builtin_clzll(v) : 64;
#else
	unsigned int n = 0, step;

	if (!v)
		return 64;
	for (step = 32; step; step /= 2) {
		if (v >> step) {
			v >>= step;
			n += step;
		}
	}
	return n;
#endif
}

/** @brief Number of set bits of @p v. */
VPRIM_INLINE unsigned int vprim_popcount64(uint64_t v)
{
#if defined(__KERNEL__)
	return (unsigned int)hweight64(v);
#else
	unsigned int n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
#endif
}

/** @brief Whether exactly one bit of @p v is set. */
VPRIM_INLINE bool vprim_is_pow2(uint64_t v)
{
	return v && !(v & (v - 1));
}

/** @name Loads and stores at any alignment
 * Bytes from outside are read with these and never through a cast pointer. The
 * plain forms take the host's byte order, as kernel interfaces do; the `le`
 * forms are little-endian on every host, as x86 state images are.
 * @{ */

/** @brief Read 16 bits in the host's order from @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL uint16_t vprim_load_u16(const void *p)
{
	uint16_t v;

	VPRIM_ON_LOAD(p, sizeof(v));
	memcpy(&v, p, sizeof(v));
	return v;
}

/** @brief Read 32 bits in the host's order from @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL uint32_t vprim_load_u32(const void *p)
{
	uint32_t v;

	VPRIM_ON_LOAD(p, sizeof(v));
	memcpy(&v, p, sizeof(v));
	return v;
}

/** @brief Read 64 bits in the host's order from @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL uint64_t vprim_load_u64(const void *p)
{
	uint64_t v;

	VPRIM_ON_LOAD(p, sizeof(v));
	memcpy(&v, p, sizeof(v));
	return v;
}

/**
 * @brief Read a number from memory that others may be writing to.
 *
 * Each byte is read exactly once: a compiler may load an ordinary byte again,
 * and find another value than the one that was checked. What comes out may be
 * part old and part new, so the caller judges the value that it got and never
 * looks a second time.
 *
 * @param[in] p      Where, at any alignment.
 * @param[in] bytes  How many, 1 to 8.
 * @param[in] big    Whether the first byte is the most significant.
 * @return The number.
 */
VPRIM_INLINE VPRIM_NONNULL uint64_t vprim_load_once(const void *p, unsigned int bytes,
						    bool big)
{
#if defined(__KERNEL__)
	const uint8_t *b = p;
#else
	const volatile uint8_t *b = (const volatile uint8_t *)p;
#endif
	uint64_t v = 0;
	unsigned int i;

	VPRIM_ON_LOAD(p, bytes);
	/*@ loop invariant i <= bytes; loop assigns i, v; loop variant bytes - i; */
	for (i = 0; i < bytes; i++)
		v |= (uint64_t)VPRIM_READ_ONCE(b[i]) <<
		     8 * (big ? bytes - 1 - i : i);
	return v;
}

/** @brief Write 16 bits in the host's order to @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL void vprim_store_u16(void *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

/** @brief Write 32 bits in the host's order to @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL void vprim_store_u32(void *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

/** @brief Write 64 bits in the host's order to @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL void vprim_store_u64(void *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/** @brief Read 32 little-endian bits from @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL uint32_t vprim_load_le32(const void *p)
{
	const uint8_t *b = (const uint8_t *)p;

	VPRIM_ON_LOAD(p, 4);
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[3] << 24;
}

/** @brief Read 64 little-endian bits from @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL uint64_t vprim_load_le64(const void *p)
{
	const uint8_t *b = (const uint8_t *)p;

	return vprim_load_le32(b) | (uint64_t)vprim_load_le32(b + 4) << 32;
}

/** @brief Write 32 little-endian bits to @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL void vprim_store_le32(void *p, uint32_t v)
{
	uint8_t *b = (uint8_t *)p;

	b[0] = v & 0xffu;
	b[1] = (v >> 8) & 0xffu;
	b[2] = (v >> 16) & 0xffu;
	b[3] = (uint8_t)(v >> 24);
}

/** @brief Write 64 little-endian bits to @p p, at any alignment. */
VPRIM_INLINE VPRIM_NONNULL void vprim_store_le64(void *p, uint64_t v)
{
	uint8_t *b = (uint8_t *)p;

	vprim_store_le32(b, v & UINT32_MAX);
	vprim_store_le32(b + 4, (uint32_t)(v >> 32));
}
/** @} */

VPRIM_END_DECLS

#endif
