/* compare_sensors - the sensor table as stored, against what was heard. */
#include "aggregate/keys.h"
#include "aggregate/sensors.h"
#include "core/text.h"
#include "verify/compare.h"
#include "verify/hear.h"

static struct vg_slice text_of(const struct vg_buf *b)
{
	return (struct vg_slice){b->p != NULL ? b->p : "", (uint32_t)b->n};
}

/* What is stored under `field`; an absent slice when nothing is. */
static struct vg_slice stored(const struct vg_reply *r, struct vg_slice field)
{
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2)
		if (vg_slice_eq(vg_reply_text(vg_reply_at(r, i)), field))
			return vg_reply_text(vg_reply_at(r, i + 1));
	return (struct vg_slice){.p = NULL, .n = 0};
}

static void say(struct vg_compare *c, const char *name, struct vg_slice have,
		const char *want)
{
	char shown[64];

	(void)vg_text_show(shown, sizeof shown, name, strlen(name));
	vg_compare_say(c, "sensor %s: redis has %.*s, the log says %s", shown,
		       have.p != NULL ? (int)have.n : 7,
		       have.p != NULL ? have.p : "nothing", want);
}

static void compare(struct vg_compare *c, const struct vg_reply *r,
		    const struct vg_hear *heard, int64_t log_ms)
{
	struct vg_buf field = {0}, text = {0};
	size_t n = 0;

	for (size_t pos = 0; vg_hear_next(heard, &pos, log_ms, &field, &text);
	     n++) {
		struct vg_slice have = stored(r, text_of(&field));

		c->cells++;
		if (!vg_slice_eq(have, text_of(&text)))
			say(c, field.p, have, text.p);
	}
	if (n < vg_reply_count(r) / 2)
		vg_compare_say(c,
			       "sensors: redis has %zu, the log says %zu: some "
			       "were never heard",
			       vg_reply_count(r) / 2, n);
	vg_buf_term(&field);
	vg_buf_term(&text);
}

enum vg_rc vg_compare_sensors(struct vg_compare *c, const struct vg_recount *r,
			      int64_t log_ms, struct vg_err *err)
{
	struct vg_buf key = {0};
	struct vg_reply *reply = NULL;
	enum vg_rc rc;

	vg_key(&key, c->partner->topic, c->partition, VG_SENSORS_KEY);
	if (key.failed)
		return vg_err_set(err, VG_FATAL, "verify: out of memory");
	rc = vg_store_callf(c->store, &reply, err, "HGETALL", key.p,
			    (char *)NULL);
	if (rc == VG_OK)
		compare(c, reply, vg_recount_heard(r), log_ms);
	vg_reply_free(reply);
	vg_buf_term(&key);
	return rc;
}
