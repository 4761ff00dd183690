#include "aggregate/part_private.h"

#include "aggregate/part_call.h"
#include "aggregate/part_feeds.h"
#include "aggregate/part_sensors.h"
#include "aggregate/script.h"
#include "aggregate/sensors.h"
#include "aggregate/store_link.h"
#include "core/fault.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEYS_N = 8, NUMBER_MAX = 24 };

/* A refusal of the script as a message that says the way forward. */
static enum vg_rc refuse(const struct vg_part *p, struct vg_slice why,
			 struct vg_err *err)
{
	static const struct {
		const char *code, *remedy;
	} REMEDY[] = {
		{"VG SCHEMA", "another version of vigie filled it: run that "
			      "one, or count again into an empty Redis; see "
			      "\"Upgrading\" in docs/operations.md"},
		{"VG HASHKEY", "bring back the hash_key_file it was filled "
			       "with"},
		{"VG TORN", "part of it was lost; restore Redis, or delete "
			    "all its keys and count again from the log"},
		{"VG TYPE", "something else writes to this Redis; delete "
			    "what it wrote"},
	};
	const char *remedy = "see the server's log";

	/* Until then there is nothing to decide. */
	if (vg_store_is_code(why.p, "VG PURGING"))
		return vg_err_set(err, VG_RETRY,
				  "redis: partition %s:%" PRId32 " is being "
				  "purged; should nobody be at it, run `vigie "
				  "partner purge %s` again",
				  p->partner->topic, p->partition,
				  p->partner->id);

	for (size_t i = 0; i < sizeof REMEDY / sizeof *REMEDY; i++)
		if (vg_store_is_code(why.p, REMEDY[i].code))
			remedy = REMEDY[i].remedy;
	return vg_err_set(
		err, VG_INVAL, "redis: partition %s:%" PRId32 ": %.*s: %s",
		p->partner->topic, p->partition, (int)why.n, why.p, remedy);
}

static int64_t int_or(const struct vg_reply *r, int64_t absent)
{
	return vg_reply_type(r) == VG_REPLY_NIL ? absent : vg_reply_int(r);
}

static void take_state(struct vg_part *p, const struct vg_reply *r)
{
	struct vg_part_state *s = &p->state;
	const struct vg_reply *ph = vg_reply_at(r, 3);

	(void)snprintf(p->epoch, sizeof p->epoch, "%" PRId64,
		       vg_reply_int(vg_reply_at(r, 0)));
	s->epoch = vg_reply_int(vg_reply_at(r, 0));
	s->has_offset = vg_reply_type(vg_reply_at(r, 1)) != VG_REPLY_NIL;
	s->offset = int_or(vg_reply_at(r, 1), 0);
	s->prev_offset = int_or(vg_reply_at(r, 2), -1);
	s->prev_hash = 0;
	if (vg_reply_type(ph) == VG_REPLY_STRING)
		s->prev_hash = strtoull(vg_reply_text(ph).p, NULL, 16);
	s->watermark_ms = int_or(vg_reply_at(r, 4), INT64_MIN);
	s->log_ms = int_or(vg_reply_at(r, 5), INT64_MIN);
	s->rolled_ms = int_or(vg_reply_at(r, 6), INT64_MIN);
	s->from_offset = int_or(vg_reply_at(r, 7), 0);
	s->fill = int_or(vg_reply_at(r, 8), 0);
}

/* Take a new epoch: from here on no earlier owner can commit. */
static enum vg_rc take_epoch(struct vg_part *p, struct vg_err *err)
{
	static const char *const SUFFIX[KEYS_N] = {
		"o", "x", "d", "i", "q", "r", VG_SENSORS_KEY, "g"};
	char schema[NUMBER_MAX], fingerprint[65], entries[NUMBER_MAX],
		rules[NUMBER_MAX];
	const struct vg_slice *arg;
	struct vg_slice head[5];
	struct vg_reply *r = NULL;
	enum vg_rc rc;
	size_t n;

	vg_call_reset(p->call);
	for (unsigned i = 0; i < KEYS_N; i++)
		(void)vg_call_key(p->call, p->partner->topic, p->partition,
				  SUFFIX[i], 'h');
	(void)snprintf(schema, sizeof schema, "%d", VG_SCHEMA);
	(void)snprintf(entries, sizeof entries, "%d", VG_PART_CFG_ENTRIES);
	vg_sha256_hex(fingerprint, p->env->hash_key, VG_HASH_KEY);
	head[0] = vg_slice_of(schema);
	head[1] = vg_slice_of(fingerprint);
	head[2] = vg_slice_of(p->env->config_hash);
	head[3] = vg_slice_of(entries);
	(void)snprintf(rules, sizeof rules, "%" PRId64, p->rules_ms);
	head[4] = vg_slice_of(rules);
	arg = vg_call_args(p->call, head, 5, &n);
	if (arg == NULL)
		return vg_part_no_memory(err);
	rc = vg_store_eval(p->store, &r, vg_script_open(), KEYS_N, arg, n, err);
	if (rc != VG_OK)
		return rc;
	if (vg_reply_type(r) == VG_REPLY_ERROR)
		rc = refuse(p, vg_reply_text(r), err);
	else
		take_state(p, r);
	vg_reply_free(r);
	return rc;
}

static enum vg_rc take_live(struct vg_part *p, const struct vg_reply *r,
			    struct vg_err *err)
{
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2) {
		struct vg_slice name = vg_reply_text(vg_reply_at(r, i));
		struct vg_bucket_id id;
		struct vg_live *b;

		if (name.n > VG_BUCKET_NAME_MAX)
			return vg_err_set(err, VG_INVAL,
					  "redis: partition %s:%" PRId32
					  ": :x lists what is no bucket",
					  p->partner->topic, p->partition);
		if (!vg_bucket_parse(p->env->plan, name, &id)) {
			if (!vg_live_add_orphan(
				    &p->live, name,
				    vg_reply_int(vg_reply_at(r, i + 1))))
				return vg_part_no_memory(err);
			continue;
		}
		b = vg_live_add(&p->live, id, vg_part_expiry(p, id));
		if (b == NULL)
			return vg_part_no_memory(err);
		b->stored = true;
	}
	return VG_OK;
}

static int64_t read_le64(const char *p)
{
	uint64_t v = 0;

	for (unsigned i = 8; i-- > 0;)
		v = v << 8 | (unsigned char)p[i];
	return (int64_t)v;
}

static enum vg_rc take_ids(struct vg_part *p, struct vg_err *err)
{
	const struct vg_reply *r = p->loaded_ids;
	size_t n = vg_reply_count(r);

	if (!vg_part_reserve((void **)&p->chunk, &p->cap_chunk, n,
			     sizeof *p->chunk))
		return vg_part_no_memory(err);
	for (size_t i = 0; i < n; i++) {
		struct vg_slice s = vg_reply_text(vg_reply_at(r, i));
		int64_t newest = INT64_MIN;

		if (s.n == 0 || s.n % VG_PART_ID_RECORD != 0)
			return vg_err_set(err, VG_INVAL,
					  "redis: partition %s:%" PRId32
					  ": :i holds what is no id",
					  p->partner->topic, p->partition);
		for (size_t k = 0; k < s.n; k += VG_PART_ID_RECORD)
			if (read_le64(s.p + k) > newest)
				newest = read_le64(s.p + k);
		p->chunk[p->n_chunk++] = newest;
	}
	return VG_OK;
}

static enum vg_rc ask(struct vg_part *p, const char *command,
		      const char *suffix, bool scores, struct vg_err *err)
{
	struct vg_slice arg[5] = {vg_slice_of(command)};

	vg_buf_reset(&p->key);
	vg_key(&p->key, p->partner->topic, p->partition, suffix);
	if (p->key.failed)
		return vg_part_no_memory(err);
	arg[1] = (struct vg_slice){.p = p->key.p, .n = (uint32_t)p->key.n};
	arg[2] = vg_slice_of("0");
	arg[3] = vg_slice_of("-1");
	arg[4] = vg_slice_of("WITHSCORES");
	return vg_store_queue(p->store, arg,
			      strcmp(command, "HGETALL") == 0 ? 2
			      : scores			      ? 5
							      : 4,
			      err);
}

/* The epoch is ours, so nobody changes these between the reads. */
static enum vg_rc load(struct vg_part *p, struct vg_err *err)
{
	struct vg_reply *live = NULL, *o = NULL;
	enum vg_rc rc = ask(p, "ZRANGE", "x", true, err);

	if (rc == VG_OK)
		rc = ask(p, "ZRANGE", "i", false, err);
	if (rc == VG_OK)
		rc = ask(p, "HGETALL", "q", false, err);
	if (rc == VG_OK)
		rc = ask(p, "HGETALL", "o", false, err);
	if (rc == VG_OK)
		rc = vg_store_take(p->store, &live, err);
	if (rc == VG_OK)
		rc = vg_store_take(p->store, &p->loaded_ids, err);
	if (rc == VG_OK)
		rc = vg_store_take(p->store, &p->loaded_kept, err);
	if (rc == VG_OK)
		rc = vg_store_take(p->store, &o, err);
	if (rc == VG_OK)
		rc = take_live(p, live, err);
	if (rc == VG_OK)
		rc = take_ids(p, err);
	if (rc != VG_OK)
		vg_store_forget(p->store);
	else
		rc = vg_part_feeds_open_with(p, o, err);
	vg_reply_free(live);
	vg_reply_free(o);
	return rc;
}

/* Let followers find the partition. */
static enum vg_rc announce(struct vg_part *p, struct vg_err *err)
{
	char name[sizeof p->partner->topic + NUMBER_MAX];

	(void)snprintf(name, sizeof name, "%s:%" PRId32, p->partner->topic,
		       p->partition);
	return vg_store_callf(p->store, NULL, err, "SADD", "vg:{vg}:parts",
			      name, NULL);
}

enum vg_rc vg_part_open(struct vg_part **out, const struct vg_part_env *env,
			struct vg_store *store,
			const struct vg_partner *partner, int32_t partition,
			struct vg_err *err)
{
	struct vg_part *p = calloc(1, sizeof *p);
	enum vg_rc rc;

	if (p == NULL)
		return vg_part_no_memory(err);
	p->env = env;
	p->store = store;
	store->n_parts++;
	p->partner = partner;
	p->partner_id = vg_slice_of(partner->id);
	p->partition = partition;
	p->late_ms = vg_config_lateness_ms(env->cfg, partner);
	p->rules_ms = vg_part_horizon_of(env, partner);
	p->own_ms = vg_plan_longest_ms(env->plan) + p->late_ms;
	vg_part_bind_series(p);
	vg_batch_init(&p->batch, env->table_seed);
	vg_live_init(&p->live, env->table_seed);
	p->scratch = malloc(VG_FIELD_SCRATCH);
	p->call = vg_call_new();
	rc = p->scratch == NULL || p->call == NULL ? vg_part_no_memory(err)
						   : take_epoch(p, err);
	VG_FAULT(env->faults, open_epoch);
	if (rc == VG_OK)
		rc = vg_part_sensors_load(p, err);
	p->is_opening = true;
	if (rc == VG_OK)
		rc = load(p, err);
	p->is_opening = false;
	VG_FAULT(env->faults, open_loaded);
	if (rc == VG_OK)
		rc = announce(p, err);
	if (rc == VG_OK) {
		*out = p;
		p = NULL;
	}
	vg_part_free(p);
	return rc;
}
