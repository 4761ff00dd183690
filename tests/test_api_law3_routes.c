/*
 * Law 3 as a property of every route: random events, counted into a real
 * Redis, followed by a real view, judged by real rules, with people who say
 * things about the alerts; then a random viewer asks every route of the table,
 * and listens while it happens. Status, headers and body are the same, byte by
 * byte but for times of detection, when the events that it may not see are left
 * out, and when they are other ones at the same offsets.
 *
 * VIGIE_LAW3_CASES is how many cases there are; 500 without it.
 */
#include "aggregate/keys.h"
#include "alert/book.h"
#include "alert/desk.h"
#include "alert/evaluator.h"
#include "alert/people.h"
#include "alert/ruleset.h"
#include "api/kept.h"
#include "api/misp.h"
#include "api/pool.h"
#include "api/sse.h"
#include "api/tokens.h"
#include "core/timefmt.h"
#include "story_fix.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MIN = 60000,
	ROUNDS = 3,
	ROUND_MS = 20 * MIN,
	EVENTS_MAX = 90,
	CAP = 4, /* so that sets of values are folded, by audience */
	IDS_MAX = 8,
	POLLS = 3,
	STREAMS = 2,
	SETTLE = 3, /* ticks until what is put off is written */
	NOTICED_EVERY_MS = 10 * MIN,
	NOTICED_MS = 2 * SETTLE * 1500, /* from then on */
	PARTNERS = STORY_PARTNERS
};

#define FIRST_MS (INT64_C(19800) * 86400000 + 39600000) /* 11:00 */

/* Every path of the table, and what is asked there: one of the targets, or each
 * of them for two of the ids that its braces stand for. A path is not
 * asked by `exempt`, to whom it tells of everything by agreement. */
static const struct probe {
	const char *path, *target[9];
	const char *method, *body, *exempt;
} probes[] = {
	{"/v1/series",
	 .target = {"/v1/series", "/v1/series?by=country&step=10s",
		    "/v1/series?by=actor&step=1m",
		    "/v1/series?by=actor,country&step=1h",
		    "/v1/series?by=sensor&step=1d&measure=reports",
		    "/v1/series?by=partner&step=1m",
		    "/v1/series?by=technique,country",
		    "/v1/series?by=country&where=actor:actor-1&step=1m",
		    "/v1/series?by=severity&step=1m&since="}},
	{"/v1/top",
	 .target = {"/v1/top?by=actor&n=2", "/v1/top?by=sensor",
		    "/v1/top?by=source_country,country&measure=reports",
		    "/v1/top?by=technique&n=1",
		    "/v1/top?by=actor&n=1&after=2.b"}},
	{"/v1/matrix",
	 .target = {"/v1/matrix?rows=actor&columns=country&n=3",
		    "/v1/matrix?rows=country&columns=source_country",
		    "/v1/matrix?rows=country&columns=technique&measure=reports",
		    "/v1/matrix?rows=actor&columns=country&n=1&after=2.x"}},
	{"/v1/compare",
	 .target = {"/v1/compare?by=technique&n=5",
		    "/v1/compare?by=actor,country&order=change",
		    "/v1/compare?by=category", "/v1/compare?by=actor&n=1",
		    "/v1/compare?by=actor&n=2&after=3.b"}},
	{"/v1/distinct", .target = {"/v1/distinct?of=actor&by=country",
				    "/v1/distinct?of=sensor",
				    "/v1/distinct?of=technique&by=country"}},
	{"/v1/events/rate",
	 .target = {"/v1/events/rate?by=country&window=1h", "/v1/events/rate",
		    "/v1/events/rate?by=partner&window=5m"}},
	{"/v1/wall",
	 .target = {"/v1/wall", "/v1/wall?window=24h", "/v1/wall?n=2"}},
	{"/v1/stream", .target = {"/v1/stream", "/v1/stream?alerts=off"},
	 .method = "HEAD"},
	{"/v1/alerts",
	 .target = {"/v1/alerts", "/v1/alerts?shadow=true",
		    "/v1/alerts?state=firing", "/v1/alerts?limit=1",
		    "/v1/alerts?rule=campaign", "/v1/alerts?severity_min=6",
		    "/v1/alerts?since=c"}},
	{"/v1/alerts/*", .target = {"/v1/alerts/{alert}"}},
	{"/v1/alerts/*/evidence", .target = {"/v1/alerts/{alert}/evidence"}},
	{"/v1/alerts/*/stix", .target = {"/v1/alerts/{alert}/stix"}},
	{"/v1/alerts/*/actions", .target = {"/v1/alerts/{alert}/actions"},
	 .method = "POST",
	 .body = "{\"action\":\"comment\",\"text\":\"seen\"}"},
	{"/v1/campaigns",
	 .target = {"/v1/campaigns", "/v1/campaigns?stage=emerging",
		    "/v1/campaigns?limit=1", "/v1/campaigns?rule=campaign"}},
	{"/v1/alerts/*/actions", .target = {"/v1/alerts/{alert}/actions"},
	 .method = "POST",
	 .body = "{\"action\":\"release\",\"viewers\":[\"AE\"]}"},
	{"/v1/releases", .target = {"/v1/releases", "/v1/releases?limit=1"}},
	{"/v1/releases/*/actions", .target = {"/v1/releases/{alert}/actions"},
	 .method = "POST", .body = "{\"action\":\"agree\"}"},
	{"/v1/silences", .target = {"/v1/silences", "/v1/silences?limit=1"}},
	{"/v1/silences", .target = {"/v1/silences"}, .method = "POST",
	 .body = "{\"match\":{\"rule\":\"campaign\"},"
		 "\"to\":\"2024-04-01T00:00:00Z\",\"reason\":\"known\"}"},
	{"/v1/silences/*", .target = {"/v1/silences/{silence}"},
	 .method = "DELETE"},
	{"/v1/me", .target = {"/v1/me"}},
	{"/v1/exercise", .target = {"/v1/exercise"}},
	{"/v1/own/rules", .target = {"/v1/own/rules", "/v1/own/rules?limit=1"}},
	{"/v1/own/rules", .target = {"/v1/own/rules"}, .method = "POST",
	 .body = "{\"id\":\"own\",\"title\":\"T\",\"group_by\":[\"actor\"],"
		 "\"window\":\"1h\",\"severity\":5,\"condition\":"
		 "{\"country\":{\"distinct\":2}}}"},
	{"/v1/own/rules/*", .target = {"/v1/own/rules/own"}},
	{"/v1/own/rules/*", .target = {"/v1/own/rules/own"}, .method = "PUT",
	 .body = "{\"id\":\"own\",\"title\":\"T\",\"group_by\":[\"actor\"],"
		 "\"window\":\"1h\",\"severity\":5,\"condition\":"
		 "{\"country\":{\"distinct\":2}}}"},
	{"/v1/own/rules/*", .target = {"/v1/own/rules/own"},
	 .method = "DELETE"},
	{"/v1/own/watchlists",
	 .target = {"/v1/own/watchlists", "/v1/own/watchlists?limit=1"}},
	{"/v1/own/watchlists", .target = {"/v1/own/watchlists"},
	 .method = "POST",
	 .body = "{\"watchlist\":\"own\",\"values\":[\"actor-1\"]}"},
	{"/v1/own/watchlists/*", .target = {"/v1/own/watchlists/own"}},
	{"/v1/own/watchlists/*", .target = {"/v1/own/watchlists/own"},
	 .method = "PUT",
	 .body = "{\"watchlist\":\"own\",\"values\":[\"actor-1\"]}"},
	{"/v1/own/watchlists/*", .target = {"/v1/own/watchlists/own"},
	 .method = "DELETE"},
	{"/v1/actors/*", .target = {"/v1/actors/actor-1"}},
	{"/v1/partners", .target = {"/v1/partners"}, .exempt = "coalition"},
	{"/v1/account", .target = {"/v1/account"}, .exempt = "coalition"},
	{"/v1/rules", .target = {"/v1/rules"}},
	{"/v1/rules/*/shadow",
	 .target = {"/v1/rules/trial/shadow", "/v1/rules/campaign/shadow",
		    "/v1/rules/none/shadow"}},
	{"/v1/rules:reload", .target = {"/v1/rules:reload"}, .method = "POST",
	 .body = "{}"},
	{"/api/v1/query",
	 .target = {"/api/v1/query?query=sum(increase(vigie_events_total[1h]))",
		    "/api/v1/query?query=topk(2,sum%20by(actor)"
		    "(vigie_events_total))",
		    "/api/v1/query?query=vigie_reports_total%7Bcountry%3D%22MA"
		    "%22%7D",
		    "/api/v1/query?query=vigie_alerts_firing"}},
	{"/api/v1/query_range",
	 .target = {"/api/v1/query_range?query=sum%20by(actor)(increase("
		    "vigie_events_total[10m]))&start={from}&end={to}&step=300",
		    "/api/v1/query_range?query=vigie_alerts_firing&start={from}"
		    "&end={to}&step=600"}},
	{"/api/v1/labels",
	 .target = {"/api/v1/labels",
		    "/api/v1/labels?match[]=vigie_alerts_firing"}},
	{"/api/v1/label/*/values", .target = {"/api/v1/label/actor/values",
					      "/api/v1/label/country/values",
					      "/api/v1/label/__name__/values",
					      "/api/v1/label/sensor/values"}},
	{"/api/v1/series",
	 .target = {"/api/v1/series?match[]=vigie_alerts_firing",
		    "/api/v1/"
		    "series?match[]=vigie_events_total%7Bsensor!%3D%22%22%7D"}},
	{"/api/v1/metadata", .target = {"/api/v1/metadata"}},
	{"/api/v1/status/buildinfo", .target = {"/api/v1/status/buildinfo"}},
	{"/api/v1/rules", .target = {"/api/v1/rules"}},
	{"/api/v1/alerts", .target = {"/api/v1/alerts"}},
	{"/api/v2/alerts", .target = {"/api/v2/alerts"}},
	{"/api/v2/alerts/groups", .target = {"/api/v2/alerts/groups"}},
	{"/api/v2/status", .target = {"/api/v2/status"}},
	{"/api/v2/receivers", .target = {"/api/v2/receivers"}},
	{"/api/v2/silences", .target = {"/api/v2/silences"}},
	{"/federate", .target = {"/federate?match[]=vigie_alerts_firing",
				 "/federate?match[]=vigie_events_total%"
				 "7Bcountry!%3D%22%22%7D"}},
	{"/taxii2/", .target = {"/taxii2/"}},
	{"/taxii2/vigie/", .target = {"/taxii2/vigie/"}},
	{"/taxii2/vigie/collections/",
	 .target = {"/taxii2/vigie/collections/"}},
	{"/taxii2/vigie/collections/*/",
	 .target = {"/taxii2/vigie/collections/{collection}/"}},
	{"/taxii2/vigie/collections/*/objects/",
	 .target = {"/taxii2/vigie/collections/{collection}/objects/",
		    "/taxii2/vigie/collections/{collection}/objects/?limit=3"}},
	{"/taxii2/vigie/collections/*/objects/*/",
	 .target =
		 {"/taxii2/vigie/collections/{collection}/objects/{object}/"}},
	{"/taxii2/vigie/collections/*/objects/*/versions/",
	 .target = {"/taxii2/vigie/collections/{collection}/objects/{object}/"
		    "versions/"}},
	{"/taxii2/vigie/collections/*/manifest/",
	 .target = {"/taxii2/vigie/collections/{collection}/manifest/"}},
	{"/misp/manifest.json", .target = {"/misp/manifest.json"}},
	{"/misp/*", .target = {"/misp/{misp}.json"}},
	{"/v1/sign-in", .target = {"/v1/sign-in"}},
	{"/livez", .target = {"/livez"}},
	{"/readyz", .target = {"/readyz"}},
	{"/metrics", .target = {"/metrics"}, .exempt = "coalition"},
};

enum { PROBES = sizeof probes / sizeof *probes };

static const char rules[] =
	"- {id: campaign, title: T, group_by: [actor], window: 30m, severity: "
	"8, condition: {country: {distinct: 3}, origin: {distinct: 2}}}\n"
	"- {id: trial, title: T, group_by: [indicator], window: 20m, severity: "
	"4, shadow: true, condition: {country: {distinct: 2}}}\n"
	"- {id: flood, title: T, type: event_count, group_by: [country], "
	"window: 10m, severity: 5, condition: {gte: 4}}\n";

static const char *const viewers[] = {"MA", "IL", "AE",
				      "US", "BH", "coalition"};

enum { VIEWERS = sizeof viewers / sizeof *viewers };

/* What there is of ids to ask for; of the whole story, in every form. */
struct ids {
	char text[IDS_MAX][96];
	size_t n;
};

struct names {
	struct ids alert, silence, collection, object, misp;
};

struct story {
	struct story_record event[EVENTS_MAX];
	size_t n;
	unsigned round[EVENTS_MAX];
	int64_t asked_ms;     /* when the viewer asks, after the last round */
	unsigned poll[POLLS]; /* probes that are polled all along */
	uint64_t seed;	      /* of what is asked */
};

struct world {
	struct vg_service s;
	struct vg_evaluator *e;
	struct vg_part *part[PARTNERS];
	int64_t offset[PARTNERS], log_ms[PARTNERS], now_ms, acted;
	struct vg_people_follow followed;
	struct vg_answer stream[STREAMS];
	char tag[POLLS][2][64];
	struct vg_buf record; /* what a request that writes has written */
};

/* Which event of the story is at an offset of a partition. */
static unsigned told_at[PARTNERS][EVENTS_MAX];
static unsigned n_named;

static const bool all[EVENTS_MAX] = {[0 ... EVENTS_MAX - 1] = true};

static struct story_answers answers[2]; /* of the whole story, of another */
static struct fix f;
static struct vg_ruleset *set;
static struct vg_board *board;
static struct vg_service shared; /* what does not change with the world */
static char token_path[64], rule_path[64];
static struct world w;
static struct vg_err err;

static void must(enum vg_rc rc)
{
	cr_assert(rc == VG_OK, "%s", err.text);
}

static enum vg_rc reload(void *ctx, size_t *n, struct vg_err *e)
{
	(void)ctx;
	(void)e;
	*n = 4;
	return VG_OK;
}

static enum vg_rc put(void *ctx, struct vg_slice key, struct vg_slice record,
		      struct vg_err *e)
{
	struct world *to = ctx;

	(void)key;
	(void)e;
	vg_buf_reset(&to->record);
	vg_buf_add(&to->record, record.p, record.n);
	return VG_OK;
}

/* The log, as events that are numbered by the story. */
static enum vg_rc name_events(void *ctx, const struct vg_event_ref *ref,
			      size_t n, struct vg_event_name *out,
			      struct vg_err *e)
{
	(void)ctx;
	(void)e;
	for (size_t i = 0; i < n; i++, n_named++)
		(void)snprintf(out[i].id, sizeof out[i].id, "event-%u",
			       told_at[ref[i].partner->slot][ref[i].offset]);
	return VG_OK;
}

static void load_rules(void)
{
	char *files[] = {rule_path};
	struct vg_config cfg = {.rule_files = files, .n_rule_files = 1};
	int fd;

	(void)strcpy(rule_path, "/tmp/vigie-rules-XXXXXX");
	fd = mkstemp(rule_path);
	cr_assert(fd >= 0 &&
		  write(fd, rules, sizeof rules - 1) == sizeof rules - 1);
	(void)close(fd);
	must(vg_ruleset_load(&set, &f.env, &cfg, &err));
	(void)unlink(rule_path);
	set->loaded_ms = FIRST_MS;
	must(vg_board_new(&board, set, &err));
}

static void start(void)
{
	fix_init(&f, true);
	f.cfg->values_max = CAP;
	f.cfg->sensors_max = 3;
	load_rules();
	story_tokens(&f, viewers, VIEWERS, " role=operator", token_path);
	shared = (struct vg_service){.env = &set->env,
				     .board = board,
				     .reload = reload,
				     .sink = {.put = put, .ctx = &w},
				     .events = {.read = name_events}};
	must(vg_tokens_new(&shared.tokens, f.cfg, &err));
	must(vg_pool_new(&shared.pool, f.cfg, &f.metrics, &err));
}

static void finish(void)
{
	vg_pool_free(shared.pool);
	vg_tokens_free(shared.tokens);
	vg_board_free(board);
	vg_ruleset_drop(set);
	(void)unlink(token_path);
	fix_term(&f);
}

TestSuite(law3_routes, .init = start, .fini = finish, .timeout = 3600);

static struct vg_answer call(const char *viewer, const struct vg_call *what)
{
	char authorization[64];
	struct vg_call c = *what;
	struct vg_answer a;

	(void)snprintf(authorization, sizeof authorization, "Bearer %s",
		       viewer);
	c.authorization = authorization;
	c.content_type = "application/json";
	c.now_ms = w.now_ms;
	if (c.method == NULL)
		c.method = "GET";
	vg_api_dispatch(&w.s, &c, &a);
	return a;
}

static void world_start(void)
{
	fix_do(&f, (const char *[]){"FLUSHALL"}, 1);
	w = (struct world){.s = shared, .acted = -1, .now_ms = FIRST_MS};
	const struct vg_evaluator_opts o = {
		.env = &set->env, .rules = set->rules, .owner = "one"};

	must(vg_evaluator_new(&w.e, &o, &err));
	const struct vg_track_sink sink = vg_evaluator_sink(w.e);
	must(vg_view_new(&w.s.view, &set->env, &sink, &err));
	must(vg_book_new(&w.s.book, &err));
	must(vg_people_new(&w.s.people, &err));
	must(vg_kept_new(&w.s.kept, &err));
	must(vg_sse_hub_new(&w.s.streams, &w.s, STREAMS, &err));
	for (unsigned p = 0; p < PARTNERS; p++)
		must(vg_part_open(&w.part[p], &set->env, f.store,
				  vg_config_slot(f.cfg, p), 0, &err));
}

static void world_stop(void)
{
	for (size_t i = 0; i < STREAMS; i++)
		vg_answer_term(&w.stream[i]);
	for (unsigned p = 0; p < PARTNERS; p++)
		vg_part_free(w.part[p]);
	vg_sse_hub_free(w.s.streams);
	vg_kept_free(w.s.kept);
	vg_people_free(w.s.people);
	vg_book_free(w.s.book);
	vg_view_free(w.s.view);
	vg_evaluator_free(w.e);
	vg_buf_term(&w.record);
}

/* Bring everything that follows Redis level with it. With a chain among the
 * rules, when a change is noticed would depend on what else happens, which law
 * 3 leaves aside; test_chain holds the rest. */
static void settle(void)
{
	story_follow(&f, w.s.view, w.now_ms);
	for (int i = 0; i < SETTLE; i++) {
		must(vg_evaluator_tick(w.e, w.s.view, f.store, w.now_ms, &err));
		w.now_ms += 1500;
	}
	must(vg_book_step(w.s.book, f.store, 0, &err));
	must(vg_book_step(w.s.book, f.store, 0, &err));
	must(vg_people_step(w.s.people, &w.followed, f.store, &err));
	must(vg_view_step(w.s.view, f.store, w.now_ms, 0, &(size_t){0}, &err));
	vg_sse_hub_step(w.s.streams, w.now_ms);
}

/* What was written last is applied, as the leader does from the log. */
static void apply(void)
{
	const struct vg_desk_turn turn = {
		.owner = "one", .from = w.acted, .next = w.acted + 1};
	struct vg_action a = {.kind = VG_ACT_KINDS};
	enum vg_desk_result result;

	if (w.record.n == 0)
		return;
	must(vg_action_read(&a, vg_slice_of(w.record.p), &err));
	must(vg_desk_apply(f.store, &turn, &a, &result, &err));
	cr_assert(eq(int, result, VG_DESK_APPLIED));
	w.acted++;
	vg_action_term(&a);
	vg_buf_reset(&w.record);
}

/* Each kind of thing that is written has a key of its own. */
static void write_as(const char *viewer, const char *target, const char *body)
{
	const char *kind = strstr(body, ":");
	const struct vg_call c = {
		.method = "POST",
		.target = target,
		.body = vg_slice_of(body),
		.repeat_key =
			strstr(kind, "\"release\"") == kind + 1 ? "r" : "k"};
	struct vg_answer a = call(viewer, &c);

	vg_answer_term(&a);
	apply();
}

static bool sees_alert(const char *class_name, const char *viewer)
{
	size_t n = strlen(viewer);
	const char *at = class_name;

	while ((at = strstr(at, viewer)) != NULL) {
		if ((at == class_name || at[-1] == '+') &&
		    (at[n] == '\0' || at[n] == '+'))
			return true;
		at += n;
	}
	return false;
}

/* Up to `max` ids of alerts that `viewer` sees and, where it is not NULL, that
 * `other` does not, in the order of the book. */
static void alerts_of(const char *viewer, const char *other, size_t max,
		      struct ids *out)
{
	vg_book_read_lock(w.s.book);
	for (size_t i = 0; i < vg_book_count(w.s.book) && max > 0; i++) {
		const struct vg_book_alert *a = vg_book_at(w.s.book, i);

		if (out->n == IDS_MAX || !sees_alert(a->class_name, viewer) ||
		    (other != NULL && sees_alert(a->class_name, other)))
			continue;
		(void)snprintf(out->text[out->n++], sizeof out->text[0], "%s",
			       a->id);
		max--;
	}
	vg_book_unlock(w.s.book);
}

/* Ids of copies that are to be released, of all. */
static void copies(struct ids *out)
{
	vg_book_read_lock(w.s.book);
	for (size_t i = 0; i < vg_book_count(w.s.book); i++) {
		const struct vg_book_alert *a = vg_book_at(w.s.book, i);

		if (a->is_copy && out->n < IDS_MAX)
			(void)snprintf(out->text[out->n++], sizeof out->text[0],
				       "%s", a->id);
	}
	vg_book_unlock(w.s.book);
}

/* True when `viewer` has a part in alert `id`, so is asked before it is shown
 * to more. */
static bool has_part(const char *id, const char *viewer)
{
	const struct vg_book_alert *a;
	bool yes = true;

	vg_book_read_lock(w.s.book);
	a = vg_book_find(w.s.book, vg_slice_of(id));
	if (a != NULL) {
		cJSON *doc = cJSON_ParseWithLength(a->json, a->json_len);
		const cJSON *one;

		yes = a->is_copy;
		cJSON_ArrayForEach(one, cJSON_GetObjectItem(doc, "partners"))
			yes |= strcmp(one->valuestring, viewer) == 0;
		cJSON_Delete(doc);
	}
	vg_book_unlock(w.s.book);
	return yes;
}

/* Others would show the viewer what it does not see: before all who hide a part
 * of it have agreed, it learns nothing; and here one of each does at most. */
static void ask_to_release(const char *viewer)
{
	char target[160], body[96];

	(void)snprintf(body, sizeof body,
		       "{\"action\":\"release\",\"viewers\":[\"%s\"]}", viewer);
	for (size_t v = 0; v < VIEWERS; v++) {
		struct ids ids = {.n = 0};

		if (strcmp(viewers[v], viewer) == 0)
			continue;
		alerts_of(viewers[v], viewer, IDS_MAX, &ids);
		for (size_t i = 0; i < ids.n; i++) {
			if (has_part(ids.text[i], viewer))
				continue;
			(void)snprintf(target, sizeof target,
				       "/v1/alerts/%s/actions", ids.text[i]);
			write_as(viewers[v], target, body);
			break;
		}
	}
}

static void agree_to_releases(const char *viewer)
{
	char target[160];
	struct ids ids = {.n = 0};

	copies(&ids);
	for (size_t v = 0; v < VIEWERS; v++)
		for (size_t i = 0; i < ids.n; i++) {
			if (strcmp(viewers[v], viewer) == 0)
				continue;
			(void)snprintf(target, sizeof target,
				       "/v1/releases/%s/actions", ids.text[i]);
			write_as(viewers[v], target, "{\"action\":\"agree\"}");
		}
}

/* The viewer says something of what it sees, the others of what it does not:
 * these are hidden, too. */
static void let_people_speak(const char *viewer, unsigned round)
{
	static const char *const said[] = {
		"{\"action\":\"verdict\",\"verdict\":\"true\",\"text\":\"t\"}",
		"{\"action\":\"acknowledge\"}", "{\"action\":\"close\"}"};
	char target[160];

	for (size_t v = 0; v < VIEWERS; v++) {
		bool own = strcmp(viewers[v], viewer) == 0;
		struct ids ids = {.n = 0};

		alerts_of(viewers[v], own ? NULL : viewer, 2, &ids);
		for (size_t i = 0; i < ids.n; i++) {
			(void)snprintf(target, sizeof target,
				       "/v1/alerts/%s/actions", ids.text[i]);
			write_as(viewers[v], target, said[(round + i) % 3]);
		}
		if (round == 0)
			write_as(viewers[v], "/v1/silences",
				 "{\"match\":{\"rule\":\"trial\"},"
				 "\"to\":\"2024-03-18T12:30:00Z\","
				 "\"reason\":\"r\"}");
	}
}

static void open_streams(const char *viewer)
{
	static const char *const target[STREAMS] = {
		"/v1/stream", "/v1/stream?alerts=off&by=country&counters=1m"};

	settle();
	for (size_t i = 0; i < STREAMS; i++) {
		w.stream[i] =
			call(viewer, &(struct vg_call){.target = target[i]});
		cr_assert(eq(int, w.stream[i].status, 200));
	}
}

/* What the streams say now, less the random name of the process in ids. */
static void hear(struct story_answers *list)
{
	struct vg_answer said = {.status = 200};
	char text[4096], *at;
	long n;

	for (size_t i = 0; i < STREAMS; i++) {
		vg_buf_reset(&said.body);
		while ((n = vg_sse_read(w.stream[i].stream, text,
					sizeof text)) > 0)
			vg_buf_add(&said.body, text, (size_t)n);
		vg_buf_str(&said.body, "");
		for (at = said.body.p; (at = strstr(at, "id: ")) != NULL;) {
			at += 4;
			if (strlen(at) > 16 && at[16] == '-')
				memset(at, '0', 16);
		}
		story_keep(list, &said, "a stream");
	}
	vg_buf_term(&said.body);
}

/* Ask again what was asked in the round before, with the tag of then. */
static void poll(const struct story *story, const char *viewer,
		 struct story_answers *list)
{
	for (size_t i = 0; i < POLLS; i++) {
		const struct probe *p = &probes[story->poll[i]];

		for (size_t k = 0; k < 2 && p->target[k] != NULL; k++) {
			struct vg_call c = {.target = p->target[k],
					    .if_none_match = w.tag[i][k]};
			struct vg_answer a = call(viewer, &c);
			const char *tag = vg_answer_get(&a, "ETag");

			story_keep(list, &a, c.target);
			(void)snprintf(w.tag[i][k], sizeof w.tag[i][k], "%s",
				       tag != NULL ? tag : "");
			vg_answer_term(&a);
		}
	}
}

static void play_round(const struct story *story, const bool *told,
		       unsigned round)
{
	w.now_ms = FIRST_MS + (round + 1) * (int64_t)ROUND_MS;
	for (size_t i = 0; i < story->n; i++) {
		const struct story_record *r = &story->event[i];

		if (story->round[i] != round || !told[i])
			continue;
		told_at[r->partner][w.offset[r->partner]] = (unsigned)i;
		story_count(r, w.part[r->partner], w.offset[r->partner]++);
		w.log_ms[r->partner] = r->log_ms;
	}
	for (unsigned p = 0; p < PARTNERS; p++)
		story_commit(&f, w.part[p], p, w.offset[p], w.log_ms[p],
			     w.now_ms);
	settle();
}

static void tell(const struct story *story, const bool *told,
		 const char *viewer, struct story_answers *list)
{
	world_start();
	open_streams(viewer);
	for (unsigned round = 0; round < ROUNDS; round++) {
		play_round(story, told, round);
		let_people_speak(viewer, round);
		ask_to_release(viewer);
		agree_to_releases(viewer);
		settle();
		hear(list);
		poll(story, viewer, list);
	}
	w.now_ms = story->asked_ms;
	for (unsigned p = 0; p < PARTNERS; p++)
		fix_beat(&f, vg_config_slot(f.cfg, p)->topic, 0, w.offset[p],
			 w.now_ms);
	settle();
	hear(list);
}

/* Take the values of each "id":"..." in the answer at `target`, those that
 * begin with `like`. */
static void take_ids(const char *viewer, const char *target, const char *like,
		     size_t max, struct ids *out)
{
	struct vg_answer a = call(viewer, &(struct vg_call){.target = target});
	const char *at = a.body.p;

	while (max > 0 && out->n < IDS_MAX && at != NULL &&
	       (at = strstr(at, "\"id\":\"")) != NULL) {
		at += 6;
		if (strncmp(at, like, strlen(like)) != 0)
			continue;
		(void)snprintf(out->text[out->n++], sizeof out->text[0], "%.*s",
			       (int)strcspn(at, "\""), at);
		max--;
	}
	vg_answer_term(&a);
}

/* Ids of the events of MISP for the alerts of `n`, of both viewers. */
static void learn_misp(struct names *n)
{
	for (size_t i = 0; i < n->alert.n; i++) {
		const struct vg_book_alert alert = {.id = n->alert.text[i]};

		vg_misp_id(&alert, n->misp.text[n->misp.n++]);
	}
}

/* Ids of the viewer and of another: the latter it must not find. */
static void learn_names(const char *viewer, struct names *n)
{
	const char *const who[] = {viewer,
				   strcmp(viewer, "MA") == 0 ? "AE" : "MA"};
	char target[160];

	*n = (struct names){.alert = {.n = 0}};
	alerts_of(viewer, NULL, 3, &n->alert);
	for (size_t i = 0; i < 2; i++) {
		if (i == 1)
			alerts_of(who[1], viewer, 2, &n->alert);
		take_ids(who[i], "/v1/silences", "", 1, &n->silence);
		take_ids(who[i], "/taxii2/vigie/collections/", "", 1,
			 &n->collection);
		(void)snprintf(target, sizeof target,
			       "/taxii2/vigie/collections/%s/objects/",
			       n->collection.text[n->collection.n - 1]);
		take_ids(who[i], target, "sighting", 1, &n->object);
		take_ids(who[i], target, "grouping", 1, &n->object);
		take_ids(who[i], target, "campaign", 1, &n->object);
	}
	if (n->alert.n + 2 < IDS_MAX)
		copies(&n->alert);
	if (n->alert.n == IDS_MAX)
		n->alert.n--;
	/* And what nobody has. */
	(void)strcpy(n->alert.text[n->alert.n++], "0123456789abcdef-17");
	(void)strcpy(n->object.text[n->object.n++], "grouping--x");
	learn_misp(n);
}

static void ask_one(const struct probe *p, const char *viewer,
		    const char *target, struct story_answers *list)
{
	static const char *const accept[] = {NULL, NULL, "text/csv",
					     "application/x-ndjson"};
	unsigned times = story_random(4) == 0 ? 2 : 1;
	char asked[600];
	struct vg_call c = {.method = p->method,
			    .target = target,
			    .body = vg_slice_of(p->body != NULL ? p->body : ""),
			    .repeat_key = "again",
			    .accept = strncmp(target, "/v1/", 4) == 0
					      ? accept[story_random(4)]
					      : NULL};
	struct vg_answer a;

	/* Computed; and now and then what was kept of it. */
	for (unsigned i = 0; i < times; i++) {
		a = call(viewer, &c);
		cr_assert(lt(int, a.status, 500), "%s: %s", target, a.body.p);
		(void)snprintf(asked, sizeof asked, "%s %s",
			       c.method != NULL ? c.method : "GET", target);
		story_keep(list, &a, asked);
		vg_answer_term(&a);
		if (p->method != NULL)
			break;
	}
	vg_buf_reset(&w.record);
}

/* Write `pattern` with `{name}` replaced by `value` to `out`; false when it is
 * not there. */
static bool replace(const char *pattern, const char *name, const char *value,
		    char out[512])
{
	const char *at = strstr(pattern, name);

	if (at == NULL)
		return false;
	(void)snprintf(out, 512, "%.*s%s%s", (int)(at - pattern), pattern,
		       value, at + strlen(name));
	return true;
}

/* The target for two of the ids that its braces may stand for. */
static void ask_each(const struct probe *p, const char *viewer,
		     const char *pattern, const struct names *n,
		     struct story_answers *list)
{
	const struct {
		const char *name;
		const struct ids *ids;
	} kind[] = {{"{alert}", &n->alert},
		    {"{silence}", &n->silence},
		    {"{collection}", &n->collection},
		    {"{object}", &n->object},
		    {"{misp}", &n->misp}};
	char target[512], from[24], to[24];

	for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
		if (strstr(pattern, kind[k].name) == NULL)
			continue;
		for (int i = 0; i < 2; i++) {
			unsigned any = story_random((unsigned)kind[k].ids->n);

			(void)replace(pattern, kind[k].name,
				      kind[k].ids->text[any], target);
			ask_each(p, viewer, target, n, list);
		}
		return;
	}
	(void)snprintf(from, sizeof from, "%lld", (long long)(FIRST_MS / 1000));
	(void)snprintf(to, sizeof to, "%lld", (long long)(w.now_ms / 1000));
	if (replace(pattern, "{from}", from, target)) {
		char whole[512];

		(void)replace(target, "{to}", to, whole);
		ask_one(p, viewer, whole, list);
	} else {
		ask_one(p, viewer, pattern, list);
	}
}

static void ask_all(const struct story *story, const char *viewer,
		    const struct names *n, struct story_answers *list)
{
	story_seed(story->seed); /* the same questions in every form */
	for (size_t i = 0; i < PROBES; i++) {
		const struct probe *p = &probes[i];
		unsigned have = 0;

		if (p->exempt != NULL && strcmp(p->exempt, viewer) == 0)
			continue;
		while (have < 9 && p->target[have] != NULL)
			have++;
		if (strchr(p->target[0], '{') != NULL && have <= 2)
			for (unsigned t = 0; t < have; t++)
				ask_each(p, viewer, p->target[t], n, list);
		else
			ask_each(p, viewer, p->target[story_random(have)], n,
				 list);
	}
}

static void invent(struct story_record *r, int64_t log_ms)
{
	const struct story_size size = {.countries = 4,
					.actors = 3 + story_random(5),
					.techniques = 6,
					.sensors = 5,
					.indicators = 4,
					.spread_ms = 30 * MIN};

	story_fill(r, &size, log_ms);
}

/* Events by the order of the log. The last of each partition in a round is
 * seen by all, so that log time is the same in every form. */
static void make_story(struct story *s, uint64_t seed)
{
	story_seed(seed);
	*s = (struct story){.n = 0};
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned n = 4 + story_random(20);

		for (unsigned i = 0; i < n + PARTNERS; i++) {
			struct story_record *r = &s->event[s->n];
			bool last = i >= n;

			invent(r, FIRST_MS + round * (int64_t)ROUND_MS +
					  (int64_t)i * (ROUND_MS / 30));
			r->partner = last ? i - n : story_random(PARTNERS);
			r->audience = story_audience(
				f.aud, r->partner,
				last ? 0 : story_random(STORY_KINDS));
			s->round[s->n++] = round;
		}
	}
	s->asked_ms = FIRST_MS + ROUNDS * (int64_t)ROUND_MS + 10 * MIN;
	if (story_random(4) == 0)
		s->asked_ms += 90 * MIN; /* what fired is over */
	for (size_t i = 0; i < POLLS; i++)
		do
			s->poll[i] = story_random(PROBES);
		while (probes[s->poll[i]].method != NULL ||
		       strchr(probes[s->poll[i]].target[0], '{') != NULL ||
		       probes[s->poll[i]].exempt != NULL);
	s->seed = seed + 1;
}

/* Other events in the places of those that are hidden, hidden as well. */
static void replace_hidden(struct story *s, unsigned slot, const bool *seen)
{
	for (size_t i = 0; i < s->n; i++) {
		struct story_record *r = &s->event[i];

		if (seen[i])
			continue;
		invent(r, r->log_ms);
		do
			r->audience = story_audience(f.aud, r->partner,
						     story_random(STORY_KINDS));
		while (vg_audience_sees(f.aud, r->audience, slot));
	}
}

/* Put the instant at `at` to its round when something may be noticed then. */
static bool round_text(char *at)
{
	int64_t ms;

	if (!vg_time_parse((struct vg_slice){at, 24}, &ms) || ms < FIRST_MS ||
	    (ms - FIRST_MS) % NOTICED_EVERY_MS >= NOTICED_MS)
		return false;
	memcpy(at + 17, "00.000", 6);
	return true;
}

/* The same of `n` digits: milliseconds, or seconds. */
static bool round_number(char *at, size_t n)
{
	int64_t ms = strtoll(at, NULL, 10) * (n == 13 ? 1 : 1000);

	if (ms < FIRST_MS || (ms - FIRST_MS) % NOTICED_EVERY_MS >= NOTICED_MS)
		return false;
	memset(at + 8, '0', n - 8);
	return true;
}

/* With other hidden events of a group, or without, a change of what is seen may
 * be written a moment later. Law 3 leaves times of detection aside: each is put
 * to its round, and so is the tag of a body that has one. */
static void leave_detection_aside(char *text)
{
	char *end = strstr(text, "\n\n"), *tag = strstr(text, "\nETag: \"");
	bool noticed = false;

	cr_assert(end != NULL);
	for (char *at = text; *at != '\0'; at++) {
		size_t digits = strspn(at, "0123456789");
		bool is_one = false;

		if (strncmp(at, "2024-", 5) == 0)
			is_one = round_text(at);
		else if (digits == 13 || digits == 10)
			is_one = round_number(at, digits);
		noticed |= is_one && at < end;
	}
	if (noticed && tag != NULL)
		memset(tag + 8, '0', strcspn(tag + 8, "\""));
}

/* True for a list in the order of detection, of which that may be another. */
static bool is_by_detection(const char *text)
{
	return strstr(text, "/objects/\n200") != NULL ||
	       strstr(text, "/manifest/\n200") != NULL ||
	       strstr(text, "/objects/?limit=3\n200") != NULL;
}

/* Its objects by their bytes instead. */
static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_objects(char *text)
{
	char *list = strstr(text, "\"objects\":["), *copy, *piece[256], *out;
	size_t n = 0;

	if (list == NULL)
		return;
	list += 11;
	copy = strdup(list);
	out = list;
	for (char *at = copy; at != NULL && n < 256; n++) {
		piece[n] = at;
		at = strstr(at, "},{\"");
		if (at != NULL) {
			at[1] = '\0';
			at += 2;
		}
	}
	char *end = strstr(piece[n - 1], "]}\n");
	cr_assert(n < 256 && end != NULL);
	char *rest = strdup(end);
	*end = '\0';
	qsort(piece, n, sizeof *piece, by_text);
	for (size_t i = 0; i < n; i++)
		out += sprintf(out, "%s%s", i > 0 ? "," : "", piece[i]);
	(void)strcpy(out, rest);
	free(rest);
	free(copy);
}

/* What is compared is what is settled. */
static void settled_alone(struct story_answers *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		char *text = list->text[i];

		if (strstr(text, "/objects/?limit=3\n") != NULL) {
			free(text);
			continue;
		}
		leave_detection_aside(text);
		if (is_by_detection(text))
			sort_objects(text);
		list->text[n++] = text;
	}
	list->n = n;
}

/* What makes the cases worth something: how often there was a thing to leak. */
struct worth {
	unsigned hidden, alerts, others, copies;
};

/* Tell `s` again in another form, and compare. */
static void compare_form(const struct story *s, const bool *told,
			 const char *viewer, const struct names *names,
			 const char *what)
{
	struct story_answers *other = &answers[1];

	tell(s, told, viewer, other);
	ask_all(s, viewer, names, other);
	world_stop();
	settled_alone(other);
	story_compare(&answers[0], other, what);
	story_forget(other);
}

static void one_case(uint64_t seed, struct worth *worth)
{
	static struct story s;
	bool seen[EVENTS_MAX];
	struct names names;
	struct ids made = {.n = 0};
	size_t hidden = 0;
	char what[96];

	make_story(&s, seed);
	const char *viewer = viewers[story_random(VIEWERS)];
	unsigned slot = (unsigned)vg_config_viewer(f.cfg, vg_slice_of(viewer));
	for (size_t i = 0; i < s.n; i++) {
		seen[i] = vg_audience_sees(f.aud, s.event[i].audience, slot);
		hidden += !seen[i];
	}
	tell(&s, all, viewer, &answers[0]);
	learn_names(viewer, &names);
	worth->hidden += hidden > 0;
	worth->alerts += names.alert.n > 1;
	worth->others += vg_book_count(w.s.book) > names.alert.n;
	copies(&made);
	worth->copies += made.n > 0;
	ask_all(&s, viewer, &names, &answers[0]);
	world_stop();
	settled_alone(&answers[0]);

	static struct story replaced;
	replaced = s;
	story_seed(seed + 77);
	replace_hidden(&replaced, slot, seen);
	(void)snprintf(what, sizeof what, "case %llu, to %s, events replaced",
		       (unsigned long long)seed, viewer);
	compare_form(&replaced, all, viewer, &names, what);
	(void)snprintf(what, sizeof what, "case %llu, to %s, events removed",
		       (unsigned long long)seed, viewer);
	compare_form(&s, seen, viewer, &names, what);
	story_forget(&answers[0]);
}

/* Every other case, so that two processors have something to do. */
static void cases_from(unsigned first)
{
	const char *wanted = getenv("VIGIE_LAW3_CASES");
	unsigned n = wanted != NULL ? (unsigned)atoi(wanted) : 500, done = 0;
	struct worth worth = {0};

	for (unsigned i = first; i < n; i += 2, done++)
		one_case(i, &worth);
	cr_assert(ge(uint, worth.hidden * 10, done * 9));
	cr_assert(ge(uint, worth.alerts * 2, done));
	cr_assert(ge(uint, worth.others * 2, done));
	cr_assert(ge(uint, worth.copies * 8, done));
	cr_assert(ge(uint, n_named, done));
}

Test(law3_routes, law3_no_route_tells_of_hidden_events_in_even_cases)
{
	cases_from(0);
}

Test(law3_routes, law3_no_route_tells_of_hidden_events_in_odd_cases)
{
	cases_from(1);
}

Test(law3_routes, law3_every_route_of_the_table_is_asked)
{
	struct vg_api_route r;

	for (size_t i = 0; vg_api_route(i, &r); i++) {
		bool asked = false;

		for (size_t k = 0; k < PROBES; k++) {
			const char *method =
				probes[k].method != NULL &&
						*probes[k].method != 'H'
					? probes[k].method
					: "GET";

			asked |= strcmp(probes[k].path, r.path) == 0 &&
				 (strcmp(method, r.method) == 0 ||
				  strcmp(r.method, "FORM") == 0);
		}
		cr_expect(asked, "nobody asks %s %s: add it to the probes",
			  r.method, r.path);
	}
}
