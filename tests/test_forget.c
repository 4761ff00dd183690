/* Identifiers in stored alerts, when the partner that sent them has had them
 * kept for long enough. */
#include "alert/forget.h"

#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY INT64_C(86400000)
#define END "2023-11-14T22:13:20.000Z" /* FIX_T0 */

static struct alert_fix f;
static struct vg_buf out;
static struct vg_err err;

static void start(void)
{
	alert_fix_start(&f, FIX_RULE(2, ""));
	f.partner[FIX_MA].has_identifiers_kept = true;
	f.partner[FIX_MA].identifiers_kept_ms = 10 * DAY;
}

static void finish(void)
{
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(forget, .init = start, .fini = finish, .timeout = 60);

static const char HEAD[] = "{\"id\":\"a-1\",\"group\":{";
static const char VALUES[] =
	"},\"end\":\"" END "\",\"values\":{"
	"\"sensor\":[\"both\",\"mas\",\"ils\"],"
	"\"country\":[\"MA\",\"IL\"]},\"countries\":[\"MA\",\"IL\"],";
static const char FOOT[] =
	"\"partners\":[\"MA\",\"IL\"],\"window_ms\":3600000,"
	"\"resolve_after_ms\":3600000,\"replay\":\"vigie backtest x\"}";

static void add_row(struct vg_buf *b, const char *field, const char *value,
		    const char *partner)
{
	vg_buf_printf(b,
		      "{\"field\":\"%s\",\"value\":\"%s\","
		      "\"partner\":\"%s\"}",
		      field, value, partner);
}

/* By MA and IL: a sensor that both have, one of MA's and one of IL's. */
static const char *alert_of(const char *group)
{
	static const char *const row[][3] = {{"sensor", "both", "MA"},
					     {"sensor", "both", "IL"},
					     {"sensor", "mas", "MA"},
					     {"sensor", "ils", "IL"},
					     {"country", "MA", "MA"}};
	static char text[4096];
	struct vg_buf b = {0};

	vg_buf_str(&b, HEAD);
	vg_buf_str(&b, group);
	vg_buf_str(&b, VALUES);
	vg_buf_str(&b, "\"first_seen\":[");
	for (size_t i = 0; i < 5; i++) {
		add_row(&b, row[i][0], row[i][1], row[i][2]);
		vg_buf_str(&b, i < 4 ? "," : "],\"tipping\":");
	}
	add_row(&b, "sensor", "mas", "MA");
	vg_buf_str(&b, ",");
	vg_buf_str(&b, FOOT);
	snprintf(text, sizeof text, "%s", b.p);
	vg_buf_term(&b);
	return text;
}

/* As it reads when log time stands `age` behind the end of the alert. */
static const char *at_age(const char *doc, int64_t age)
{
	const struct vg_forget when = {.env = &f.env,
				       .log_ms = FIX_T0 + age,
				       .floor_ms = FIX_T0 + age - DAY};

	vg_buf_reset(&out);
	cr_assert(vg_forget_doc(&out, vg_slice_of(doc), &when, &err) == VG_OK,
		  "%s", err.text);
	vg_buf_add(&out, "", 1);
	return out.p;
}

static size_t times(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

Test(forget, leaves_an_alert_alone_until_the_last_instant)
{
	const char *doc = alert_of("\"actor\":\"x\"");

	cr_assert(eq(str, (char *)at_age(doc, 10 * DAY - 1), ""));
	cr_assert(ne(str, (char *)at_age(doc, 10 * DAY), ""));
}

Test(forget, hides_its_own_and_not_what_others_sent)
{
	const char *now = at_age(alert_of("\"actor\":\"x\""), 10 * DAY);

	cr_assert(eq(sz, times(now, "\"mas\""), 0), "%s", now);
	cr_assert(eq(sz, times(now, "\"ils\""), 2), "%s", now);
	cr_assert(eq(sz, times(now, "\"both\""), 2), "%s", now);
	cr_assert(eq(sz, times(now, "\"both\",\"partner\":\"IL\""), 1));
	/* Equal values stay equal: in the list, its row, the tipping event. */
	const char *hidden = strstr(now, "\"~");
	char name[20];
	snprintf(name, sizeof name, "%.19s", hidden);
	cr_assert(eq(sz, times(now, name), 3), "%s in %s", name, now);
}

Test(forget, keeps_what_identifies_nothing)
{
	const char *now = at_age(alert_of("\"actor\":\"x\""), 10 * DAY);

	cr_assert(eq(sz, times(now, "\"actor\":\"x\""), 1));
	cr_assert(eq(sz, times(now, "\"country\":[\"MA\",\"IL\"]"), 1));
	cr_assert(eq(sz, times(now, "\"replay\""), 1));
}

Test(forget, hides_a_group_that_identifies_with_its_replay)
{
	const char *now =
		at_age(alert_of("\"indicator\":\"ipv4:192.0.2.1\""), 10 * DAY);

	cr_assert(eq(sz, times(now, "192.0.2.1"), 0), "%s", now);
	cr_assert(eq(sz, times(now, "\"indicator\":\"~"), 1), "%s", now);
	cr_assert(eq(sz, times(now, "\"replay\""), 0));
	now = at_age(alert_of("\"fields.user.name\":\"ada\""), 10 * DAY);
	cr_assert(eq(sz, times(now, "ada"), 0), "%s", now);
}

Test(forget, is_done_once_for_each_partner)
{
	char *once = strdup(at_age(alert_of("\"actor\":\"x\""), 10 * DAY));

	cr_assert(eq(str, (char *)at_age(once, 11 * DAY), ""));
	f.partner[FIX_IL].has_identifiers_kept = true;
	f.partner[FIX_IL].identifiers_kept_ms = 20 * DAY;
	const char *now = at_age(once, 20 * DAY);
	cr_assert(eq(sz, times(now, "\"both\""), 0), "%s", now);
	cr_assert(eq(sz, times(now, "\"ils\""), 0), "%s", now);
	cr_assert(eq(sz, times(now, "\"forgotten\":[\"MA\",\"IL\"]"), 1));
	free(once);
}

Test(forget, touches_nothing_that_a_rule_may_still_read)
{
	const struct vg_forget when = {.env = &f.env,
				       .log_ms = FIX_T0 + 30 * DAY,
				       .floor_ms = FIX_T0 + 3 * 3600000};

	vg_buf_reset(&out);
	cr_assert(
		eq(int,
		   vg_forget_doc(&out, vg_slice_of(alert_of("\"actor\":\"x\"")),
				 &when, &err),
		   VG_OK));
	cr_assert(eq(sz, out.n, 0));
}

static void store(int i)
{
	char key[64], doc[4096], id[16];

	snprintf(id, sizeof id, "a%03d", i);
	snprintf(key, sizeof key, VG_KEY_ALERT "%s", id);
	snprintf(doc, sizeof doc, "%s", alert_of("\"actor\":\"x\""));
	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, &err, "SET", key, doc,
				    (char *)NULL),
		     VG_OK));
	snprintf(doc, sizeof doc, "%d", 1000 + i);
	cr_assert(eq(int,
		     vg_store_callf(f.store, NULL, &err, "ZADD", VG_KEY_ALERTS,
				    doc, id, (char *)NULL),
		     VG_OK));
}

/* The leader looks at a page a second, oldest first. */
Test(forget, who_leads_does_it_page_by_page)
{
	for (int i = 0; i <= VG_PUT_BATCH; i++)
		store(i);
	f.world.log_ms = f.world.slowest_ms = FIX_T0 + 12 * DAY;
	f.world.now_ms = FIX_T0 + 12 * DAY;
	f.e->floor_ms = FIX_T0 + 11 * DAY;
	for (int i = 0; i < 4; i++)
		alert_fix_tick(&f, 1000);
	alert_fix_ask(&f, &out, "GET", VG_KEY_ALERT "a000", NULL);
	cr_assert(eq(sz, times(out.p, "\"mas\""), 0), "%s", out.p);
	alert_fix_ask(&f, &out, "GET", VG_KEY_ALERT "a064", NULL);
	cr_assert(eq(sz, times(out.p, "\"mas\""), 0), "%s", out.p);
	alert_fix_ask(&f, &out, "ZSCORE", VG_KEY_ALERTS, "a064");
	cr_assert(eq(str, out.p, "1064"));
	cr_assert(eq(i64, alert_fix_writes(&f), VG_PUT_BATCH + 1));
}
