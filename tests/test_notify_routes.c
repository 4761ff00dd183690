/* Routes, calendars and maintenance: which alert goes to whom, and when. */
#include "alert/campaign.h"
#include "core/config.h"
#include "core/timefmt.h"
#include "notify/routes.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct vg_config *cfg;
static struct vg_routes *r;
static struct vg_err err;

static const char config[] =
	"partners:\n"
	"  - {id: MA, country: MA, slot: 0}\n"
	"  - {id: IL, country: IL, slot: 1}\n"
	"kafka: {brokers: \"127.0.0.1:1\"}\n"
	"hash_key_file: none\n"
	"receivers:\n"
	"  - {name: soc, type: kafka, viewer: coalition}\n"
	"  - {name: ma, type: kafka, viewer: MA, group_wait: 7s}\n"
	"  - {name: il, type: kafka, viewer: IL, group_by: \"rule,actor\"}\n"
	"  - {name: am, type: alertmanager, viewer: coalition, resend: 30s}\n";

static void start(void)
{
	cr_assert(vg_config_parse(&cfg, "test", config, sizeof config - 1,
				  &err) == VG_OK,
		  "%s", err.text);
}

static void finish(void)
{
	vg_routes_free(r);
	vg_config_free(cfg);
	r = NULL;
	cfg = NULL;
}

TestSuite(routes, .init = start, .fini = finish);

static void read_text(const char *text)
{
	vg_routes_free(r);
	r = NULL;
	cr_assert(vg_routes_parse(&r, cfg, vg_slice_of(text), &err) == VG_OK,
		  "%s", err.text);
}

static void refused(const char *text, const char *why)
{
	struct vg_routes *none = NULL;

	err.text[0] = '\0';
	cr_assert(vg_routes_parse(&none, cfg, vg_slice_of(text), &err) ==
			  VG_INVAL,
		  "taken: %s", text);
	cr_assert(strstr(err.text, why) != NULL, "%s", err.text);
}

/* Labels from "name=value;name=value". */
static struct vg_labels labels(const char *text)
{
	struct vg_labels l = {0};

	while (*text != '\0') {
		size_t n = strcspn(text, "="), v = strcspn(text + n + 1, ";");
		const char *value = text + n + 1;

		cr_assert(vg_labels_add(&l,
					(struct vg_slice){text, (uint32_t)n},
					(struct vg_slice){value, (uint32_t)v}));
		text = value + v + (value[v] == ';');
	}
	return l;
}

/* The receivers that take it, joined by spaces. */
static const char *takers(const char *text)
{
	static char out[256];
	struct vg_labels l = labels(text);
	int at[16];
	size_t n = vg_routes_take(r, &l, at, 16);

	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s",
			 i > 0 ? " " : "",
			 cfg->receivers[r->route[at[i]].receiver].name);
	vg_labels_term(&l);
	return out;
}

static void goes(const char *text, const char *want)
{
	const char *is = takers(text);

	cr_assert(strcmp(is, want) == 0, "%s goes to \"%s\", not \"%s\"", text,
		  is, want);
}

Test(routes, without_a_file_every_receiver_takes_what_its_viewer_may_see)
{
	cr_assert(vg_routes_load(&r, cfg, &err) == VG_OK, "%s", err.text);
	goes("rule=a;viewer=MA", "ma");
	goes("rule=a;viewer=IL", "il");
	goes("rule=a;viewer=coalition", "am soc");
	goes("rule=a;viewer=coalition;viewer=MA;viewer=IL", "ma il am soc");
	goes("rule=a;viewer=US", "");
}

Test(routes, the_first_child_takes_it_unless_it_says_continue)
{
	read_text("route:\n"
		  "  receiver: soc\n"
		  "  routes:\n"
		  "    - {receiver: ma, match: {severity: {gte: 8}}, continue: "
		  "true}\n"
		  "    - {receiver: il, match: {country: [IL, AE]}}\n"
		  "    - {receiver: am, match: {rule: \"x-*\"}}\n");
	const char *all = ";viewer=coalition;viewer=MA;viewer=IL";
	char text[128];

	snprintf(text, sizeof text, "severity=3%s", all);
	goes(text, "soc");
	snprintf(text, sizeof text, "severity=8%s", all);
	goes(text, "ma");
	snprintf(text, sizeof text, "severity=8;country=IL;rule=x-1%s", all);
	goes(text, "ma il");
	snprintf(text, sizeof text, "severity=10;country=MA;rule=x-1%s", all);
	goes(text, "ma am");
	goes("severity=8;country=IL;viewer=coalition", "soc");
}

Test(routes, a_child_inherits_its_receiver_and_has_settings_of_its_own)
{
	read_text("route:\n"
		  "  receiver: ma\n"
		  "  routes:\n"
		  "    - {name: slow, match: {rule: slow}, group_wait: 1h, "
		  "group_by: [country, actor], send_resolved: false, "
		  "send_stages: \"spreading, closed\"}\n");
	cr_assert(eq(i64, r->route[0].tempo.group_wait_ms, 7000));
	cr_assert(eq(i64, r->route[1].tempo.group_wait_ms, 3600000));
	cr_assert(eq(sz, r->route[1].n_group, 2));
	cr_assert_not(r->route[1].tempo.send_resolved);
	cr_assert(eq(uint, r->route[0].tempo.stages, 1U << VG_STAGE_SPREADING));
	cr_assert(eq(uint, r->route[1].tempo.stages,
		     1U << VG_STAGE_SPREADING | 1U << VG_STAGE_CLOSED));
	cr_assert(strcmp(r->route[1].path, "ma/slow") == 0);
	goes("rule=slow;viewer=MA", "ma");
}

Test(routes, a_route_may_speak_another_language)
{
	read_text(
		"route:\n"
		"  receiver: soc\n"
		"  routes:\n"
		"    - {receiver: soc, match: {country: MA}, language: fr}\n"
		"    - {receiver: soc, match: {country: BH}, language: ar}\n"
		"    - {receiver: soc, match: {country: IL}, language: he}\n");
	static const char *const want[] = {"", "fr", "ar", "he"};

	for (size_t i = 0; i < 4; i++)
		cr_assert(eq(str, r->route[i].language, (char *)want[i]));
}

Test(routes, an_alertmanager_is_told_at_once_and_again_and_again)
{
	cr_assert(vg_routes_load(&r, cfg, &err) == VG_OK);
	for (size_t i = 0; i < r->n_route; i++) {
		const struct vg_route *route = &r->route[i];

		if (route->receiver != 3)
			continue;
		cr_assert(eq(i64, route->tempo.group_wait_ms, 0));
		cr_assert(eq(uint, route->tempo.stages, 0));
		cr_assert(eq(i64, route->tempo.repeat_interval_ms, 29999));
		cr_assert(eq(sz, route->n_group, 0));
	}
}

Test(routes, what_is_wrong_is_said_with_its_line)
{
	refused("route: {receiver: nobody}\n", "receiver nobody is not there");
	refused("route: {receiver: soc, rout: []}\n", "rout is not known");
	refused("route: {receiver: soc, match: {a: {lt: 3}}}\n",
		"not a condition");
	refused("route: {receiver: soc, match: [a]}\n", "not conditions");
	refused("route: {receiver: soc, match: {a: {gte: x}}}\n",
		"not a whole number");
	refused("route: {receiver: soc, language: de}\n",
		"de is not en, fr, ar or he");
	refused("route: {receiver: soc, send_stages: \"spread\"}\n",
		"spread is not a list of stages");
	/* Of other engines; not ours. */
	refused("route: {receiver: soc, realert: 1m}\n",
		"realert is not known");
	refused("route: {receiver: soc, digest: 1m}\n", "digest is not known");
	refused("route: {receiver: soc, group_wait: soon}\n", "not a duration");
	refused("route: {receiver: soc, group_interval: 99ms}\n",
		"not a duration");
	refused("route: {receiver: soc, hours: \"8-18\"}\n", "not hours");
	refused("route: {receiver: soc, hours: \"08:00-24:01\"}\n",
		"not hours");
	refused("route: {receiver: soc, days: [monday]}\n", "not days");
	refused("route: {receiver: soc, days: work, calendar: XX}\n",
		"XX is not there");
	refused("calendars: [{name: a, zone: Nowhere/City}]\n",
		"not a time zone");
	refused("calendars: [{name: a, zone: ../../etc/passwd}]\n",
		"not a time zone");
	refused("calendars: [{name: a, holidays: [\"2026-13-01\"]}]\n",
		"not a date");
	refused("maintenance: [{name: a, match: {rule: x}}]\n",
		"without an end");
	refused("inhibit: [{source: {a: b}}]\n", "missing");
	refused("route: {receiver: soc, routes: [{name: a}, {name: a}]}\n",
		"twice");
	refused("[]\n", "not a map");
	refused("route: {receiver: soc}\n---\nroute: {receiver: soc}\n",
		"not one document");
}

Test(routes, nest_as_deep_as_the_limit_and_no_deeper)
{
	struct vg_buf text = {0};

	for (int deep = VG_ROUTE_DEPTH_MAX; deep <= VG_ROUTE_DEPTH_MAX + 1;
	     deep++) {
		vg_buf_reset(&text);
		vg_buf_str(&text, "route: {receiver: soc");
		for (int i = 0; i < deep; i++)
			vg_buf_str(&text, ", routes: [{name: a");
		for (int i = 0; i < deep; i++)
			vg_buf_str(&text, "}]");
		vg_buf_str(&text, "}\n");
		if (deep <= VG_ROUTE_DEPTH_MAX)
			read_text(text.p);
		else
			refused(text.p, "deeper than 6");
	}
	vg_buf_term(&text);
}

static bool is_maintained(const char *text, const char *when)
{
	struct vg_labels l = labels(text);
	int64_t at_ms = 0;

	cr_assert(vg_time_parse(vg_slice_of(when), &at_ms), "%s", when);
	bool is = vg_routes_maintained(r, &l, at_ms);
	vg_labels_term(&l);
	return is;
}

Test(routes, maintenance_follows_a_members_own_days_and_clock)
{
	/* Bahrain's weekend is Friday and Saturday, its clock UTC+3. */
	read_text("calendars:\n"
		  "  - {name: BH, country: BH, zone: Asia/Bahrain, holidays: "
		  "[\"2026-12-16\"]}\n"
		  "maintenance:\n"
		  "  - {name: m, match: {country: BH}, days: free, calendar: "
		  "BH, hours: \"22:00-02:00\"}\n");
	const char *bh = "country=BH";

	/* Friday 2026-05-01: 22:00 there is 19:00 UTC. */
	cr_assert_not(is_maintained(bh, "2026-05-01T18:59:59.999Z"));
	cr_assert(is_maintained(bh, "2026-05-01T19:00:00Z"));
	/* Sunday 01:59 there: still Saturday's night. */
	cr_assert(is_maintained(bh, "2026-05-02T22:59:00Z"));
	cr_assert_not(is_maintained(bh, "2026-05-02T23:00:00Z"));
	/* Sunday is a working day there. */
	cr_assert_not(is_maintained(bh, "2026-05-03T19:30:00Z"));
	/* A Wednesday that is a holiday. */
	cr_assert(is_maintained(bh, "2026-12-16T19:30:00Z"));
	cr_assert_not(is_maintained("country=MA", "2026-05-01T19:30:00Z"));
}

Test(routes, a_zone_changes_its_offset_with_the_season)
{
	read_text("calendars: [{name: US, zone: America/New_York}]\n"
		  "maintenance: [{match: {}, hours: \"09:00-09:01\", calendar: "
		  "US}]\n");
	cr_assert(is_maintained("a=b", "2026-01-15T14:00:30Z"));
	cr_assert_not(is_maintained("a=b", "2026-01-15T13:00:30Z"));
	cr_assert(is_maintained("a=b", "2026-07-15T13:00:30Z"));
	cr_assert_not(is_maintained("a=b", "2026-07-15T14:00:30Z"));
}

Test(routes, a_fixed_offset_and_a_window_with_an_end)
{
	read_text("calendars: [{name: X, zone: \"-05:30\"}]\n"
		  "maintenance:\n"
		  "  - {hours: \"00:00-24:00\", days: [mon], calendar: X}\n"
		  "  - {from: \"2026-05-05T00:00:00Z\", to: "
		  "\"2026-05-05T01:00:00Z\"}\n");
	/* Monday 2026-05-04 begins there at 05:30 UTC. */
	cr_assert_not(is_maintained("a=b", "2026-05-04T05:29:59Z"));
	cr_assert(is_maintained("a=b", "2026-05-04T05:30:00Z"));
	cr_assert(is_maintained("a=b", "2026-05-05T05:29:59Z"));
	cr_assert_not(is_maintained("a=b", "2026-05-05T05:30:00Z"));
	cr_assert(is_maintained("a=b", "2026-05-05T00:59:59.999Z"));
}

Test(calendar, weekends_are_as_they_are_in_each_member)
{
	cr_assert(eq(u32, vg_weekend_of("IL"), 0x30));
	cr_assert(eq(u32, vg_weekend_of("BH"), 0x30));
	cr_assert(eq(u32, vg_weekend_of("AE"), 0x60));
	cr_assert(eq(u32, vg_weekend_of("MA"), 0x60));
	cr_assert(eq(u32, vg_weekend_of("US"), 0x60));
}

Test(calendar, before_1970_days_still_begin_at_midnight)
{
	int32_t day = 0;
	int minute = 0;

	vg_calendar_local(NULL, -1, &day, &minute);
	cr_assert(eq(i32, day, -1));
	cr_assert(eq(int, minute, 1439));
}
