/* The small parts of notifying: queues, items, notices, kinds, signatures. */
#include "core/hash.h"
#include "notify/item.h"
#include "notify/kinds.h"
#include "notify/notice.h"
#include "notify/queue.h"
#include "notify/transport.h"
#include "notify/words.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct vg_err err;

static struct vg_slice of(const char *s)
{
	return vg_slice_of(s);
}

Test(hmac, agrees_with_rfc_4231)
{
	char out[65];
	const struct vg_slice part[] = {of("what do ya want "),
					of("for nothing?")};

	vg_hmac_hex(out, of("Jefe"), part, 2);
	cr_assert(strcmp(out,
			 "5bdcc146bf60754e6a042426089575c75a003f089d2739839"
			 "dec58b964ec3843") == 0,
		  "%s", out);
}

static void add(struct vg_queue *q, const char *id)
{
	cr_assert(vg_queue_add(q, id, of("body"), 0));
}

Test(queue, one_of_a_stream_at_a_time_and_the_oldest_first)
{
	struct vg_queue q = {0};

	add(&q, "aaaaaaaaaaaaaaaa-2");
	add(&q, "aaaaaaaaaaaaaaaa-1");
	add(&q, "aaaaaaaaaaaaaaaa-1");
	add(&q, "bbbbbbbbbbbbbbbb-1");
	cr_assert(eq(sz, q.n, 3));
	struct vg_waiting *w = vg_queue_next(&q, 0);
	cr_assert(strcmp(w->id, "aaaaaaaaaaaaaaaa-1") == 0);
	vg_waiting_later(w, 0, 0);
	w = vg_queue_next(&q, 0);
	cr_assert(strcmp(w->id, "bbbbbbbbbbbbbbbb-1") == 0,
		  "a stream that waits holds back only itself");
	cr_assert(vg_queue_has_stream(&q, "bbbbbbbbbbbbbbbb"));
	vg_queue_drop(&q, "bbbbbbbbbbbbbbbb-1");
	cr_assert_not(vg_queue_has_stream(&q, "bbbbbbbbbbbbbbbb"));
	cr_assert_null(vg_queue_next(&q, 0));
	vg_queue_term(&q);
}

Test(queue, waits_twice_as_long_each_time_up_to_a_limit)
{
	struct vg_queue q = {0};
	int64_t longest = 0;

	add(&q, "aaaaaaaaaaaaaaaa-1");
	struct vg_waiting *w = &q.w[0];
	for (int i = 0; i < 40; i++) {
		int64_t full = i < 9 ? VG_BACKOFF_MS << i : VG_BACKOFF_MAX_MS;

		vg_waiting_later(w, 1000000, 0);
		int64_t wait = w->due_ms - 1000000;
		if (full > VG_BACKOFF_MAX_MS)
			full = VG_BACKOFF_MAX_MS;
		cr_assert(wait >= full / 2 && wait <= full, "%d: %ld", i,
			  (long)wait);
		longest = wait > longest ? wait : longest;
	}
	cr_assert(longest > VG_BACKOFF_MAX_MS / 2);
	vg_waiting_later(w, 0, 10 * VG_BACKOFF_MAX_MS);
	cr_assert(eq(i64, w->due_ms, 10 * VG_BACKOFF_MAX_MS),
		  "what the receiver asks for");
	vg_queue_term(&q);
}

#define DOC                                                                    \
	"{\"id\":\"f-1\",\"rule\":\"r\",\"title\":\"T\",\"severity\":8,"       \
	"\"viewers\":[\"MA\",\"coalition\"],\"group\":{\"actor\":\"X\"},"      \
	"\"countries\":[\"MA\",\"AE\"],\"marking\":\"AMBER\",\"_own\":1,"      \
	"\"start\":\"2026-01-01T00:00:00.000Z\","                              \
	"\"end\":\"2026-01-01T01:00:00.000Z\",\"resolve_after_ms\":60000}"

Test(item, has_the_labels_of_its_document_and_nothing_private)
{
	struct vg_item *i = NULL;

	cr_assert(vg_item_read(&i, of(DOC), &err) == VG_OK);
	cr_assert(vg_labels_has(&i->labels, "actor", of("X")));
	cr_assert(vg_labels_has(&i->labels, "severity", of("8")));
	cr_assert(vg_labels_has(&i->labels, "country", of("AE")));
	cr_assert(vg_labels_has(&i->labels, "viewer", of("coalition")));
	cr_assert(eq(i64, i->over_ms - i->start_ms, 3660000));
	cr_assert_null(strstr(i->json, "_own"));
	vg_item_free(i);
	cr_assert(vg_item_read(&i, of("{\"id\":\"x\"}"), &err) == VG_DROP);
	cr_assert(vg_item_read(&i, of("[]"), &err) == VG_DROP);
	cr_assert(vg_item_read(&i, of(""), &err) == VG_DROP);
}

Test(item, of_a_rule_on_trial_is_none)
{
	struct vg_item *i = NULL;
	char doc[512];

	(void)snprintf(doc, sizeof doc, "%.*s,\"shadow\":true}",
		       (int)(sizeof DOC - 2), DOC);
	cr_assert(vg_item_read(&i, of(doc), &err) == VG_OK);
	cr_assert(i->gone);
	vg_item_free(i);
	cr_assert(vg_item_read(&i, of(DOC), &err) == VG_OK);
	cr_assert(not(i->gone));
	vg_item_free(i);
}

static struct vg_route route; /* of every notice */

/* A notice of `n` alerts in `language`. */
static void write_notice(struct vg_buf *out, char *language, size_t n)
{
	static struct vg_notice_alert list[VG_NOTICE_ALERTS_MAX + 1];
	static struct vg_receiver to = {.name = (char *)"soc"};
	struct vg_item *i = NULL;
	const struct vg_notice_make m = {.id = "x-1",
					 .to = &to,
					 .route = &route,
					 .viewer = "MA",
					 .at_ms = 1000,
					 .alert = list,
					 .n = n};

	to.language = language;
	cr_assert(vg_item_read(&i, of(DOC), &err) == VG_OK);
	for (size_t k = 0; k < n; k++)
		list[k] = (struct vg_notice_alert){i, k % 2 == 0};
	cr_assert(vg_notice_write(out, &m, &err) == VG_OK);
	vg_item_free(i);
}

static char english[] = "en", hebrew[] = "he";

Test(notice, lists_as_many_as_the_limit_and_counts_the_rest)
{
	struct vg_buf out = {0};

	write_notice(&out, english, VG_NOTICE_ALERTS_MAX);
	cr_assert_not_null(strstr(out.p, "\"omitted\":0"));
	vg_buf_reset(&out);
	write_notice(&out, english, VG_NOTICE_ALERTS_MAX + 1);
	cr_assert_not_null(strstr(out.p, "\"omitted\":1"));
	cr_assert_not_null(strstr(out.p, "\"status\":\"firing\""));
	cr_assert_not_null(strstr(out.p, "\"marking\":\"AMBER\""));
	vg_buf_term(&out);
}

Test(notice, speaks_the_receivers_language)
{
	struct vg_buf out = {0};

	write_notice(&out, hebrew, 1);
	cr_assert_not_null(strstr(out.p, "פעיל"));
	vg_buf_term(&out);
	cr_assert(vg_word_knows("ar") && vg_word_knows("fr"));
	cr_assert_not(vg_word_knows("xx"));
	cr_assert(strcmp(vg_word("xx", VG_WORD_SINCE), "since") == 0);
}

Test(notice, speaks_the_routes_language_before_the_receivers)
{
	struct vg_buf out = {0};

	strcpy(route.language, "fr");
	write_notice(&out, hebrew, 1);
	cr_assert_not_null(strstr(out.p, "en cours"));
	cr_assert_not_null(strstr(out.p, "\"language\":\"fr\""));
	cr_assert_null(strstr(out.p, "פעיל"));
	vg_buf_term(&out);
}

static enum vg_rc check(const char *type, const char *url, bool insecure)
{
	struct vg_receiver to = {.name = (char *)"r",
				 .type = (char *)(uintptr_t)type,
				 .url = (char *)(uintptr_t)url,
				 .from = (char *)"a@b",
				 .to = (char *)"c@d",
				 .language = english,
				 .insecure = insecure};
	struct vg_config cfg = {.receivers = &to, .n_receivers = 1};

	return vg_receivers_check(&cfg, &err);
}

Test(kinds, go_in_clear_to_this_machine_alone)
{
	cr_assert(check("webhook", "http://127.0.0.1:80/x", false) == VG_OK);
	cr_assert(check("webhook", "http://[::1]:80/x", false) == VG_OK);
	cr_assert(check("webhook", "https://soc.example/x", false) == VG_OK);
	cr_assert(check("webhook", "http://soc.example/x", false) == VG_INVAL);
	cr_assert(check("webhook", "http://127.0.0.1.example/", false) ==
		  VG_INVAL);
	cr_assert(check("webhook", "http://soc.example/x", true) == VG_OK);
	cr_assert(check("webhook", "file:///etc/passwd", true) == VG_INVAL);
	cr_assert(check("syslog", "tcp://siem.example:514", false) == VG_INVAL);
	cr_assert(check("syslog", "tls://siem.example:6514", false) == VG_OK);
	cr_assert(check("syslog", "tls://siem.example", false) == VG_INVAL);
	cr_assert(check("smtp", "smtp://mail.example:587", false) == VG_OK);
	cr_assert(check("alertmanager", "", false) == VG_INVAL);
	cr_assert(check("pigeon", "http://127.0.0.1/", false) == VG_INVAL);
}
