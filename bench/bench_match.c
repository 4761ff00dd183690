/*
 * bench_match - what asking the predicates of 20 rules costs an event, in ns of
 * CPU: rules of equalities and bounds, as most are, and each other operator.
 *
 *   bench_match [EVENTS]
 */
#include "aggregate/match.h"
#include "alert/rules.h"
#include "core/vocab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RULES = 20, EVENTS = 64, COUNT = 200000 };

static const struct {
	const char *name, *match; /* %d: the rule's number */
} kinds[] = {
	{"one value", "category: malicious-code, user: u%d"},
	{"as most rules", "category: [intrusion-attempts, malicious-code], "
			  "confidence: {gte: %d}"},
	{"severity list", "severity: [8, 9, 10, %d]"},
	{"list of 20", "user: [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t%d]"},
	{"a number", "destination.port: [22, 23, 3389, %d]"},
	{"any of three", "any: [{user: u%d}, {sector: energy, severity: 9}, "
			 "{actor: APT1}]"},
	{"cidr", "source.ip: {cidr: [10.%d.0.0/16, 192.0.2.0/28]}"},
	{"contains", "rule.name: {contains: [powershell, mimikatz, x%d]}"},
	{"wildcard", "rule.name: {wildcard: \"ET*inbound*%dx\"}"},
	{"regex", "rule.name: {regex: \"in(bou|tern)nd 0%d\"}"},
	{"tied regex", "rule.name: {regex: \"^ET (SCAN|POLICY).*%dx$\"}"},
};

struct bench {
	struct vg_event event[EVENTS];
	char text[EVENTS][3][64];
	struct vg_field_values values;
	unsigned passed;
};

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void add(struct vg_event *e, const char *name, const char *text,
		double number)
{
	e->field[e->n_field++] = (struct vg_field){
		.name = vg_slice_of(name),
		.text = text != NULL ? vg_slice_of(text)
				     : (struct vg_slice){.n = 0},
		.type = text != NULL ? VG_SCALAR_STRING : VG_SCALAR_NUMBER,
		.number = number};
}

static void make_events(struct bench *b)
{
	for (int i = 0; i < EVENTS; i++) {
		struct vg_event *e = &b->event[i];
		char(*text)[64] = b->text[i];

		e->country = vg_slice_of("MA");
		e->sensor = vg_slice_of("sensor-1");
		e->category = i % 4;
		e->sector = i % 3;
		e->sensor_kind = 1;
		e->severity = 1 + i % 10;
		e->confidence = i % 100;
		e->n_actor = 1;
		e->actor[0].name = vg_slice_of("APT28");
		snprintf(text[0], sizeof text[0], "u%d", i);
		snprintf(text[1], sizeof text[1], "192.0.2.%d", i);
		snprintf(text[2], sizeof text[2],
			 "ET SCAN suspicious inbound %04d", i);
		add(e, "destination.port", NULL, 1024 + i);
		add(e, "rule.name", text[2], 0);
		add(e, "network.protocol", "tcp", 0);
		add(e, "source.ip", text[1], 0);
		add(e, "user", text[0], 0);
	}
}

static void load(struct vg_plan *plan, struct vg_rules **rules,
		 const char *match)
{
	static char text[RULES * 1024];
	struct vg_err err = {0};
	size_t n = 0;

	for (int i = 0; i < RULES; i++) {
		char one[512];

		n += (size_t)snprintf(
			text + n, sizeof text - n,
			"---\nid: r%d\ntitle: T\ngroup_by: [sensor]\n"
			"window: 6h\nseverity: 8\n"
			"condition: {country: {distinct: 3}}\nmatch: {",
			i);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(one, sizeof one, match, i);
#pragma GCC diagnostic pop
		n += (size_t)snprintf(text + n, sizeof text - n, "%s}\n", one);
	}
	if (vg_rules_parse(rules, plan, "bench", text, n, &err) != VG_OK) {
		fprintf(stderr, "bench_match: %s\n", err.text);
		exit(EXIT_FAILURE);
	}
}

static double run(struct bench *b, const char *match, int count)
{
	struct vg_slice partner = vg_slice_of("MA");
	struct vg_rules *rules = NULL;
	struct vg_plan *plan = NULL;

	if (vg_plan_new(&plan, NULL) != VG_OK)
		abort();
	load(plan, &rules, match);
	size_t n = vg_plan_tracks(plan);
	double from = cpu_ns();
	for (int i = 0; i < count; i++)
		for (size_t t = 0; t < n; t++)
			b->passed += vg_match_test(
				vg_plan_track(plan, t)->match,
				&b->event[i % EVENTS], partner, &b->values);
	double ns = (cpu_ns() - from) / count;
	vg_rules_free(rules);
	vg_plan_free(plan);
	return ns;
}

int main(int argc, char **argv)
{
	static struct bench b;
	int count = argc > 1 ? atoi(argv[1]) : COUNT;

	b.values.scratch = malloc(VG_FIELD_SCRATCH);
	if (b.values.scratch == NULL || count < 1)
		return EXIT_FAILURE;
	make_events(&b);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		printf("%d rules, %-14s %7.0f ns an event\n", RULES,
		       kinds[i].name, run(&b, kinds[i].match, count));
	free(b.values.scratch);
	return b.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
