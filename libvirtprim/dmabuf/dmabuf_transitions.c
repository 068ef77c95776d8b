// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The three machines as one table.
 *
 * Everything else in this module asks here: the calls decide by it, the pictures
 * are drawn from it, and the model is made of it. Rows of one state and event
 * are asked in order, and the last of them asks for nothing, so that every
 * question has an answer.
 */
#include <virtprim/dmabuf.h>

#define IF(fact) ((uint32_t)VPRIM_DMABUF_IF_##fact)
#define DO(action) ((uint32_t)VPRIM_DMABUF_DO_##action)

#define ROW(machine, state, event, need, lack, next, actions, error)         \
	{ VPRIM_DMABUF_##machine, VPRIM_DMABUF_##machine##_##state,           \
	  VPRIM_DMABUF_ON_##event, VPRIM_DMABUF_##machine##_##next, (need),   \
	  (lack), (actions), (error) }

#define E(state, event, need, lack, next, actions, error) \
	ROW(EXPORTER, state, event, need, lack, next, actions, error)
#define I(state, event, need, lack, next, actions, error) \
	ROW(IMPORTER, state, event, need, lack, next, actions, error)
#define P(state, event, need, lack, next, actions, error) \
	ROW(PAIR, state, event, need, lack, next, actions, error)

/* Rows that several states have. */
#define ROWS(...) __VA_ARGS__

/* A buffer that is not there, or not there any more: every event is a fault. */
#define E_NOTHING(state, event) E(state, event, 0, 0, state, 0, -EINVAL)
#define E_ABSENT(state) ROWS(                                                 \
	E_NOTHING(state, REVOKE), E_NOTHING(state, ACKNOWLEDGE),              \
	E_NOTHING(state, COMPLETE), E_NOTHING(state, UNREVOKE),               \
	E_NOTHING(state, CLEANUP), E_NOTHING(state, RELEASE),                 \
	E_NOTHING(state, ATTACH), E_NOTHING(state, DETACH),                   \
	E_NOTHING(state, MAP), E_NOTHING(state, PHYS_MAP),                    \
	E_NOTHING(state, UNMAP), E_NOTHING(state, PIN),                       \
	E_NOTHING(state, UNPIN))

/* What an attachment may do in every state of a buffer that is there. */
#define E_ATTACHED(state) ROWS(                                               \
	E(state, DETACH, IF(MAPPED), 0, state, 0, -EBUSY),                    \
	E(state, DETACH, IF(PINNED), 0, state, 0, -EBUSY),                    \
	E(state, DETACH, IF(DUE), 0, state, 0, -EBUSY),                       \
	E(state, DETACH, 0, 0, state, DO(REMOVE_ATTACHMENT), 0),              \
	E(state, UNMAP, 0, IF(MAPPED), state, 0, -ENOENT),                    \
	E(state, UNMAP, 0, 0, state, DO(DROP_MAPPING), 0),                    \
	E(state, PIN, 0, IF(REVOCABLE), state, 0, -EOPNOTSUPP),               \
	E(state, PIN, 0, 0, state, DO(PIN), 0),                               \
	E(state, UNPIN, 0, IF(PINNED), state, 0, -ENOENT),                    \
	E(state, UNPIN, 0, 0, state, DO(UNPIN), 0))

/* What is refused, and acknowledged, once a buffer is withdrawn. */
#define E_WITHDRAWN(state) ROWS(                                              \
	E(state, ATTACH, 0, IF(DEVICE), state, 0, -EINVAL),                   \
	E(state, ATTACH, 0, IF(PEER2PEER), state, 0, -EOPNOTSUPP),            \
	E(state, ATTACH, 0, 0, state, 0, -ENODEV),                            \
	E(state, MAP, 0, 0, state, 0, -ENODEV),                               \
	E(state, PHYS_MAP, 0, IF(PHYSICAL), state, 0, -EOPNOTSUPP),           \
	E(state, PHYS_MAP, 0, 0, state, 0, -ENODEV),                          \
	E(state, ACKNOWLEDGE, 0, IF(DUE), state, 0, -ENOENT),                 \
	E(state, ACKNOWLEDGE, IF(COUNTED), 0, state, DO(ACKNOWLEDGE), 0),     \
	E(state, ACKNOWLEDGE, 0, 0, state,                                    \
	  DO(ACKNOWLEDGE) | DO(DROP_MAPPING), 0))

static const struct vprim_dmabuf_transition transitions[] = {
	E(NONE, CREATE, IF(MEMORY), 0, LIVE, DO(ARM) | DO(LIST), 0),
	E(NONE, CREATE, 0, 0, REVOKED, DO(LIST), 0),
	E_ABSENT(NONE),

	E_NOTHING(LIVE, CREATE),
	E(LIVE, REVOKE, 0, 0, REVOKED,
	  DO(SET_REVOKED) | DO(NOTIFY) | DO(DROP_BASE) | DO(WAIT), 0),
	E(LIVE, ACKNOWLEDGE, 0, 0, LIVE, 0, -ENOENT),
	E_NOTHING(LIVE, COMPLETE),
	E(LIVE, UNREVOKE, 0, 0, LIVE, 0, 0),
	E(LIVE, CLEANUP, 0, 0, DEAD,
	  DO(SET_REVOKED) | DO(NOTIFY) | DO(DROP_BASE) | DO(WAIT), 0),
	E(LIVE, RELEASE, IF(ATTACHED), 0, LIVE, 0, -EBUSY),
	E(LIVE, RELEASE, 0, 0, FREED,
	  DO(DROP_BASE) | DO(UNLIST) | DO(CLEAR_DEVICE) |
	  DO(PUT_REGISTRATION) | DO(FREE), 0),
	E(LIVE, ATTACH, 0, IF(DEVICE), LIVE, 0, -EINVAL),
	E(LIVE, ATTACH, 0, IF(PEER2PEER), LIVE, 0, -EOPNOTSUPP),
	E(LIVE, ATTACH, 0, IF(REVOCABLE), LIVE, 0, -EOPNOTSUPP),
	E(LIVE, ATTACH, 0, 0, LIVE, DO(ADD_ATTACHMENT), 0),
	E(LIVE, MAP, 0, 0, LIVE, DO(COUNT_MAPPING), 0),
	E(LIVE, PHYS_MAP, 0, IF(PHYSICAL), LIVE, 0, -EOPNOTSUPP),
	E(LIVE, PHYS_MAP, 0, IF(CONTIGUOUS), LIVE, 0, -EOPNOTSUPP),
	E(LIVE, PHYS_MAP, 0, 0, LIVE, DO(COUNT_MAPPING), 0),
	E_ATTACHED(LIVE),

	E_NOTHING(REVOKED, CREATE),
	E(REVOKED, REVOKE, 0, 0, REVOKED, 0, 0),
	E(REVOKED, COMPLETE, 0, IF(DRAINING), REVOKED, 0, 0),
	E(REVOKED, COMPLETE, 0, IF(DRAINED), REVOKED, 0, -EBUSY),
	E(REVOKED, COMPLETE, 0, 0, REVOKED, DO(COMPLETE), 0),
	E(REVOKED, UNREVOKE, 0, IF(MEMORY), REVOKED, 0, 0),
	E(REVOKED, UNREVOKE, IF(DRAINING), 0, REVOKED, 0, -EBUSY),
	E(REVOKED, UNREVOKE, 0, 0, LIVE, DO(ARM) | DO(CLEAR_REVOKED), 0),
	/* Nobody is notified twice, and the base reference has gone. */
	E(REVOKED, CLEANUP, IF(DRAINING), 0, DEAD, DO(WAIT), 0),
	E(REVOKED, CLEANUP, 0, 0, DEAD,
	  DO(UNLIST) | DO(CLEAR_DEVICE) | DO(PUT_REGISTRATION), 0),
	E(REVOKED, RELEASE, IF(ATTACHED), 0, REVOKED, 0, -EBUSY),
	E(REVOKED, RELEASE, IF(DRAINING), 0, REVOKED, 0, -EBUSY),
	E(REVOKED, RELEASE, 0, 0, FREED,
	  DO(UNLIST) | DO(CLEAR_DEVICE) | DO(PUT_REGISTRATION) | DO(FREE), 0),
	E_WITHDRAWN(REVOKED),
	E_ATTACHED(REVOKED),

	E_NOTHING(DEAD, CREATE),
	E(DEAD, REVOKE, 0, 0, DEAD, 0, 0),
	E(DEAD, COMPLETE, 0, IF(DRAINING), DEAD, 0, 0),
	E(DEAD, COMPLETE, 0, IF(DRAINED), DEAD, 0, -EBUSY),
	E(DEAD, COMPLETE, 0, 0, DEAD,
	  DO(COMPLETE) | DO(UNLIST) | DO(CLEAR_DEVICE) | DO(PUT_REGISTRATION), 0),
	E(DEAD, UNREVOKE, 0, 0, DEAD, 0, 0),
	E(DEAD, CLEANUP, 0, 0, DEAD, 0, 0),
	E(DEAD, RELEASE, IF(ATTACHED), 0, DEAD, 0, -EBUSY),
	E(DEAD, RELEASE, IF(DRAINING), 0, DEAD, 0, -EBUSY),
	E(DEAD, RELEASE, 0, 0, FREED, DO(FREE), 0),
	E_WITHDRAWN(DEAD),
	E_ATTACHED(DEAD),

	E_NOTHING(FREED, CREATE),
	E_ABSENT(FREED),

	/* A refusal undoes what was done: the attachment, if there is one. */
	I(NONE, MAP_FILE, 0, IF(ATTACHED), NONE, 0, -ENODEV),
	I(NONE, MAP_FILE, 0, IF(PHYSICAL), NONE, DO(DETACH), -EOPNOTSUPP),
	I(NONE, MAP_FILE, 0, IF(OPEN), NONE, DO(DETACH), -ENODEV),
	I(NONE, MAP_FILE, 0, IF(CONTIGUOUS), NONE, DO(DETACH), -EOPNOTSUPP),
	I(NONE, MAP_FILE, 0, 0, LIVE, DO(STORE_PHYS), 0),
	I(NONE, FILL, 0, 0, NONE, 0, -EINVAL),
	I(NONE, UNFILL, 0, 0, NONE, 0, 0),
	I(NONE, NOTIFY, 0, 0, NONE, 0, 0),
	I(NONE, UNREVOKE, 0, 0, NONE, 0, 0),
	I(NONE, RELEASE, 0, 0, NONE, 0, -EINVAL),
	I(NONE, FINISH, 0, 0, NONE, 0, -EINVAL),

	I(LIVE, MAP_FILE, 0, 0, LIVE, 0, -EINVAL),
	I(LIVE, FILL, IF(RELEASING), 0, LIVE, 0, -EINVAL),
	I(LIVE, FILL, 0, 0, LIVE, DO(TRACK) | DO(IOMMU_MAP), 0),
	I(LIVE, UNFILL, 0, 0, LIVE, DO(IOMMU_UNMAP) | DO(UNTRACK), 0),
	/* A counted mapping goes back here; of others the exporter keeps none. */
	I(LIVE, NOTIFY, IF(COUNTED) | IF(MAPPED), 0, REVOKED,
	  DO(UNMAP_PAIRS) | DO(CLEAR_PHYS) | DO(PHYS_UNMAP), 0),
	I(LIVE, NOTIFY, 0, 0, REVOKED, DO(UNMAP_PAIRS) | DO(CLEAR_PHYS), 0),
	I(LIVE, UNREVOKE, 0, 0, LIVE, 0, 0),
	I(LIVE, RELEASE, IF(TRACKED), 0, LIVE, 0, -EBUSY),
	I(LIVE, RELEASE, IF(PINNED), 0, LIVE,
	  DO(PHYS_UNMAP) | DO(UNPIN) | DO(DETACH), 0),
	I(LIVE, RELEASE, 0, 0, LIVE, DO(PHYS_UNMAP) | DO(DETACH), 0),
	I(LIVE, FINISH, 0, IF(RELEASING), LIVE, 0, -EINVAL),
	I(LIVE, FINISH, IF(ATTACHED), 0, LIVE, 0, -EBUSY),
	I(LIVE, FINISH, 0, 0, RELEASED, DO(FREE), 0),

	I(REVOKED, MAP_FILE, 0, 0, REVOKED, 0, -EINVAL),
	I(REVOKED, FILL, IF(RELEASING), 0, REVOKED, 0, -EINVAL),
	I(REVOKED, FILL, 0, 0, REVOKED, DO(TRACK), 0),
	I(REVOKED, UNFILL, 0, 0, REVOKED, DO(UNTRACK), 0),
	I(REVOKED, NOTIFY, 0, 0, REVOKED, 0, 0),
	I(REVOKED, UNREVOKE, 0, 0, REVOKED, 0, 0),
	I(REVOKED, RELEASE, IF(TRACKED), 0, REVOKED, 0, -EBUSY),
	I(REVOKED, RELEASE, IF(PINNED), 0, REVOKED, DO(UNPIN) | DO(DETACH), 0),
	I(REVOKED, RELEASE, 0, 0, REVOKED, DO(DETACH), 0),
	I(REVOKED, FINISH, 0, IF(RELEASING), REVOKED, 0, -EINVAL),
	I(REVOKED, FINISH, IF(ATTACHED), 0, REVOKED, 0, -EBUSY),
	I(REVOKED, FINISH, 0, 0, RELEASED, DO(FREE), 0),

	I(RELEASED, MAP_FILE, 0, 0, RELEASED, 0, -EINVAL),
	I(RELEASED, FILL, 0, 0, RELEASED, 0, -EINVAL),
	I(RELEASED, UNFILL, 0, 0, RELEASED, 0, 0),
	I(RELEASED, NOTIFY, 0, 0, RELEASED, 0, -EINVAL),
	I(RELEASED, UNREVOKE, 0, 0, RELEASED, 0, 0),
	I(RELEASED, RELEASE, 0, 0, RELEASED, 0, -EINVAL),
	I(RELEASED, FINISH, 0, 0, RELEASED, 0, -EINVAL),

	/* Tracked before it is mapped, so that a failed fill has what to undo. */
	P(ABSENT, FILL, IF(OPEN), 0, MAPPED, DO(TRACK) | DO(IOMMU_MAP), 0),
	P(ABSENT, FILL, 0, 0, UNMAPPED, DO(TRACK), 0),
	P(ABSENT, FILL_FAILED, 0, 0, ABSENT, 0, -EINVAL),
	P(ABSENT, UNFILL, 0, 0, ABSENT, 0, 0),
	P(ABSENT, NOTIFY, 0, 0, ABSENT, 0, 0),
	P(ABSENT, UNREVOKE, 0, 0, ABSENT, 0, 0),

	P(MAPPED, FILL, 0, 0, MAPPED, 0, -EEXIST),
	P(MAPPED, FILL_FAILED, 0, 0, ABSENT, DO(UNTRACK), 0),
	P(MAPPED, UNFILL, 0, 0, ABSENT, DO(IOMMU_UNMAP) | DO(UNTRACK), 0),
	P(MAPPED, NOTIFY, 0, 0, UNMAPPED, DO(IOMMU_UNMAP), 0),
	P(MAPPED, UNREVOKE, 0, 0, MAPPED, 0, 0),

	P(UNMAPPED, FILL, 0, 0, UNMAPPED, 0, -EEXIST),
	P(UNMAPPED, FILL_FAILED, 0, 0, UNMAPPED, 0, -EINVAL),
	P(UNMAPPED, UNFILL, 0, 0, ABSENT, DO(UNTRACK), 0),
	P(UNMAPPED, NOTIFY, 0, 0, UNMAPPED, 0, 0),
	P(UNMAPPED, UNREVOKE, 0, 0, UNMAPPED, 0, 0),
};

const struct vprim_dmabuf_transition *vprim_dmabuf_transitions(size_t *count)
{
	if (count)
		*count = VPRIM_ARRAY_LEN(transitions);
	return transitions;
}

static bool answers(const struct vprim_dmabuf_transition *r, unsigned int machine,
		    unsigned int state, unsigned int event, uint32_t facts)
{
	return r->machine == machine && r->state == state &&
	       r->event == event && (facts & r->need) == r->need &&
	       !(facts & r->lack);
}

const struct vprim_dmabuf_transition *
vprim_dmabuf_decide(enum vprim_dmabuf_machine machine, unsigned int state,
		    enum vprim_dmabuf_event event, uint32_t facts)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(transitions); i++)
		if (answers(&transitions[i], machine, state, event, facts))
			return &transitions[i];
	return NULL;
}

/* -- names -- */

static const char *const exporter_states[] = { "NONE", "LIVE", "REVOKED", "DEAD",
					       "FREED" };
static const char *const importer_states[] = { "NONE", "LIVE", "REVOKED",
					       "RELEASED" };
static const char *const pair_states[] = { "ABSENT", "MAPPED", "UNMAPPED" };
static const char *const machines[] = { "exporter", "importer", "pair" };
static const char *const events[] = {
	"create",   "revoke",	"acknowledge", "complete", "unrevoke",
	"cleanup",  "release",	"attach",      "detach",   "map",
	"phys_map", "unmap",	"pin",	       "unpin",	   "map_file",
	"fill",	    "fill_failed", "unfill",   "notify",   "finish",
};

static const char *const facts[] = {
	"memory",    "draining",  "drained", "attached",
	"physical",  "contiguous", "device",  "peer2peer",
	"revocable", "counted",	  "mapped",  "pinned",
	"due",	     "open",	  "tracked", "releasing",
};

static const char *const actions[] = {
	"ARM",		 "LIST",	  "SET_REVOKED",
	"NOTIFY",	 "DROP_BASE",	  "WAIT",
	"CLEAR_REVOKED", "ADD_ATTACHMENT", "COUNT_MAPPING",
	"DROP_MAPPING",	 "PIN",		  "ACKNOWLEDGE",
	"COMPLETE",	 "UNLIST",	  "CLEAR_DEVICE",
	"PUT_REGISTRATION", "STORE_PHYS", "UNMAP_PAIRS",
	"CLEAR_PHYS",	 "PHYS_UNMAP",	  "UNPIN",
	"DETACH",	 "REMOVE_ATTACHMENT", "TRACK",
	"IOMMU_MAP",	 "IOMMU_UNMAP",	  "UNTRACK",
	"FREE",
};

static const char *const triggers[] = {
	"memory_off", "memory_on", "power_down", "power_up", "flr",
	"reset",      "hot_reset", "sleep",	 "wake",     "close",
	"unbind",     "unplug",	   "surprise",
};

const char *vprim_dmabuf_name(enum vprim_dmabuf_names of, unsigned int number)
{
#define NAMES(table) { table, VPRIM_ARRAY_LEN(table) }
	static const struct {
		const char *const *names;
		size_t n;
	} tables[] = {
		[VPRIM_DMABUF_NAME_EXPORTER] = NAMES(exporter_states),
		[VPRIM_DMABUF_NAME_IMPORTER] = NAMES(importer_states),
		[VPRIM_DMABUF_NAME_PAIR] = NAMES(pair_states),
		[VPRIM_DMABUF_NAME_MACHINE] = NAMES(machines),
		[VPRIM_DMABUF_NAME_EVENT] = NAMES(events),
		[VPRIM_DMABUF_NAME_FACT] = NAMES(facts),
		[VPRIM_DMABUF_NAME_ACTION] = NAMES(actions),
		[VPRIM_DMABUF_NAME_TRIGGER] = NAMES(triggers),
	};

	if ((size_t)of >= VPRIM_ARRAY_LEN(tables) || number >= tables[of].n)
		return NULL;
	return tables[of].names[number];
}
