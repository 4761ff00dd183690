#include "cmd/history.h"

#include "core/json.h"
#include "core/timefmt.h"
#include "ingest/scratch.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum vg_rc vg_history_init(struct vg_history *h, const struct vg_admit_env *env,
			   FILE *in, const int64_t reach_horizon_ms[2],
			   struct vg_err *err)
{
	const struct vg_config *cfg = env->cfg;
	enum vg_rc rc = vg_scratch_new(&h->scratch, err);

	h->cfg = cfg;
	h->in = in;
	h->decoder = vg_decoder_find("canonical");
	assert(h->decoder != NULL);
	h->topic = calloc(cfg->n_partners, sizeof *h->topic);
	if (rc == VG_OK && h->topic == NULL)
		rc = vg_err_set(err, VG_FATAL, "out of memory");
	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++) {
		struct vg_history_topic *t = &h->topic[i];

		t->log_ms = INT64_MIN;
		t->by_rule = reach_horizon_ms[1] < 0;
		t->horizon_ms =
			reach_horizon_ms[1] >= 0
				? reach_horizon_ms[1]
				: reach_horizon_ms[0] +
					  vg_config_lateness_ms(
						  cfg, &cfg->partners[i]);
		rc = vg_admit_new(&t->admit, env, &cfg->partners[i], err);
	}
	return rc;
}

void vg_history_term(struct vg_history *h)
{
	for (size_t i = 0; h->topic != NULL && i < h->cfg->n_partners; i++)
		vg_admit_free(h->topic[i].admit);
	free(h->topic);
	free(h->line);
	vg_scratch_free(h->scratch);
	memset(h, 0, sizeof *h);
}

static void reject(struct vg_history *h, enum vg_verdict v, const char *reason)
{
	h->tally[v]++;
	if (h->first_bad != 0)
		return;
	h->first_bad = h->lines;
	snprintf(h->reason, sizeof h->reason, "%s%s%s", vg_verdict_name(v),
		 reason[0] != '\0' ? ": " : "", reason);
}

/* The line's `record_time`: RFC 3339, or epoch as in `time`. False when it is
 * there and no time. */
static bool record_time(struct vg_history *h, struct vg_slice line, int64_t *ms)
{
	static const double seconds_below = 1e11;
	const struct vg_json *j = &h->scratch->json;
	char text[64];
	size_t at = 0, n = 0;

	*ms = h->event.time_ms;
	if (strstr(line.p, "\"record_time\"") == NULL)
		return true;
	if (vg_json_parse(&h->scratch->json, line.p, line.n, &at) != VG_JSON_OK)
		return false;
	uint32_t tok = vg_json_member(j, 0, "record_time");
	if (tok == 0)
		return true;
	if (j->tok[tok].type == VG_JSON_NUMBER) {
		double v = vg_json_double(j, tok);

		v = v < seconds_below ? v * 1000 : v;
		if (v < 0 || v > 9e15)
			return false;
		*ms = (int64_t)(v + 0.5);
		return true;
	}
	return j->tok[tok].type == VG_JSON_STRING &&
	       vg_json_unescape(j, tok, text, sizeof text, &n) &&
	       vg_time_parse((struct vg_slice){text, (uint32_t)n}, ms);
}

/* The topic that the line would be in; NULL when its partner is unknown. */
static struct vg_history_topic *topic_of(struct vg_history *h)
{
	h->partner = vg_config_partner(h->cfg, h->event.partner);
	if (h->partner == NULL)
		return NULL;
	return &h->topic[h->partner - h->cfg->partners];
}

/* Judge the event of `line`; *counts says that rules count it. The decoder's
 * texts borrow from its scratch, not from the tokens: reading the record time
 * leaves them. */
static enum vg_rc judge(struct vg_history *h, struct vg_slice line,
			bool *counts, struct vg_err *err)
{
	struct vg_history_topic *t = topic_of(h);
	struct vg_admitted a = {.verdict = VG_VERDICT_COUNTED};
	int64_t ref_ms = 0;

	*counts = false;
	if (t == NULL) {
		reject(h, VG_VERDICT_R_PARTNER,
		       h->event.partner.n == 0 ? "the line needs a `partner`"
					       : "not in the configuration");
		return VG_OK;
	}
	if (!record_time(h, line, &ref_ms)) {
		reject(h, VG_VERDICT_R_VALUE, "record_time: no time");
		return VG_OK;
	}
	if (ref_ms > t->log_ms)
		t->log_ms = ref_ms;
	enum vg_rc rc = vg_admit_judge(t->admit, &h->event, t->offset++, ref_ms,
				       &a, err);
	if (rc != VG_OK)
		return rc;
	if (a.verdict != VG_VERDICT_COUNTED)
		h->tally[a.verdict]++;
	else if (h->event.time_ms <= t->log_ms - t->horizon_ms)
		h->tally[VG_VERDICT_BEYOND_RULES]++;
	else
		*counts = true;
	h->spare_ms = t->by_rule
			      ? h->event.time_ms - (t->log_ms - t->horizon_ms)
			      : INT64_MAX;
	h->tally[VG_VERDICT_COUNTED] += *counts;
	return VG_OK;
}

enum vg_rc vg_history_next(struct vg_history *h, bool *more, struct vg_err *err)
{
	struct vg_decoded decoded;
	enum vg_rc rc = VG_OK;
	bool counts = false;
	ssize_t n;

	while (rc == VG_OK && !counts &&
	       (n = getline(&h->line, &h->cap, h->in)) >= 0) {
		while (n > 0 && strchr("\r\n \t", h->line[n - 1]) != NULL)
			h->line[--n] = '\0';
		h->lines++;
		if (n == 0)
			continue;
		const struct vg_slice line = {h->line, (uint32_t)n};
		h->decoder->decode(h->scratch, h->cfg, NULL, line, &h->event,
				   &decoded);
		if (decoded.verdict == VG_VERDICT_COUNTED)
			rc = judge(h, line, &counts, err);
		else if (vg_verdict_kind(decoded.verdict) == 'r')
			reject(h, decoded.verdict, decoded.reason);
		else
			h->tally[decoded.verdict]++;
	}
	*more = counts;
	if (rc == VG_OK && !counts && ferror(h->in))
		rc = vg_err_set(err, VG_FATAL, "the events cannot be read");
	return rc;
}

void vg_history_report(const struct vg_history *h, FILE *out)
{
	fprintf(out, "vigie: %" PRId64 " %s", h->lines,
		h->what != NULL ? h->what : "lines");
	for (size_t v = 0; v < VG_VERDICT_N; v++)
		if (h->tally[v] > 0)
			fprintf(out, ", %" PRId64 " %s", h->tally[v],
				vg_verdict_name((enum vg_verdict)v));
	fputs("\n", out);
	if (h->first_bad != 0)
		fprintf(out, "vigie: line %" PRId64 ": %s\n", h->first_bad,
			h->reason);
}
