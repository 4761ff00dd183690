/*
 * model - an alert as the evaluator knows it, before and after it is JSON.
 *
 * A `seen` row says that partner P saw value V of condition C from `first_ms`
 * to `last_ms`; everything a reader gets is made of the spans that the class
 * of the alert may see, so a hidden event changes nothing in it. `seen_by` says
 * which viewers see all that the row is made of: what a partner hides from the
 * others is asked for when the alert is to be released (alert/release.h).
 *
 * Owner:   an alert owns its texts and rows. Threads: one at a time.
 */
#ifndef VG_ALERT_MODEL_H
#define VG_ALERT_MODEL_H

#include "alert/rules.h"

enum {
	VG_ALERT_ID = 40, /* fingerprint "-" ms, and a NUL */
	VG_FINGERPRINT = 17,
	VG_ALERT_ROWS_MAX = 4096 /* rows that one alert keeps */
};

struct vg_seen {
	uint32_t condition, partner; /* partner: slot */
	char *value;		     /* readable text, owned */
	int64_t first_ms, last_ms;
	uint64_t seen_by; /* bit s: the viewer of slot s */
};

struct vg_alert {
	struct vg_alert *next;
	char id[VG_ALERT_ID];
	char merged_into[VG_ALERT_ID]; /* "" unless merged */
	char rule_hash[17]; /* of the rule as it was when this was raised */
	bool withdrawn;
	bool approximate;	  /* some of its event times were rounded */
	int64_t start_ms, end_ms; /* VG_EPISODE_OPEN: without end */
	double peak;
	int64_t peak_at_ms;
	int64_t detected_ms, updated_ms; /* wall clock */
	int64_t revision;		 /* changes by late events so far */
	int64_t late_by_ms;		 /* of the last of them */
	int marking;			 /* enum vg_tlp */
	struct vg_seen *row;		 /* by condition, value, partner */
	size_t n_row, omitted;
	struct vg_seen tip;	/* first_ms: when; value is owned */
	uint64_t holds_without; /* bit s: holds without the partner of slot s */
	size_t claim; /* while reconciling: 1 + the episode it stands for */
	bool told;    /* the log says that it is resolved */
	bool rests;   /* and: it is older than all that the spans can touch */
};

/* What all alerts of one fingerprint share. */
struct vg_slot {
	struct vg_slot *next;
	const struct vg_rule *rule;
	uint32_t rule_index, class_index;
	char fingerprint[VG_FINGERPRINT];
	int64_t seen_ms; /* largest visible event time evaluated, INT64_MIN */
	struct vg_alert *alert;
};

/* The fingerprint: a keyed hash of rule id, packed group and name of the
 * clearance class. False when memory is out. */
bool vg_alert_fingerprint(char out[VG_FINGERPRINT], const uint8_t *hash_key,
			  const char *rule_id, struct vg_slice group,
			  const char *class_name);

/* Free the texts and rows of `a`, and zero it; _free() also frees `a` (NULL is
 * allowed). */
void vg_alert_term(struct vg_alert *a);
void vg_alert_free(struct vg_alert *a);

/* Add a row, as it comes; false when memory is out. Its value is copied. */
bool vg_alert_add(struct vg_alert *a, const struct vg_seen *row);

/* Sort the rows, join equal ones, and keep at most VG_ALERT_ROWS_MAX: those
 * seen first, so that the choice does not depend on order. */
void vg_alert_settle_rows(struct vg_alert *a);

/* Order of rows: by condition, value, partner. */
int vg_seen_order(const struct vg_seen *a, const struct vg_seen *b);

/* True when both have the same (condition, value, partner) rows. */
bool vg_alert_same_rows(const struct vg_alert *a, const struct vg_alert *b);

/* True when a reader would see no difference but times of detection. */
bool vg_alert_same(const struct vg_alert *a, const struct vg_alert *b);

/* Slots of the partners in the rows, as bits. */
uint64_t vg_alert_partners(const struct vg_alert *a);

/* By slot: which viewers see all rows of that partner; all bits where it has
 * none. */
void vg_alert_seen_by(const struct vg_alert *a, uint64_t seen_by[64]);

/* Set the tipping event; false when memory is out. */
bool vg_alert_tip(struct vg_alert *a, const struct vg_seen *tip);

#endif
