/*
 * partner - what the configuration says of one member of the coalition.
 *
 * A member's own setting stands beside a flag; where that is not set, the one
 * of the whole configuration holds.
 *
 * Owner:   struct vg_config. Immutable after loading.
 * Threads: any reader.
 */
#ifndef VG_CORE_PARTNER_H
#define VG_CORE_PARTNER_H

#include "core/audience.h"
#include "core/sign.h"

struct vg_config;

struct vg_declared_sensor {
	char name[65];
	int64_t cadence_ms; /* 0: learned */
};

/* What a partner may send in a minute, and of dead letters in an hour, of log
 * time; 0: as much as it likes. */
struct vg_partner_quota {
	int64_t records, sensors, actors, indicators;
	int64_t dead_records, dead_bytes;
};

struct vg_partner {
	char id[17];	 /* [A-Z0-9-]{2,16}                       */
	char country[3]; /* ISO 3166-1 alpha-2                    */
	char topic[250]; /* default: alerts.<id in lower case>    */
	unsigned slot;	 /* 0..60, never reused                   */
	enum vg_tlp tlp; /* label of an event without one: AMBER  */
	enum vg_signatures signatures;
	struct vg_sign_key *keys; /* to check them with */
	size_t n_keys;
	char format[16]; /* a decoder's name: canonical; "" is it too */
	/* Of its own where the flag is set, else those of the configuration:
	 * ask vg_config_dedup_span() and its like. */
	bool has_dedup_span, has_future, has_lateness;
	int64_t dedup_span, future_ms, lateness_ms;
	/* A member in [from, until), by the time of its records; and how long
	 * its identifiers are kept, in log time. Without a flag: for ever, and
	 * as long as the numbers. */
	bool has_from, has_until, has_identifiers_kept;
	int64_t from_ms, until_ms, identifiers_kept_ms;
	/* How long it may be quiet, 0: learned; and its sensors that are
	 * expected, by name. */
	int64_t cadence_ms;
	struct vg_declared_sensor *sensors;
	size_t n_sensors;
	struct vg_partner_quota quota;
	char **own_files; /* of its own rules (docs/own-rules.md) */
	size_t n_own_files;
};

/* True when a record of `p` with timestamp `ref_ms` is a member's. */
bool vg_partner_is_member(const struct vg_partner *p, int64_t ref_ms);

/* True when `p` has left by then: nobody waits for it any more. */
bool vg_partner_has_left(const struct vg_partner *p, int64_t ref_ms);

/* What holds for partner `p`, its own or the configuration's: how many offsets
 * back its ids are remembered, and its recalls reach; how far ahead of its
 * record an event may be, ms; how late it still counts for rules beyond their
 * windows, ms. */
int64_t vg_config_dedup_span(const struct vg_config *c,
			     const struct vg_partner *p);
int64_t vg_config_recall_span(const struct vg_config *c,
			      const struct vg_partner *p);
int64_t vg_config_future_ms(const struct vg_config *c,
			    const struct vg_partner *p);
int64_t vg_config_lateness_ms(const struct vg_config *c,
			      const struct vg_partner *p);

/* What the configuration says of sensor `name` of `p`; NULL when nothing. */
const struct vg_declared_sensor *vg_partner_sensor(const struct vg_partner *p,
						   struct vg_slice name);

/* The largest lateness, ms, of the configuration and of any partner: tracks are
 * kept for it. */
int64_t vg_config_lateness_max(const struct vg_config *c);

#endif
