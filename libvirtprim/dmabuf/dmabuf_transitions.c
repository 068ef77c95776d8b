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

/* Whether an event is refused, and the rule that says so. */
#define ROWS(...) __VA_ARGS__
#define OK ROWS(0, 0)
#define NO(code, rule) ROWS(-(code), VPRIM_DMABUF_RULE_##rule)

#define ROW(machine, state, event, need, lack, next, actions, ...)            \
	{ VPRIM_DMABUF_##machine, VPRIM_DMABUF_##machine##_##state,           \
	  VPRIM_DMABUF_ON_##event, VPRIM_DMABUF_##machine##_##next, (need),   \
	  (lack), (actions), __VA_ARGS__ }

#define E(state, event, need, lack, next, actions, ...) \
	ROW(EXPORTER, state, event, need, lack, next, actions, __VA_ARGS__)
#define I(state, event, need, lack, next, actions, ...) \
	ROW(IMPORTER, state, event, need, lack, next, actions, __VA_ARGS__)
#define P(state, event, need, lack, next, actions, ...) \
	ROW(PAIR, state, event, need, lack, next, actions, __VA_ARGS__)

/* A buffer that is not there, or not there any more: every event is a fault. */
#define E_NOTHING(state, event) \
	E(state, event, 0, 0, state, 0, NO(EINVAL, GONE))
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
	E(state, DETACH, IF(MAPPED), 0, state, 0, NO(EBUSY, MAPPED)),         \
	E(state, DETACH, IF(PINNED), 0, state, 0, NO(EBUSY, PINNED)),         \
	E(state, DETACH, IF(DUE), 0, state, 0, NO(EBUSY, DUE)),               \
	E(state, DETACH, 0, 0, state, DO(REMOVE_ATTACHMENT), OK),             \
	E(state, UNMAP, 0, IF(MAPPED), state, 0, NO(ENOENT, NOT_MAPPED)),     \
	E(state, UNMAP, 0, 0, state, DO(DROP_MAPPING), OK),                   \
	E(state, PIN, 0, IF(REVOCABLE), state, 0, NO(EOPNOTSUPP, REVOCABLE)), \
	E(state, PIN, 0, 0, state, DO(PIN), OK),                              \
	E(state, UNPIN, 0, IF(PINNED), state, 0, NO(ENOENT, NOT_PINNED)),     \
	E(state, UNPIN, 0, 0, state, DO(UNPIN), OK))

/* What is refused, and acknowledged, once a buffer is withdrawn. */
#define E_WITHDRAWN(state) ROWS(                                              \
	E(state, ATTACH, 0, IF(DEVICE), state, 0, NO(EINVAL, NO_DEVICE)),     \
	E(state, ATTACH, 0, IF(PEER2PEER), state, 0, NO(EOPNOTSUPP, PEER2PEER)), \
	E(state, ATTACH, 0, 0, state, 0, NO(ENODEV, REVOKED)),                \
	E(state, MAP, 0, 0, state, 0, NO(ENODEV, REVOKED)),                   \
	E(state, PHYS_MAP, 0, IF(PHYSICAL), state, 0, NO(EOPNOTSUPP, ADDRESS)), \
	E(state, PHYS_MAP, 0, 0, state, 0, NO(ENODEV, REVOKED)),              \
	E(state, ACKNOWLEDGE, 0, IF(DUE), state, 0, NO(ENOENT, NOT_DUE)),     \
	E(state, ACKNOWLEDGE, IF(COUNTED), 0, state, DO(ACKNOWLEDGE), OK),    \
	E(state, ACKNOWLEDGE, 0, 0, state,                                    \
	  DO(ACKNOWLEDGE) | DO(DROP_MAPPING), OK))

static const struct vprim_dmabuf_transition transitions[] = {
	E(NONE, CREATE, IF(MEMORY), 0, LIVE, DO(ARM) | DO(LIST), OK),
	E(NONE, CREATE, 0, 0, REVOKED, DO(LIST), OK),
	E_ABSENT(NONE),

	E(LIVE, CREATE, 0, 0, LIVE, 0, NO(EINVAL, MADE)),
	E(LIVE, REVOKE, 0, 0, REVOKED,
	  DO(SET_REVOKED) | DO(NOTIFY) | DO(DROP_BASE) | DO(WAIT), OK),
	E(LIVE, ACKNOWLEDGE, 0, 0, LIVE, 0, NO(ENOENT, NOT_DUE)),
	E(LIVE, COMPLETE, 0, 0, LIVE, 0, NO(EINVAL, NOT_REVOKED)),
	E(LIVE, UNREVOKE, 0, 0, LIVE, 0, OK),
	E(LIVE, CLEANUP, 0, 0, DEAD,
	  DO(SET_REVOKED) | DO(NOTIFY) | DO(DROP_BASE) | DO(WAIT), OK),
	E(LIVE, RELEASE, IF(ATTACHED), 0, LIVE, 0, NO(EBUSY, ATTACHED)),
	E(LIVE, RELEASE, 0, 0, FREED,
	  DO(DROP_BASE) | DO(UNLIST) | DO(CLEAR_DEVICE) |
	  DO(PUT_REGISTRATION) | DO(FREE), OK),
	E(LIVE, ATTACH, 0, IF(DEVICE), LIVE, 0, NO(EINVAL, NO_DEVICE)),
	E(LIVE, ATTACH, 0, IF(PEER2PEER), LIVE, 0, NO(EOPNOTSUPP, PEER2PEER)),
	E(LIVE, ATTACH, 0, IF(REVOCABLE), LIVE, 0, NO(EOPNOTSUPP, REVOCABLE)),
	E(LIVE, ATTACH, 0, 0, LIVE, DO(ADD_ATTACHMENT), OK),
	E(LIVE, MAP, 0, 0, LIVE, DO(COUNT_MAPPING), OK),
	E(LIVE, PHYS_MAP, 0, IF(PHYSICAL), LIVE, 0, NO(EOPNOTSUPP, ADDRESS)),
	E(LIVE, PHYS_MAP, 0, IF(CONTIGUOUS), LIVE, 0, NO(EOPNOTSUPP, PIECES)),
	E(LIVE, PHYS_MAP, 0, 0, LIVE, DO(COUNT_MAPPING), OK),
	E_ATTACHED(LIVE),

	E(REVOKED, CREATE, 0, 0, REVOKED, 0, NO(EINVAL, MADE)),
	E(REVOKED, REVOKE, 0, 0, REVOKED, 0, OK),
	E(REVOKED, COMPLETE, 0, IF(DRAINING), REVOKED, 0, OK),
	E(REVOKED, COMPLETE, 0, IF(DRAINED), REVOKED, 0, NO(EBUSY, NOT_DRAINED)),
	E(REVOKED, COMPLETE, 0, 0, REVOKED, DO(COMPLETE), OK),
	E(REVOKED, UNREVOKE, 0, IF(MEMORY), REVOKED, 0, OK),
	E(REVOKED, UNREVOKE, IF(DRAINING), 0, REVOKED, 0, NO(EBUSY, DRAINING)),
	E(REVOKED, UNREVOKE, 0, 0, LIVE, DO(ARM) | DO(CLEAR_REVOKED), OK),
	/* Nobody is notified twice, and the base reference has gone. */
	E(REVOKED, CLEANUP, IF(DRAINING), 0, DEAD, DO(WAIT), OK),
	E(REVOKED, CLEANUP, 0, 0, DEAD,
	  DO(UNLIST) | DO(CLEAR_DEVICE) | DO(PUT_REGISTRATION), OK),
	E(REVOKED, RELEASE, IF(ATTACHED), 0, REVOKED, 0, NO(EBUSY, ATTACHED)),
	E(REVOKED, RELEASE, IF(DRAINING), 0, REVOKED, 0, NO(EBUSY, DRAINING)),
	E(REVOKED, RELEASE, 0, 0, FREED,
	  DO(UNLIST) | DO(CLEAR_DEVICE) | DO(PUT_REGISTRATION) | DO(FREE), OK),
	E_WITHDRAWN(REVOKED),
	E_ATTACHED(REVOKED),

	E(DEAD, CREATE, 0, 0, DEAD, 0, NO(EINVAL, MADE)),
	E(DEAD, REVOKE, 0, 0, DEAD, 0, OK),
	E(DEAD, COMPLETE, 0, IF(DRAINING), DEAD, 0, OK),
	E(DEAD, COMPLETE, 0, IF(DRAINED), DEAD, 0, NO(EBUSY, NOT_DRAINED)),
	E(DEAD, COMPLETE, 0, 0, DEAD,
	  DO(COMPLETE) | DO(UNLIST) | DO(CLEAR_DEVICE) | DO(PUT_REGISTRATION), OK),
	E(DEAD, UNREVOKE, 0, 0, DEAD, 0, OK),
	E(DEAD, CLEANUP, 0, 0, DEAD, 0, OK),
	E(DEAD, RELEASE, IF(ATTACHED), 0, DEAD, 0, NO(EBUSY, ATTACHED)),
	E(DEAD, RELEASE, IF(DRAINING), 0, DEAD, 0, NO(EBUSY, DRAINING)),
	E(DEAD, RELEASE, 0, 0, FREED, DO(FREE), OK),
	E_WITHDRAWN(DEAD),
	E_ATTACHED(DEAD),

	E_NOTHING(FREED, CREATE),
	E_ABSENT(FREED),

	/* A refusal undoes what was done: the attachment, if there is one. */
	I(NONE, MAP_FILE, 0, IF(ATTACHED), NONE, 0, NO(ENODEV, NO_BUFFER)),
	I(NONE, MAP_FILE, 0, IF(PHYSICAL), NONE, DO(DETACH), NO(EOPNOTSUPP, ADDRESS)),
	I(NONE, MAP_FILE, 0, IF(OPEN), NONE, DO(DETACH), NO(ENODEV, REVOKED)),
	I(NONE, MAP_FILE, 0, IF(CONTIGUOUS), NONE, DO(DETACH), NO(EOPNOTSUPP, PIECES)),
	I(NONE, MAP_FILE, 0, 0, LIVE, DO(STORE_PHYS), OK),
	I(NONE, FILL, 0, 0, NONE, 0, NO(EINVAL, NO_ADDRESS)),
	I(NONE, UNFILL, 0, 0, NONE, 0, OK),
	I(NONE, NOTIFY, 0, 0, NONE, 0, OK),
	I(NONE, UNREVOKE, 0, 0, NONE, 0, OK),
	I(NONE, RELEASE, 0, 0, NONE, 0, NO(EINVAL, NO_ADDRESS)),
	I(NONE, FINISH, 0, 0, NONE, 0, NO(EINVAL, NO_ADDRESS)),

	I(LIVE, MAP_FILE, 0, 0, LIVE, 0, NO(EINVAL, HAS_ADDRESS)),
	I(LIVE, FILL, IF(RELEASING), 0, LIVE, 0, NO(EINVAL, RELEASING)),
	I(LIVE, FILL, 0, 0, LIVE, DO(TRACK) | DO(IOMMU_MAP), OK),
	I(LIVE, UNFILL, 0, 0, LIVE, DO(IOMMU_UNMAP) | DO(UNTRACK), OK),
	/* A counted mapping goes back here; of others the exporter keeps none. */
	I(LIVE, NOTIFY, IF(COUNTED) | IF(MAPPED), 0, REVOKED,
	  DO(UNMAP_PAIRS) | DO(CLEAR_PHYS) | DO(PHYS_UNMAP), OK),
	I(LIVE, NOTIFY, 0, 0, REVOKED, DO(UNMAP_PAIRS) | DO(CLEAR_PHYS), OK),
	I(LIVE, UNREVOKE, 0, 0, LIVE, 0, OK),
	I(LIVE, RELEASE, IF(TRACKED), 0, LIVE, 0, NO(EBUSY, TRACKED)),
	I(LIVE, RELEASE, IF(PINNED), 0, LIVE,
	  DO(PHYS_UNMAP) | DO(UNPIN) | DO(DETACH), OK),
	I(LIVE, RELEASE, 0, 0, LIVE, DO(PHYS_UNMAP) | DO(DETACH), OK),
	I(LIVE, FINISH, 0, IF(RELEASING), LIVE, 0, NO(EINVAL, NOT_RELEASING)),
	I(LIVE, FINISH, IF(ATTACHED), 0, LIVE, 0, NO(EBUSY, ATTACHED)),
	I(LIVE, FINISH, 0, 0, RELEASED, DO(FREE), OK),

	I(REVOKED, MAP_FILE, 0, 0, REVOKED, 0, NO(EINVAL, HAS_ADDRESS)),
	I(REVOKED, FILL, IF(RELEASING), 0, REVOKED, 0, NO(EINVAL, RELEASING)),
	I(REVOKED, FILL, 0, 0, REVOKED, DO(TRACK), OK),
	I(REVOKED, UNFILL, 0, 0, REVOKED, DO(UNTRACK), OK),
	I(REVOKED, NOTIFY, 0, 0, REVOKED, 0, OK),
	I(REVOKED, UNREVOKE, 0, 0, REVOKED, 0, OK),
	I(REVOKED, RELEASE, IF(TRACKED), 0, REVOKED, 0, NO(EBUSY, TRACKED)),
	I(REVOKED, RELEASE, IF(PINNED), 0, REVOKED, DO(UNPIN) | DO(DETACH), OK),
	I(REVOKED, RELEASE, 0, 0, REVOKED, DO(DETACH), OK),
	I(REVOKED, FINISH, 0, IF(RELEASING), REVOKED, 0, NO(EINVAL, NOT_RELEASING)),
	I(REVOKED, FINISH, IF(ATTACHED), 0, REVOKED, 0, NO(EBUSY, ATTACHED)),
	I(REVOKED, FINISH, 0, 0, RELEASED, DO(FREE), OK),

	I(RELEASED, MAP_FILE, 0, 0, RELEASED, 0, NO(EINVAL, RELEASED)),
	I(RELEASED, FILL, 0, 0, RELEASED, 0, NO(EINVAL, RELEASED)),
	I(RELEASED, UNFILL, 0, 0, RELEASED, 0, OK),
	I(RELEASED, NOTIFY, 0, 0, RELEASED, 0, NO(EINVAL, RELEASED)),
	I(RELEASED, UNREVOKE, 0, 0, RELEASED, 0, OK),
	I(RELEASED, RELEASE, 0, 0, RELEASED, 0, NO(EINVAL, RELEASED)),
	I(RELEASED, FINISH, 0, 0, RELEASED, 0, NO(EINVAL, RELEASED)),

	/* Tracked before it is mapped, so that a failed fill has what to undo. */
	P(ABSENT, FILL, IF(OPEN), 0, MAPPED, DO(TRACK) | DO(IOMMU_MAP), OK),
	P(ABSENT, FILL, 0, 0, UNMAPPED, DO(TRACK), OK),
	P(ABSENT, FILL_FAILED, 0, 0, ABSENT, 0, NO(EINVAL, NOT_FILLED)),
	P(ABSENT, UNFILL, 0, 0, ABSENT, 0, OK),
	P(ABSENT, NOTIFY, 0, 0, ABSENT, 0, OK),
	P(ABSENT, UNREVOKE, 0, 0, ABSENT, 0, OK),

	P(MAPPED, FILL, 0, 0, MAPPED, 0, NO(EEXIST, FILLED)),
	P(MAPPED, FILL_FAILED, 0, 0, ABSENT, DO(UNTRACK), OK),
	P(MAPPED, UNFILL, 0, 0, ABSENT, DO(IOMMU_UNMAP) | DO(UNTRACK), OK),
	P(MAPPED, NOTIFY, 0, 0, UNMAPPED, DO(IOMMU_UNMAP), OK),
	P(MAPPED, UNREVOKE, 0, 0, MAPPED, 0, OK),

	P(UNMAPPED, FILL, 0, 0, UNMAPPED, 0, NO(EEXIST, FILLED)),
	P(UNMAPPED, FILL_FAILED, 0, 0, UNMAPPED, 0, NO(EINVAL, NOT_FILLED)),
	P(UNMAPPED, UNFILL, 0, 0, ABSENT, DO(UNTRACK), OK),
	P(UNMAPPED, NOTIFY, 0, 0, UNMAPPED, 0, OK),
	P(UNMAPPED, UNREVOKE, 0, 0, UNMAPPED, 0, OK),
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
