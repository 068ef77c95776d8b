/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * DMABUF revoke under real locks.
 *
 * Devices lend one buffer each; importers map it in one IOAS, which has areas and
 * domains: every area is filled into every domain, and such a pair is one entry
 * of one IOMMU domain. What an event does comes from the library's own table
 * (dmabuf_rules.pml); this file says who holds which lock when it happens, and
 * what else may run in between.
 *
 * A step ends where another process could notice: when a lock is taken or given
 * back, and after each IOMMU operation within a critical section. Accesses in
 * between touch only what the held locks protect, and stand in one step; that
 * every access holds its lock is asserted.
 *
 * Set by tests/model/run:
 *   DEVICES 1 or 2      with two: resets of each and of the set, of devices that
 *                       import from each other (importer i maps the buffer of
 *                       device i % DEVICES); what one device does by itself is
 *                       left to the configurations with one
 *   IMPORTERS, AREAS, DOMAINS   1 or 2 each
 *   COUNTED, ASYNC      masks of importers: give their mappings back themselves;
 *                       do so some time after the callback has returned
 *   QUIT                a process may stop for good between two events
 *   FAIR                locks are handed over in turn, for liveness
 *   ASK_L1 ... ASK_L4   one question of liveness
 *   MUT_...             one mistake, which must be found
 *
 * S1 to S13 are assertions where they could break; L1, L2 and L4 are formulas at
 * the end; L3 asks for a label to be reachable; L5 is the absence of a deadlock.
 */
#include "dmabuf_rules.pml"

#ifndef DEVICES
#define DEVICES 1
#endif
#ifndef IMPORTERS
#define IMPORTERS 2
#endif
#ifndef AREAS
#define AREAS 2
#endif
#ifndef DOMAINS
#define DOMAINS 2
#endif
#ifndef COUNTED
#define COUNTED 2
#endif
#ifndef ASYNC
#define ASYNC 0
#endif

#define FROM(i) ((i) % DEVICES)
#define HAS(mask, p) (((mask) >> (p)) & 1)
#define BIT(p) (1 << (p))

/* Pair (area, domain) as a number, and masks of all pairs of one of them. */
#define PAIR(a, m) ((a) * DOMAINS + (m))
#define LOWEST(mask) \
	((mask) & 1 -> 0 : ((mask) & 2 -> 1 : ((mask) & 4 -> 2 : 3)))

/* -- what is shared -- */

/* Locks: 0, or 1 + who holds it. With FAIR also who waits for it, as bits. */
byte memory_lock[DEVICES], resv_lock[DEVICES], pages_lock[IMPORTERS], ioas_lock;
#ifdef FAIR
byte memory_want[DEVICES], resv_want[DEVICES], pages_want[IMPORTERS], ioas_want;
#endif

/* Under MEMORY. */
bool memory_on[DEVICES] = 1;
bool open[DEVICES] = 1;
bool device[DEVICES] = 1;	/* the device pointer is set, the buffer listed */
bool registration[DEVICES] = 1;
/* Under RESV. */
byte E[DEVICES] = EXPORTER_LIVE;
bool draining[DEVICES];
byte refs[DEVICES] = 1;		/* base reference and counted mappings */
bool attached[IMPORTERS], due[IMPORTERS], pinned[IMPORTERS];
byte mappings[IMPORTERS];
bool stop[IMPORTERS];		/* asynchronous: told, and not yet done */
/* Atomic by themselves. */
byte files[DEVICES] = 1;	/* references: descriptor, attachments, revoker */
bool fd[DEVICES] = 1;		/* the user has the descriptor */
/* Under PAGES. */
byte I[IMPORTERS];
bool alive[IMPORTERS];		/* the pages' memory and mutex exist */
byte tracked[IMPORTERS];	/* the pages' list of pairs */
byte mapped[IMPORTERS];		/* pairs that it believes are in the IOMMU */
bool told[IMPORTERS];		/* a notification went through, until release */
byte iommu[IMPORTERS];		/* the IOMMU itself */
/* Under IOAS. */
byte areas[IMPORTERS];		/* areas of the pages, as bits */
byte domains = BIT(DOMAINS) - 1;
#define SLOT_FREE 0
#define SLOT_BUSY 1		/* somebody makes or releases pages there */
#define SLOT_USED 2
byte slot[IMPORTERS];

#ifdef ASK_L3
bool reopened;
#endif
#ifdef ASK_L1
bool revoking;
#endif
#ifdef ASK_L2
bool cleaning;
#endif

/*
 * L5: a deadlock of some processes shows as one of all when the others may stop at
 * any time.
 */
#ifdef QUIT
#define MAY_QUIT :: goto quit
#else
#define MAY_QUIT
#endif

/* -- locks -- */

#define H_MEMORY 1
#define H_RESV 2
#define H_IOAS 4
#define H_PAGES 8

#define ME (_pid + 1)

/* S9: MEMORY before RESV before PAGES; IOAS before PAGES and by itself. */
#define MAY_MEMORY (!(held & (H_RESV | H_IOAS | H_PAGES)))
#define MAY_RESV (!(held & (H_RESV | H_IOAS | H_PAGES)))
#define MAY_IOAS (!held)
#define MAY_PAGES (!(held & H_PAGES))

#ifdef FAIR
/* Three processes, 1 to 3: the next two in turn. */
#define NEXT_ONE (_pid % 3 + 1)
#define NEXT_TWO ((_pid + 1) % 3 + 1)
inline take(lock, want, may, mark)
{
	atomic {
		assert(may);					/* S9 */
		if
		:: lock == 0 -> lock = ME
		:: else -> want = want | BIT(_pid); lock == ME
		fi;
		held = held | mark
	}
}
inline drop(lock, want, mark)
{
	d_step {
		assert(lock == ME);				/* S9 */
		held = held & ~mark;
		if
		:: HAS(want, NEXT_ONE) -> lock = NEXT_ONE + 1; want = want & ~BIT(NEXT_ONE)
		:: !HAS(want, NEXT_ONE) && HAS(want, NEXT_TWO) ->
			lock = NEXT_TWO + 1; want = want & ~BIT(NEXT_TWO)
		:: else -> lock = 0
		fi
	}
}
#else
#define memory_want memory_lock
#define resv_want resv_lock
#define pages_want pages_lock
#define ioas_want ioas_lock
inline take(lock, want, may, mark)
{
	atomic {
		lock == 0;
		assert(may);					/* S9 */
		lock = ME;
		held = held | mark
	}
}
inline drop(lock, want, mark)
{
	d_step {
		assert(lock == ME);				/* S9 */
		lock = 0;
		held = held & ~mark
	}
}
#endif

#define take_memory(d) take(memory_lock[d], memory_want[d], MAY_MEMORY, H_MEMORY)
#define drop_memory(d) drop(memory_lock[d], memory_want[d], H_MEMORY)
#define take_resv(d) take(resv_lock[d], resv_want[d], MAY_RESV, H_RESV)
#define drop_resv(d) drop(resv_lock[d], resv_want[d], H_RESV)
#define take_pages(i) take(pages_lock[i], pages_want[i], MAY_PAGES, H_PAGES)
#define drop_pages(i) drop(pages_lock[i], pages_want[i], H_PAGES)
#define take_ioas take(ioas_lock, ioas_want, MAY_IOAS, H_IOAS)
#define drop_ioas drop(ioas_lock, ioas_want, H_IOAS)

/* S4, S6, S9: accesses hold the lock that protects them. */
#define hold_memory(d) assert(memory_lock[d] == ME)
#define hold_resv(d) assert(resv_lock[d] == ME)
#define hold_pages(i) assert(pages_lock[i] == ME)

/* -- what the table asks about -- */

#if IMPORTERS > 1
#define ANY(what, d) ((FROM(0) == (d) && what[0]) || (FROM(1) == (d) && what[1]))
#else
#define ANY(what, d) (FROM(0) == (d) && what[0])
#endif
#define DRAINED(d) (refs[d] == 0 && !ANY(due, d))

#define DEVICE_FACTS(d) ( \
	(open[d] && memory_on[d] -> IF_MEMORY : 0) | \
	(draining[d] -> IF_DRAINING : 0) | \
	(DRAINED(d) -> IF_DRAINED : 0) | \
	(ANY(attached, d) -> IF_ATTACHED : 0))
#define ATTACH_FACTS(i) ( \
	IF_PHYSICAL | IF_CONTIGUOUS | IF_DEVICE | IF_PEER2PEER | IF_REVOCABLE | \
	(HAS(COUNTED, i) -> IF_COUNTED : 0) | \
	(attached[i] -> IF_ATTACHED : 0) | \
	(mappings[i] > 0 -> IF_MAPPED : 0) | \
	(pinned[i] -> IF_PINNED : 0) | \
	(due[i] -> IF_DUE : 0) | \
	(E[FROM(i)] == EXPORTER_LIVE -> IF_OPEN : 0) | \
	(tracked[i] -> IF_TRACKED : 0))
#define PAIR_STATE(i, p) \
	(HAS(tracked[i], p) -> (HAS(mapped[i], p) -> PAIR_MAPPED : PAIR_UNMAPPED) : PAIR_ABSENT)

/*
 * Whether the hardware may be touched. A buffer whose file is going has no
 * importers left.
 */
#define QUIET(d) \
	(!device[d] || files[d] == 0 || (E[d] != EXPORTER_LIVE && !draining[d]))

/* -- the IOMMU: S2, and S1 and S3 where they would break; within a d_step -- */

inline iommu_map(i, p)
{
	assert(!HAS(iommu[i], p));				/* S2 */
	assert(!QUIET(FROM(i)));				/* S1 */
	assert(!told[i]);					/* S3 */
	iommu[i] = iommu[i] | BIT(p)
}

inline iommu_unmap(i, p)
{
	assert(HAS(iommu[i], p));				/* S2 */
	iommu[i] = iommu[i] & ~BIT(p)
}

/* The hardware is touched: S10. */
inline act_on(d)
{
	d_step {
		assert(QUIET(d));				/* S10 */
		assert(!ANY(iommu, d))				/* S10 */
	}
}

/* -- exporter -- */

inline put_registration(d)
{
	assert(registration[d]);				/* S7 */
	registration[d] = 0
}

/*
 * The last reference to the file is gone. K9: cleanup has cleared the pointer
 * under MEMORY, or skips the buffer because its file is going.
 */
inline release_buffer(d)
{
	if
	:: device[d] -> take_memory(d)
	:: else
	fi;
	d_step {
		f = DEVICE_FACTS(d);
		act = EXPORTER_RELEASE_DO(E[d], f);
		assert(EXPORTER_RELEASE_ERROR(E[d], f) == 0);	/* S7 */
		E[d] = EXPORTER_RELEASE_NEXT(E[d], f);
		assert(E[d] == EXPORTER_FREED);			/* S7 */
		if
		:: act & DO_DROP_BASE -> assert(refs[d] == 1); refs[d] = 0	/* S8 */
		:: else -> assert(refs[d] == 0)				/* S8 */
		fi;
		if
		:: act & DO_UNLIST -> assert(device[d]); device[d] = 0	/* S7, K9 */
		:: else -> assert(!device[d])				/* S7, K9 */
		fi;
#ifdef MUT_PUT_TWICE
		act = act | DO_PUT_REGISTRATION;
#endif
		if
		:: act & DO_PUT_REGISTRATION -> put_registration(d)
		:: else
		fi;
		act = 0;
		f = 0
	}
	if
	:: held & H_MEMORY -> drop_memory(d)
	:: else
	fi
}

inline put_file(d)
{
	d_step {
		assert(files[d] > 0);				/* S7 */
		files[d]--;
		act = (files[d] == 0)
	}
	if
	:: act -> release_buffer(d)
	:: else
	fi
}

/* A mapping goes back: S8. Within a d_step. */
inline phys_unmap(i)
{
	hold_resv(FROM(i));
	f = ATTACH_FACTS(i);
	assert(EXPORTER_UNMAP_ERROR(E[FROM(i)], f) == 0);	/* S8 */
	assert(mappings[i] > 0);				/* S8 */
	mappings[i]--;
	if
	:: HAS(COUNTED, i) -> assert(refs[FROM(i)] > 0); refs[FROM(i)]--	/* S8 */
	:: else
	fi
}

/* Forget the address: after the pairs are unmapped, not before. Within a d_step. */
inline clear_phys(i)
{
	f = ATTACH_FACTS(i);
	if
	:: act2 & DO_CLEAR_PHYS -> told[i] = 1
	:: else
	fi;
	I[i] = IMPORTER_NOTIFY_NEXT(I[i], f)
}

#ifdef MUT_CLEAR_FIRST
#define MAY_UNMAP(i) (I[i] == IMPORTER_LIVE)	/* as everywhere: no address, no unmap */
#else
#define MAY_UNMAP(i) true
#endif

/* Unmaps what is mapped, a pair a step; the caller holds PAGES. */
inline unmap_pairs(i)
{
	do
	:: d_step { (act2 & DO_UNMAP_PAIRS) && mapped[i] && MAY_UNMAP(i) ->
		hold_pages(i);
		p = LOWEST(mapped[i]);
		assert(PAIR_NOTIFY_DO(PAIR_STATE(i, p), 0) == DO_IOMMU_UNMAP);	/* S2 */
		mapped[i] = mapped[i] & ~BIT(p);
		iommu_unmap(i, p);
		p = 0
	   }
	:: !((act2 & DO_UNMAP_PAIRS) && mapped[i] && MAY_UNMAP(i)) -> break
	od
}

/* The callback has returned. Within a d_step. */
inline acknowledge(i)
{
	hold_resv(FROM(i));
	f = ATTACH_FACTS(i);
	assert(EXPORTER_ACKNOWLEDGE_ERROR(E[FROM(i)], f) == 0);	/* S6 */
	if
	:: EXPORTER_ACKNOWLEDGE_DO(E[FROM(i)], f) & DO_DROP_MAPPING -> mappings[i] = 0
	:: else
	fi;
	due[i] = 0;
	f = 0
}

/* The importer's callback. The caller holds RESV: S6. */
inline notify(i)
{
	d_step {
		hold_resv(FROM(i));
		assert(attached[i] && alive[i])			/* S6 */
	}
	if
	:: HAS(ASYNC, i) ->
		d_step {
			if
			:: I[i] == IMPORTER_LIVE -> stop[i] = 1
			:: else
			fi;
			acknowledge(i)
		}
	:: else ->
		atomic {
			take_pages(i);
			f = ATTACH_FACTS(i);
			assert(IMPORTER_NOTIFY_ERROR(I[i], f) == 0);	/* S6 */
			act2 = IMPORTER_NOTIFY_DO(I[i], f);
#ifdef MUT_CLEAR_FIRST
			I[i] = IMPORTER_NOTIFY_NEXT(I[i], f);
#endif
			f = 0
		}
		unmap_pairs(i);
		atomic {
			clear_phys(i);
			if
			:: act2 & DO_PHYS_UNMAP -> phys_unmap(i)
			:: else
			fi;
			act2 = 0;
			acknowledge(i);
			drop_pages(i)
		}
	fi
}

inline notify_all(d)
{
	if
	:: FROM(0) == d && due[0] -> notify(0)
	:: else
	fi;
#if IMPORTERS > 1
	if
	:: FROM(1) == d && due[1] -> notify(1)
	:: else
	fi
#endif
}

/* S8. Within a d_step or atomic. */
inline drop_base(d)
{
	hold_resv(d);
	assert(refs[d] > 0);					/* S8 */
	refs[d]--
}

/*
 * Revoke or cleanup of one buffer: what the table says, in the order of its
 * bits. The caller holds MEMORY and a reference to the file.
 */
inline withdraw(d, for_good)
{
	atomic {
		hold_memory(d);
		take_resv(d);
		f = DEVICE_FACTS(d);
		if
		:: for_good ->
			act = EXPORTER_CLEANUP_DO(E[d], f);
			E[d] = EXPORTER_CLEANUP_NEXT(E[d], f)
		:: else ->
			act = EXPORTER_REVOKE_DO(E[d], f);
			E[d] = EXPORTER_REVOKE_NEXT(E[d], f)
		fi;
		if
		:: act & DO_NOTIFY ->
			if
			:: FROM(0) == d -> due[0] = attached[0]
			:: else
			fi;
#if IMPORTERS > 1
			if
			:: FROM(1) == d -> due[1] = attached[1]
			:: else
			fi
#endif
		:: else
		fi;
		if
		:: act & DO_WAIT -> draining[d] = 1
		:: else
		fi;
		f = 0
	}
	if
	:: act & DO_NOTIFY -> notify_all(d)
	:: else
	fi;
	if
	:: act & DO_WAIT ->
		atomic {
			if
			:: act & DO_DROP_BASE -> drop_base(d)
			:: else
			fi;
			/* K18: who is late needs RESV to give its mapping back. */
			drop_resv(d)
		}
		atomic {
#ifndef MUT_NO_WAIT
			DRAINED(d);
#endif
			take_resv(d);
			f = DEVICE_FACTS(d);
#ifdef MUT_NO_WAIT
			f = f | IF_DRAINED;
#endif
			assert(EXPORTER_COMPLETE_ERROR(E[d], f) == 0);	/* S8 */
			act = EXPORTER_COMPLETE_DO(E[d], f);
			draining[d] = 0;
			f = 0
		}
	:: else
#ifdef MUT_WAIT_TWICE
		-> if
		:: E[d] == EXPORTER_DEAD -> drop_base(d)
		:: else
		fi
#endif
	fi;
	atomic {
		if
		:: act & DO_UNLIST ->
			hold_memory(d);
			assert(device[d]);				/* S5 */
			device[d] = 0;
			put_registration(d)
		:: else
		fi;
		act = 0;
		drop_resv(d);
		assert(QUIET(d));				/* S1: it returns */
		assert(!ANY(iommu, d))				/* S1 */
	}
}

/*
 * The device's loop over its buffers: here there is one, if it is listed. K8: one
 * whose file is going is skipped; else the loop holds a reference, which goes after
 * MEMORY, because the last one takes that lock.
 */
inline get_listed(d)
{
	d_step {
		hold_memory(d);
		got = (device[d] && files[d] > 0);
		files[d] = files[d] + got
	}
}

inline put_listed(d)
{
	if
	:: got -> got = 0; put_file(d)
	:: else
	fi
}

inline revoke(d)
{
	get_listed(d);
	if
	:: got ->
#ifdef ASK_L1
		revoking = 1;
#endif
		withdraw(d, false)
#ifdef ASK_L1
		; revoking = 0
#endif
	:: else
	fi
}

inline cleanup(d)
{
	get_listed(d);
	if
	:: got ->
#ifdef ASK_L2
		cleaning = 1;
#endif
		withdraw(d, true)
#ifdef ASK_L2
		; cleaning = 0
#endif
	:: else
	fi
}

/* Armed before the flag falls: K11. */
inline unrevoke(d)
{
	if
	:: device[d] && files[d] > 0 ->
		d_step {
			hold_memory(d);
			f = DEVICE_FACTS(d);
			act = EXPORTER_UNREVOKE_DO(E[d], f);
			f = 0;
#ifndef MUT_FLAG_FIRST
			if
			:: act & DO_ARM -> assert(refs[d] == 0); refs[d] = 1	/* S8 */
			:: else
			fi
#endif
		}
		if
		:: act & DO_CLEAR_REVOKED ->
			atomic {
				take_resv(d);
				assert(E[d] == EXPORTER_REVOKED);	/* S5 */
				E[d] = EXPORTER_LIVE
#ifdef ASK_L3
				; reopened = 1
#endif
			}
#ifdef MUT_RESTORE_PHYS
			if
			:: attached[0] && I[0] == IMPORTER_REVOKED ->
				take_pages(0); I[0] = IMPORTER_LIVE; drop_pages(0)
			:: else
			fi;
#endif
			drop_resv(d)
		:: else
		fi;
#ifdef MUT_FLAG_FIRST
		if
		:: act & DO_ARM -> refs[d] = 1
		:: else
		fi;
#endif
		act = 0
	:: else
	fi
}

#if DEVICES > 1
/* Reset of the set of both; the locks go together. */
bool got0;
inline drop_both()
{
	d_step {
		hold_memory(0);
		hold_memory(1);
		memory_lock[0] = 0;
		memory_lock[1] = 0;
		held = held & ~H_MEMORY
	}
}
#endif

/* What a device's owner does: one trigger after the other. */
proctype exporter(byte d)
{
	byte p, held;
	bool got;
	int act, act2, f;

end:	if
	MAY_QUIT
#if DEVICES == 1
	/* memory off, power down, sleep */
	:: memory_on[d] && device[d] && open[d] ->
		take_memory(d);
		revoke(d);
		atomic { act_on(d); memory_on[d] = 0; drop_memory(d) }
		put_listed(d)
	/* memory on, power up, wake */
	:: !memory_on[d] && device[d] && open[d] ->
		atomic { take_memory(d); memory_on[d] = 1 }
		unrevoke(d);
		drop_memory(d)
	/* close, unbind, unplug */
	:: device[d] && open[d] ->
		take_memory(d);
#ifdef MUT_CLEANUP_LATE
		act_on(d);
		cleanup(d);
#else
		cleanup(d);
		act_on(d);
#endif
		drop_memory(d);
		put_listed(d)
#endif
	/* reset */
	:: device[d] && open[d] ->
		take_memory(d);
#ifdef MUT_RESET_FIRST
		act_on(d);
		revoke(d);
#else
		revoke(d);
		act_on(d);
#endif
		unrevoke(d);
		drop_memory(d);
		put_listed(d)
#if DEVICES > 1
	/* A device that is let go of with its buffer still out. */
	:: d == 1 && device[d] ->
		atomic { take_memory(d); open[d] = !open[d]; drop_memory(d) }
#ifdef MUT_ORDER
	:: d == 1 -> take_memory(1); take_memory(0); drop_both()
#endif
	/* Reset of the set of both. */
	:: d == 0 && (device[0] || device[1]) ->
		take_memory(0);
		take_memory(1);
		revoke(0);
		got0 = got;
#ifdef MUT_SKIP_CLOSED
		if
		:: open[1] -> revoke(1)
		:: else -> got = 0
		fi;
#else
		revoke(1);
#endif
		act_on(0);
		act_on(1);
		unrevoke(0);
		unrevoke(1);
		drop_both();
		put_listed(1);
		got = got0;
		got0 = 0;
		put_listed(0)
#endif
	fi;
	goto end;
quit:	skip
}

/* -- importer -- */

/* One pair, in one step; the caller holds IOAS and PAGES. */
inline fill(i, p)
{
#ifdef MUT_RESV_IN_FILL
	take_resv(FROM(i));
	drop_resv(FROM(i));
#endif
#ifdef MUT_FAULT_IN_FILL
	take_memory(FROM(i));		/* K17 */
	drop_memory(FROM(i));
#endif
	d_step {
		hold_pages(i);
		f = (I[i] == IMPORTER_LIVE -> IF_OPEN : 0);
		act = PAIR_FILL_DO(PAIR_STATE(i, p), f);
		assert(PAIR_FILL_ERROR(PAIR_STATE(i, p), f) == 0);	/* S2 */
		assert(act == IMPORTER_FILL_DO(I[i], 0));	/* S3 */
#ifdef MUT_NO_TRACK
		if
		:: !(act & DO_IOMMU_MAP) -> act = 0
		:: else
		fi;
#endif
		if
		:: act & DO_TRACK ->
			assert(!HAS(tracked[i], p));		/* S2 */
			tracked[i] = tracked[i] | BIT(p)
		:: else
		fi;
		if
		:: act & DO_IOMMU_MAP ->
			mapped[i] = mapped[i] | BIT(p);
			iommu_map(i, p)
		:: else
		fi;
		act = 0;
		f = 0
	}
}

/* The same, and the IOMMU refuses: no trace of the pair is left. */
inline fill_refused(i, p)
{
	d_step {
		hold_pages(i);
		tracked[i] = tracked[i] | BIT(p);
		mapped[i] = mapped[i] | BIT(p);
		assert(PAIR_FILL_FAILED_DO(PAIR_STATE(i, p), 0) == DO_UNTRACK);	/* S11 */
		mapped[i] = mapped[i] & ~BIT(p);
#ifndef MUT_NO_UNTRACK
		tracked[i] = tracked[i] & ~BIT(p);
#endif
		refused = 1
	}
}

inline unfill(i, p)
{
	d_step {
		hold_pages(i);
		act = PAIR_UNFILL_DO(PAIR_STATE(i, p), 0);
#ifdef MUT_UNFILL_NO_TEST
		act = act | DO_IOMMU_UNMAP;
#endif
		if
		:: act & DO_IOMMU_UNMAP -> iommu_unmap(i, p)
		:: else
		fi;
		assert(HAS(tracked[i], p));			/* S2: the list is whole */
		tracked[i] = tracked[i] & ~BIT(p);
		mapped[i] = mapped[i] & ~BIT(p);
		act = 0
	}
}

/*
 * An area into all domains, or out of them: one critical section of PAGES, which
 * the caller holds (K3, K4). A refusal undoes the domains before it.
 */
inline fill_area(i, a)
{
	do
	:: m < DOMAINS && !refused ->
		if
		:: HAS(domains, m) -> fill(i, PAIR(a, m))
		:: HAS(domains, m) && I[i] == IMPORTER_LIVE -> fill_refused(i, PAIR(a, m))
		:: !HAS(domains, m)
		fi;
		m++
	:: else -> break
	od;
	do
	:: refused && m > 1 ->
		m--;
		if
		:: HAS(domains, m - 1) -> unfill(i, PAIR(a, m - 1))
		:: else
		fi
	:: else -> m = 0; break
	od
}

inline unfill_area(i, a)
{
	do
	:: m < DOMAINS ->
		if
		:: HAS(domains, m) -> unfill(i, PAIR(a, m))
		:: else
		fi;
		m++
	:: else -> m = 0; break
	od
}

inline detach(i)
{
	atomic {
		take_resv(FROM(i));
		f = ATTACH_FACTS(i);
		assert(EXPORTER_DETACH_ERROR(E[FROM(i)], f) == 0);	/* S7 */
		attached[i] = 0;
		f = 0
	}
	drop_resv(FROM(i))
}

/* S6: nobody may call back into this, or hold its mutex. */
inline free_pages(i)
{
	d_step {
		assert(!tracked[i] && !mapped[i] && !iommu[i] && pages_lock[i] == 0);	/* S6 */
		alive[i] = 0;
		told[i] = 0;
		I[i] = IMPORTER_NONE
	}
}

/* The pages' last area is gone; nobody can find them. No lock is held. */
inline release_pages(i)
{
	atomic {
		take_pages(i);
		f = (tracked[i] -> IF_TRACKED : 0);
		assert(IMPORTER_RELEASE_ERROR(I[i], f) == 0);	/* S11 */
		f = 0;
		drop_pages(i)
	}
#ifdef MUT_FREE_FIRST
	free_pages(i);
#endif
	/* PHYS_UNMAP and UNPIN under RESV ... */
	atomic {
		take_resv(FROM(i));
		if
		:: mappings[i] > 0 -> phys_unmap(i)
		:: else
		fi;
		pinned[i] = 0;
		f = 0
	}
	drop_resv(FROM(i));
	/* ... and DETACH without it: the core takes it. */
	detach(i);
#if ASYNC
	!stop[i];			/* what was told before has been done */
#endif
#ifndef MUT_FREE_FIRST
	d_step {
		f = IF_RELEASING | (attached[i] -> IF_ATTACHED : 0);
		assert(IMPORTER_FINISH_DO(I[i], f) == DO_FREE);	/* S6 */
		f = 0
	}
	free_pages(i);
#endif
	put_file(FROM(i));
	slot[i] = SLOT_FREE
}

/* The caller has claimed the slot and taken a reference to the file. */
inline map_file(i)
{
	atomic {
		take_resv(FROM(i));
		f = ATTACH_FACTS(i);
		error = EXPORTER_ATTACH_ERROR(E[FROM(i)], f);
		assert((error == 0) == (E[FROM(i)] == EXPORTER_LIVE));	/* L3 */
		if
		:: error == 0 -> attached[i] = 1; alive[i] = 1
		:: else
		fi;
		f = 0
	}
	drop_resv(FROM(i));
	if
	:: error -> put_file(FROM(i)); slot[i] = SLOT_FREE
	:: else ->
		atomic {
			take_resv(FROM(i));
			pinned[i] = 1;
			f = ATTACH_FACTS(i);
			error = EXPORTER_PHYS_MAP_ERROR(E[FROM(i)], f);
			assert(error == IMPORTER_MAP_FILE_ERROR(I[i], f));	/* S11 */
			if
			:: error == 0 ->
				assert(E[FROM(i)] == EXPORTER_LIVE && attached[i]);	/* S4 */
				hold_resv(FROM(i));
				mappings[i]++;
				if
				:: HAS(COUNTED, i) ->
					assert(refs[FROM(i)] > 0);	/* S8, K11 */
					refs[FROM(i)]++
				:: else
				fi;
				I[i] = IMPORTER_MAP_FILE_NEXT(I[i], f)
			:: else ->
				pinned[i] = 0
			fi;
			f = 0
		}
		drop_resv(FROM(i));
		if
		:: error ->
			detach(i);
			d_step {
				assert(!attached[i] && !tracked[i]);		/* S11 */
				assert(!areas[i] && !mappings[i]);		/* S11 */
				alive[i] = 0
			}
			put_file(FROM(i));
			slot[i] = SLOT_FREE
		:: else ->
			take_ioas;
			take_pages(i);
			fill_area(i, 0);
			drop_pages(i);
			if
			:: refused ->
				drop_ioas;
				assert(!tracked[i] && !areas[i]);	/* S11 */
				release_pages(i)
			:: else ->
				atomic { areas[i] = 1; slot[i] = SLOT_USED; drop_ioas }
#ifdef ASK_L3
				assert(!reopened)			/* L3 */
#endif
			fi
		fi
	fi;
	d_step { error = 0; refused = 0 }
}

/* Another area of the same pages: K13. The caller holds IOAS. */
inline copy(i)
{
	if
	:: slot[i] == SLOT_USED && areas[i] != BIT(AREAS) - 1 ->
		d_step { a = LOWEST(3 & ~areas[i]) };
		take_pages(i);
		fill_area(i, a);
		drop_pages(i);
		d_step {
			if
			:: !refused -> areas[i] = areas[i] | BIT(a)
			:: else
			fi;
			refused = 0;
			a = 0
		}
	:: else
	fi
}

/* A domain comes or goes: all areas, the pages one after the other. Holds IOAS. */
inline change_domain(i)
{
	if
	:: slot[i] == SLOT_USED ->
		take_pages(i);
		do
		:: a < AREAS ->
			if
			:: HAS(areas[i], a) && HAS(domains, m) -> unfill(i, PAIR(a, m))
			:: HAS(areas[i], a) && !HAS(domains, m) -> fill(i, PAIR(a, m))
			:: !HAS(areas[i], a)
			fi;
			a++
		:: else -> a = 0; break
		od;
		drop_pages(i)
	:: else
	fi
}

/* Maps, copies, takes domains in and out. */
proctype mapper()
{
	byte i, a, m, held, error;
	bool refused;
	int act, f;

	/* MAP_FILE looks the descriptor up, which gives a reference to the file. */
end:	if
	MAY_QUIT
	:: atomic { fd[FROM(0)] && slot[0] == SLOT_FREE ->
		i = 0; slot[0] = SLOT_BUSY; files[FROM(0)]++; goto map }
#if IMPORTERS > 1
	:: atomic { fd[FROM(1)] && slot[1] == SLOT_FREE ->
		i = 1; slot[1] = SLOT_BUSY; files[FROM(1)]++; goto map }
#endif
#if AREAS > 1
	:: atomic { slot[0] == SLOT_USED && areas[0] != BIT(AREAS) - 1 -> take_ioas }
		copy(0);
		drop_ioas
#if IMPORTERS > 1
	:: atomic { slot[1] == SLOT_USED && areas[1] != BIT(AREAS) - 1 -> take_ioas }
		copy(1);
		drop_ioas
#endif
#endif
#if DEVICES == 1
	:: atomic { take_ioas;
		if
		:: m = 0
#if DOMAINS > 1
		:: m = 1
#endif
		fi }
		change_domain(0);
#if IMPORTERS > 1
		change_domain(1);
#endif
		atomic { domains = domains ^ BIT(m); m = 0; drop_ioas }
#endif
	fi;
	goto end;

map:	map_file(i);
	i = 0;
	goto end;
quit:	skip
}

/* Unmaps areas, releases, closes the descriptor. */
proctype releaser()
{
	byte i, a, m, held;
	int act, f;
	/* S13: what IOAS_UNMAP reports is the area's own length. */
#ifdef MUT_LENGTH_FROM_PHYS
#define LENGTH(i) (I[i] == IMPORTER_LIVE -> 1 : 0)
#else
#define LENGTH(i) 1
#endif

end:	if
	MAY_QUIT
	:: atomic { slot[0] == SLOT_USED -> i = 0; goto unmap }
#if IMPORTERS > 1
	:: atomic { slot[1] == SLOT_USED -> i = 1; goto unmap }
#endif
#if DEVICES == 1
	:: atomic { fd[0] -> fd[0] = 0; goto close }
#endif
	fi;

unmap:	atomic {
		take_ioas;
		if
		:: HAS(areas[i], 0) -> a = 0
		:: HAS(areas[i], 1) -> a = 1
		fi;
		areas[i] = areas[i] & ~BIT(a);
		if
		:: !areas[i] -> slot[i] = SLOT_BUSY
		:: else
		fi
	}
	take_pages(i);
	assert(LENGTH(i) == 1);					/* S13 */
	unfill_area(i, a);
	a = 0;
	drop_pages(i);
	drop_ioas;
	if
	:: slot[i] == SLOT_BUSY -> release_pages(i)
	:: else
	fi;
	i = 0;
	goto end;

close:	put_file(FROM(i));
	i = 0;
	goto end;
quit:	skip
}

#if ASYNC
/* An importer that stops some time after it was told. */
proctype worker()
{
	byte p, held;
	int act2, f;

end:	do
	:: stop[1] ->
		atomic {
			take_pages(1);
			f = ATTACH_FACTS(1);
			act2 = IMPORTER_NOTIFY_DO(I[1], f);
			f = 0
		}
		unmap_pairs(1);
		atomic { clear_phys(1); act2 = 0; f = 0; drop_pages(1) }
		atomic {
			take_resv(FROM(1));
			if
			:: mappings[1] > 0 -> phys_unmap(1)
			:: else
			fi;
			f = 0
		}
		atomic { stop[1] = 0; drop_resv(FROM(1)) }
	od
}
#endif

init {
	atomic {
		run exporter(0);
#if DEVICES > 1
		run exporter(1);
#endif
		run mapper();
		run releaser();
#if ASYNC
		run worker();
#endif
	}
}

#ifdef ASK_L1
ltl L1 { [] (revoking -> <> !revoking) }
#endif
#ifdef ASK_L2
ltl L2 { [] (cleaning -> <> !cleaning) }
#endif
#ifdef ASK_L4
ltl L4 { [] (!fd[0] -> <> (E[0] == EXPORTER_FREED)) }
#endif
