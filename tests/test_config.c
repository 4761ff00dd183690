#include "core/config.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Seven lines that every test file here begins with. */
#define HEAD                                                                   \
	"kafka: {brokers: \"127.0.0.1:9092\"}\n"                               \
	"hash_key_file: hash.key\n"                                            \
	"partners:\n"                                                          \
	"  - {id: MA, country: MA, slot: 0}\n"                                 \
	"  - {id: US, country: US, slot: 3, topic: us.alerts, tlp: GREEN}\n"   \
	"  - {id: IL, country: IL, slot: 1, tlp: AMBER+STRICT}\n"              \
	"\n"

static struct vg_config *cfg;
static struct vg_err err;

static void free_config(void)
{
	vg_config_free(cfg);
	cfg = NULL;
}

TestSuite(config, .fini = free_config);
TestSuite(secret);

static enum vg_rc parse(const char *text)
{
	free_config();
	memset(&err, 0, sizeof err);
	return vg_config_parse(&cfg, "/etc/v.yaml", text, strlen(text), &err);
}

static void accepts(const char *text)
{
	cr_assert(eq(int, parse(text), VG_OK), "%s", err.text);
}

static void refuses(const char *text, const char *what)
{
	char want[300];

	(void)snprintf(want, sizeof want, "/etc/v.yaml:%s", what);
	cr_assert(eq(int, parse(text), VG_INVAL), "%s", text);
	cr_assert(eq(str, err.text, want));
	cr_assert(cfg == NULL);
}

Test(config, defaults_what_is_left_out)
{
	accepts(HEAD);
	cr_assert(eq(str, cfg->kafka_group, "vigie"));
	cr_assert(eq(str, cfg->kafka_instance, ""));
	cr_assert(eq(str, cfg->kafka_dead_prefix, "alerts.dead."));
	cr_assert(eq(i64, cfg->kafka_session_ms, 10000));
	cr_assert(eq(i64, cfg->kafka_fetch_wait_ms, 10));
	cr_assert(eq(i64, cfg->kafka_queue_messages, 1000000));
	cr_assert(eq(i64, cfg->kafka_queue_kbytes, 24576));
	cr_assert(eq(str, cfg->redis_address, "127.0.0.1:6379"));
	cr_assert(eq(str, cfg->redis_password_file, ""));
	cr_assert(eq(i64, cfg->redis_connect_ms, 1000));
	cr_assert(eq(i64, cfg->redis_command_ms, 5000));
	cr_assert(eq(i64, cfg->ingest_workers, 2));
	cr_assert(eq(i64, cfg->batch_records, 10000));
	cr_assert(eq(i64, cfg->linger_ms, 5));
	cr_assert(eq(i64, cfg->dedup_span, 131072));
	cr_assert(eq(i64, cfg->future_ms, 300000));
	cr_assert(eq(i32, cfg->cache_mbytes, 32));
	cr_assert(eq(i64, cfg->stream_entries, 2048));
	cr_assert(eq(i64, cfg->keep_10s_ms, INT64_C(7200000)));
	cr_assert(eq(i64, cfg->keep_1m_ms, INT64_C(172800000)));
	cr_assert(eq(i64, cfg->keep_1h_ms, INT64_C(7776000000)));
	cr_assert(eq(i64, cfg->keep_1d_ms, INT64_C(94608000000)));
	cr_assert(eq(i64, cfg->values_max, 10000));
	cr_assert(eq(i64, cfg->lateness_ms, 3600000));
	cr_assert(eq(i64, cfg->groups_max, 1000000));
	cr_assert(eq(i64, cfg->lease_ms, 5000));
	cr_assert(eq(i64, cfg->alerts_kept_ms, INT64_C(7776000000)));
	cr_assert(eq(i64, cfg->alert_tick_ms, 20));
	cr_assert(eq(str, cfg->http_address, "127.0.0.1:8080"));
	cr_assert(eq(str, cfg->http_token_file, ""));
	cr_assert(eq(i64, cfg->http_threads, 2));
	cr_assert(eq(i64, cfg->http_connections, 1024));
	cr_assert(eq(i64, cfg->http_timeout_ms, 10000));
	cr_assert(eq(str, cfg->log_level, "info"));
	cr_assert(eq(sz, cfg->n_caveats, 0));
	cr_assert(eq(sz, cfg->n_rule_files, 0));
}

Test(config, reads_nested_and_dotted_names)
{
	accepts(HEAD "ingest: {workers: 4, linger: 20ms}\n"
		     "http.timeout: 30\n");
	cr_assert(eq(i64, cfg->ingest_workers, 4));
	cr_assert(eq(i64, cfg->linger_ms, 20));
	cr_assert(eq(i64, cfg->http_timeout_ms, 30000));
}

Test(config, takes_a_section_with_all_its_options_commented_out)
{
	accepts(HEAD "redis:\n#  address: x\ncaveats:\nrules: []\n");
	refuses(HEAD "redis: x\n", "8: redis: not a map; write its options "
				   "under it, indented");
	refuses(HEAD "redis: [x]\n", "8: redis: not a map; write its options "
				     "under it, indented");
}

Test(config, reads_partners)
{
	accepts(HEAD);
	cr_assert(eq(sz, cfg->n_partners, 3));
	const struct vg_partner *p = cfg->partners;

	cr_assert(eq(str, (char *)p[0].id, "MA"));
	cr_assert(eq(str, (char *)p[0].country, "MA"));
	cr_assert(eq(str, (char *)p[0].topic, "alerts.ma"));
	cr_assert(eq(uint, p[0].slot, 0));
	cr_assert(eq(int, p[0].tlp, VG_TLP_AMBER));
	cr_assert(eq(str, (char *)p[1].topic, "us.alerts"));
	cr_assert(eq(uint, p[1].slot, 3));
	cr_assert(eq(int, p[1].tlp, VG_TLP_GREEN));
	cr_assert(eq(int, p[2].tlp, VG_TLP_STRICT));
}

Test(config, finds_partners_by_id_topic_and_slot)
{
	accepts(HEAD);
	cr_assert(vg_config_partner(cfg, vg_slice_of("US")) ==
		  &cfg->partners[1]);
	cr_assert(vg_config_partner(cfg, vg_slice_of("us")) == NULL);
	cr_assert(vg_config_partner(cfg, vg_slice_of("")) == NULL);
	cr_assert(vg_config_topic(cfg, "us.alerts") == &cfg->partners[1]);
	cr_assert(vg_config_topic(cfg, "alerts.us") == NULL);
	cr_assert(vg_config_slot(cfg, 3) == &cfg->partners[1]);
	cr_assert(vg_config_slot(cfg, 2) == NULL);
	cr_assert(eq(int, vg_config_viewer(cfg, vg_slice_of("IL")), 1));
	cr_assert(eq(int, vg_config_viewer(cfg, vg_slice_of("coalition")),
		     VG_SLOT_COALITION));
	cr_assert(eq(int, vg_config_viewer(cfg, vg_slice_of("COALITION")),
		     VG_SLOT_COALITION));
	cr_assert(eq(int, vg_config_viewer(cfg, vg_slice_of("FR")), -1));
	cr_assert(eq(int, vg_config_viewer(cfg, vg_slice_of("public")), -1));
}

Test(config, reads_caveats_and_names_them_in_slot_order)
{
	accepts(HEAD "caveats: [US+MA, COALITION+IL, MA+IL+US]\n");
	cr_assert(eq(sz, cfg->n_caveats, 3));
	cr_assert(eq(str, cfg->caveats[0].name, "MA+US"));
	cr_assert(eq(u64, cfg->caveats[0].slots, UINT64_C(9)));
	cr_assert(eq(str, cfg->caveats[1].name, "IL+COALITION"));
	cr_assert(eq(u64, cfg->caveats[1].slots,
		     UINT64_C(2) | UINT64_C(1) << VG_SLOT_COALITION));
	cr_assert(eq(str, cfg->caveats[2].name, "MA+IL+US"));
}

Test(config, refuses_wrong_caveats)
{
	refuses(HEAD "caveats:\n  - MA+US\n  - MA+FR\n",
		"10: caveats: MA+FR: FR is not a partner's id; declare it "
		"under partners or correct it");
	refuses(HEAD "caveats: [MA+]\n",
		"8: caveats: MA+:  is not a partner's id; declare it under "
		"partners or correct it");
	refuses(HEAD "caveats: [ma+us]\n",
		"8: caveats: ma+us: ma is not a partner's id; declare it under "
		"partners or correct it");
	refuses(HEAD "caveats: [MA+US+MA]\n",
		"8: caveats: MA+US+MA: MA is there twice; keep one");
	refuses(HEAD "caveats: [MA+US, US+MA]\n",
		"8: caveats: MA+US is there twice; keep one");
	refuses(HEAD "caveats: [MA]\n",
		"8: caveats: MA names one viewer, and each originator alone is "
		"always there; name two or more, or remove it");
	refuses(HEAD "caveats: MA+US\n",
		"8: caveats: not a list; write a list of texts");
	refuses(HEAD "caveats: [{MA: US}]\n",
		"8: caveats: a map where one value belongs; write one (list of "
		"texts)");
}

Test(config, resolves_rule_files_against_its_own_folder)
{
	accepts(HEAD "rules: [a.yaml, sub/b.yaml, /abs/c.yaml]\n"
		     "http: {token_file: tokens}\n");
	cr_assert(eq(sz, cfg->n_rule_files, 3));
	cr_assert(eq(str, cfg->rule_files[0], "/etc/a.yaml"));
	cr_assert(eq(str, cfg->rule_files[1], "/etc/sub/b.yaml"));
	cr_assert(eq(str, cfg->rule_files[2], "/abs/c.yaml"));
	cr_assert(eq(str, cfg->hash_key_file, "/etc/hash.key"));
	cr_assert(eq(str, cfg->http_token_file, "/etc/tokens"));
	cr_assert(eq(str, cfg->redis_password_file, ""));
	refuses(HEAD "rules: [a.yaml, /etc/a.yaml]\n",
		"8: rules: /etc/a.yaml is there twice; keep one");
	refuses(HEAD "rules: ['']\n", "8: rules: an empty path; name a file");
}

Test(config, leaves_paths_alone_when_the_file_has_no_folder)
{
	cr_assert(eq(int,
		     vg_config_parse(&cfg, "v.yaml", HEAD, strlen(HEAD), NULL),
		     VG_OK));
	cr_assert(eq(str, cfg->hash_key_file, "hash.key"));
}

Test(config, names_file_line_option_and_remedy)
{
	refuses(HEAD "ingest:\n  workers: 2\n  batch_records: 0\n",
		"10: ingest.batch_records: 0 is not in 1..50000; set a number "
		"of records");
	refuses(HEAD "alert: {lease: 1h}\n",
		"8: alert.lease: 1h is not in 100ms..10m; set a duration");
	refuses(HEAD "log: {level: loud}\n",
		"8: log.level: loud is no level; write debug, info, warn or "
		"error");
	refuses(HEAD "kafka.group: ''\n",
		"8: kafka.group: nothing is too short; write at least 1 bytes "
		"(text)");
}

Test(config, refuses_unknown_options_with_the_nearest)
{
	refuses(HEAD "ingest:\n  wrokers: 2\n",
		"9: ingest.wrokers: no such option; did you mean "
		"ingest.workers?");
	refuses(HEAD "ingset: {workers: 2}\n",
		"8: ingset: no such option; did you mean ingest?");
	refuses(HEAD "zebra_crossing: 1\n",
		"8: zebra_crossing: no such option; `vigie help config` lists "
		"all");
	refuses(HEAD "partners.id: MA\n",
		"8: partners.id: is of an entry of a list; write it there");
}

Test(config, refuses_wrong_types)
{
	refuses(HEAD "ingest: {workers: [2]}\n",
		"8: ingest.workers: a list where one value belongs; write one "
		"(threads)");
	refuses(HEAD "ingest: {workers: {a: 2}}\n",
		"8: ingest.workers: a map where one value belongs; write one "
		"(threads)");
	refuses(HEAD "ingest: {workers: \"2\"}\n",
		"8: ingest.workers: a text where a number belongs; remove the "
		"quotes");
	refuses(HEAD "ingest: {workers: ~}\n",
		"8: ingest.workers: null is no value; leave the option out for "
		"its default");
	refuses(HEAD "kafka.group: null\n",
		"8: kafka.group: null is no value; leave the option out for "
		"its default");
	accepts(HEAD "kafka.group: 'null'\nalert: {lease: '2s'}\n");
	cr_assert(eq(str, cfg->kafka_group, "null"));
}

Test(config, refuses_an_option_given_in_both_forms)
{
	refuses(HEAD "ingest: {workers: 2}\ningest.workers: 3\n",
		"9: ingest.workers: stands here and on line 8; keep one");
}

Test(config, refuses_files_that_are_not_one_map)
{
	cr_assert(eq(int, parse("# nothing\n"), VG_INVAL));
	cr_assert(eq(str, err.text,
		     "/etc/v.yaml: not a map of options; see "
		     "`vigie help config`"));
	refuses("[a]\n", "1: not a map of options; see `vigie help config`");
	refuses(HEAD "---\na: 1\n",
		"9: a second document; remove the line ---");
	refuses(HEAD "log: &a {level: info}\n",
		"8: an anchor (&) is not read; write the value out");
}

#define PARTNERS "kafka: {brokers: \"[::1]:1\"}\nhash_key_file: k\npartners:\n"
#define MA	 "  - {id: MA, country: MA, slot: 0}\n"

Test(config, wants_brokers_key_and_a_partner)
{
	refuses("hash_key_file: k\npartners:\n" MA,
		"1: kafka.brokers: is missing; set it (host:port, ...)");
	refuses("kafka: {brokers: \"[::1]:1\"}\npartners:\n" MA,
		"1: hash_key_file: is missing; set it (path)");
	refuses("kafka: {brokers: \"[::1]:1\"}\nhash_key_file: k\n",
		"1: partners: is missing; give at least one entry");
	refuses("kafka: {brokers: \"[::1]:1\"}\nhash_key_file: k\npartners: "
		"[]\n",
		"3: partners: is missing; give at least one entry");
	refuses("kafka: {brokers: \"[::1]:1\"}\nhash_key_file: k\npartners: "
		"MA\n",
		"3: partners: not a list; write a list of maps");
	refuses(PARTNERS "  - MA\n", "4: partners: an entry is not a map; "
				     "write {id: MA, country: MA, slot: 0}");
}

Test(config, wants_id_country_and_slot_of_a_partner)
{
	refuses(PARTNERS "  - {country: MA, slot: 0}\n",
		"4: partners.id: is missing; set it");
	refuses(PARTNERS "  - {id: MA, slot: 0}\n",
		"4: partners.country: is missing; set it");
	refuses(PARTNERS "  - {id: MA, country: MA}\n",
		"4: partners.slot: is missing; set it");
	refuses(PARTNERS "  - {id: MA, country: MA, slto: 0}\n",
		"4: partners.slto: no such option; did you mean "
		"partners.slot?");
}

Test(config, refuses_reserved_and_malformed_partner_ids)
{
	static const char *const RESERVED[] = {"DEAD", "dead", "Out",
					       "COALITION", "cOALITION"};
	static const char *const WRONG[] = {
		"A", "ma", "M_A", "M A", "M.A", "ABCDEFGHIJKLMNOPQ", "''"};
	char text[200];

	for (size_t i = 0; i < sizeof RESERVED / sizeof RESERVED[0]; i++) {
		(void)snprintf(text, sizeof text,
			       PARTNERS "  - {id: %s, country: MA, slot: 0}\n",
			       RESERVED[i]);
		cr_assert(eq(int, parse(text), VG_INVAL));
		cr_assert(strstr(err.text, "is reserved") != NULL, "%s",
			  err.text);
	}
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		(void)snprintf(text, sizeof text,
			       PARTNERS "  - {id: %s, country: MA, slot: 0}\n",
			       WRONG[i]);
		cr_assert(eq(int, parse(text), VG_INVAL), "%s", WRONG[i]);
		cr_assert(strstr(err.text, ":4: partners.id: ") != NULL, "%s",
			  err.text);
	}
	accepts(PARTNERS "  - {id: ABCDEFGHIJKLMN-9, country: MA, slot: 0}\n");
	cr_assert(eq(str, cfg->partners[0].topic, "alerts.abcdefghijklmn-9"));
}

Test(config, refuses_unknown_countries_and_labels)
{
	refuses(PARTNERS "  - {id: MA, country: ZZ, slot: 0}\n",
		"4: partners.country: ZZ is not a country; write its ISO "
		"3166-1 code of two capitals");
	refuses(PARTNERS "  - {id: MA, country: ma, slot: 0}\n",
		"4: partners.country: ma is not a country; write its ISO "
		"3166-1 code of two capitals");
	refuses(PARTNERS "  - {id: MA, country: MA, slot: 0, tlp: BLACK}\n",
		"4: partners.tlp: BLACK is no label; write CLEAR, GREEN, "
		"AMBER, AMBER+STRICT or RED");
	refuses(PARTNERS "  - {id: MA, country: MA, slot: 0, format: eve}\n",
		"4: partners.format: eve is no format; write auto, canonical "
		"or another of docs/formats.md");
}

#define OWN(text) PARTNERS "  - {id: MA, country: MA, slot: 0, " text "}\n"

Test(config, gives_a_partner_what_all_have_unless_it_has_its_own)
{
	accepts(OWN(
		"dedup_span: 5, future: 0s, lateness: 90s") "  - {id: US, "
							    "country: US, "
							    "slot: 1, "
							    "lateness: live}\n"
							    "ingest: "
							    "{dedup_span: 7, "
							    "future_tolerance: "
							    "2m}\n"
							    "rule: {lateness: "
							    "3h}\n");
	const struct vg_partner *p = cfg->partners;
	cr_assert(eq(i64, vg_config_dedup_span(cfg, &p[0]), 5));
	cr_assert(eq(i64, vg_config_future_ms(cfg, &p[0]), 0));
	cr_assert(eq(i64, vg_config_lateness_ms(cfg, &p[0]), 90000));
	cr_assert(eq(i64, vg_config_dedup_span(cfg, &p[1]), 7));
	cr_assert(eq(i64, vg_config_future_ms(cfg, &p[1]), 120000));
	cr_assert(eq(i64, vg_config_lateness_ms(cfg, &p[1]), 10800000));
	cr_assert(eq(i64, vg_config_lateness_max(cfg), 10800000));
}

Test(config, gives_a_partner_quotas_of_its_own_or_the_defaults)
{
	accepts(OWN("max_records_per_minute: 0, max_sensors_per_minute: 1, "
		    "max_actors_per_minute: 1000000, "
		    "max_indicators_per_minute: 3, "
		    "max_dead_records_per_hour: 4, "
		    "max_dead_bytes_per_hour: 5") "  - {id: US, country: US, "
						  "slot: 1}\n");
	const struct vg_partner_quota *q = &cfg->partners[0].quota;
	cr_assert(eq(i64, q->records, 0));
	cr_assert(eq(i64, q->sensors, 1));
	cr_assert(eq(i64, q->actors, 1000000));
	cr_assert(eq(i64, q->indicators, 3));
	cr_assert(eq(i64, q->dead_records, 4));
	cr_assert(eq(i64, q->dead_bytes, 5));
	q = &cfg->partners[1].quota;
	cr_assert(eq(i64, q->records, 60000000));
	cr_assert(eq(i64, q->sensors, 10000));
	cr_assert(eq(i64, q->actors, 1000));
	cr_assert(eq(i64, q->indicators, 60000000));
	cr_assert(eq(i64, q->dead_records, 1000000));
	cr_assert(eq(i64, q->dead_bytes, INT64_C(1) << 30));
	refuses(OWN("max_sensors_per_minute: 1000001"),
		"4: partners.max_sensors_per_minute: 1000001 is not in "
		"0..1000000; set a number of names");
	refuses(OWN("max_sensors: 1"),
		"4: partners.max_sensors: no such option; did you mean "
		"partners.sensors?");
}

Test(config, keeps_tracks_for_the_partner_that_may_be_latest)
{
	accepts(OWN("lateness: store-and-forward") "rule: {lateness: 3h}\n");
	cr_assert(eq(i64, vg_config_lateness_max(cfg), INT64_C(604800000)));
	accepts(OWN("lateness: 1h") "rule: {lateness: 3h}\n");
	cr_assert(eq(i64, vg_config_lateness_max(cfg), 10800000));
}

Test(config, takes_a_partners_limits_up_to_theirs)
{
	accepts(OWN("dedup_span: 1, future: 1d, lateness: 0s"));
	accepts(OWN("dedup_span: 16777216, future: 0s, lateness: 366d"));
	refuses(OWN("dedup_span: 0"),
		"4: partners.dedup_span: 0 is not in 1..16777216; set a number "
		"of offsets");
	refuses(OWN("dedup_span: 16777217"),
		"4: partners.dedup_span: 16777217 is not in 1..16777216; set a "
		"number of offsets");
	refuses(OWN("future: 86400001ms"),
		"4: partners.future: 86400001ms is not in 0s..1d; set a "
		"duration");
	refuses(OWN("lateness: 31622400001ms"),
		"4: partners.lateness: 31622400001ms is not in 0s..366d; set a "
		"duration");
	refuses(OWN("lateness: later"),
		"4: partners.lateness: later is not a duration; write for "
		"example 250ms, 90s, 10m, 6h or 7d");
}

Test(config, takes_slots_0_to_60)
{
	accepts(PARTNERS "  - {id: MA, country: MA, slot: 60}\n");
	cr_assert(eq(uint, cfg->partners[0].slot, 60));
	refuses(PARTNERS "  - {id: MA, country: MA, slot: 61}\n",
		"4: partners.slot: 61 is not in 0..60; set a number");
	refuses(PARTNERS "  - {id: MA, country: MA, slot: -1}\n",
		"4: partners.slot: -1 is not a whole number; set a number");
}

Test(config, refuses_two_partners_of_one_id_slot_or_topic)
{
	refuses(PARTNERS MA "  - {id: MA, country: MA, slot: 1}\n",
		"5: partners.id: MA is there twice; keep one");
	refuses(PARTNERS MA "  - {id: US, country: US, slot: 0}\n",
		"5: partners.slot: 0 is that of MA; give each partner its own");
	refuses(PARTNERS MA
		"  - {id: US, country: US, slot: 1, topic: alerts.ma}\n",
		"5: partners.topic: alerts.ma is that of MA; give each partner "
		"its own");
	accepts(PARTNERS MA "  - {id: MA-2, country: MA, slot: 1}\n");
}

Test(config, refuses_topics_that_kafka_or_the_dead_letters_have)
{
	refuses(PARTNERS "  - {id: MA, country: MA, slot: 0, topic: a/b}\n",
		"4: partners.topic: a/b is not a Kafka topic name; use "
		"letters, digits, '.', '_' and '-'");
	refuses(PARTNERS
		"  - {id: MA, country: MA, slot: 0, topic: alerts.dead.us}\n",
		"4: partners.topic: alerts.dead.us begins with "
		"kafka.dead_prefix, so rejects would be read again; change "
		"one");
	refuses(PARTNERS MA "kafka.dead_prefix: alerts.\n",
		"4: partners.topic: alerts.ma begins with kafka.dead_prefix, "
		"so rejects would be read again; change one");
}

Test(config, shows_hostile_bytes_of_the_file_and_never_obeys_them)
{
	refuses(HEAD "\"\\e[2J\\r\": 1\n",
		"8: \\x1b[2J\\x0d: no such option; `vigie help config` lists "
		"all");
	refuses(HEAD "kafka.group: \"x\\n8: all is good\"\n",
		"8: kafka.group: x\\x0a8: all is good has spaces or other than "
		"ASCII; use letters, digits and punctuation");
	/* U+202E turns the text around, U+0085 is a line's end to some. */
	refuses(HEAD "kafka.group: \"\\u202e4\\N\"\n",
		"8: kafka.group: \\xe2\\x80\\xae4\\xc2\\x85 has spaces or "
		"other than ASCII; use letters, digits and punctuation");
	refuses(PARTNERS "  - {id: \"M\\eA\", country: MA, slot: 0}\n",
		"4: partners.id: M\\x1bA is not a partner id; write 2 to 16 of "
		"A to Z, 0 to 9 and -");
}

Test(config, cuts_a_hostile_name_that_would_fill_the_message)
{
	char text[4096] = HEAD "\"";

	for (int i = 0; i < 250; i++)
		strcat(text, "\\e");
	strcat(text, "\": 1\n");
	cr_assert(eq(int, parse(text), VG_INVAL));
	cr_assert(strstr(err.text, "/etc/v.yaml:8: \\x1b\\x1b") == err.text,
		  "%s", err.text);
	cr_assert(lt(sz, strlen(err.text), sizeof err.text));
	cr_assert(strchr(err.text, '\x1b') == NULL);
}

/* `n` partners of slots 0 to n - 1. */
static enum vg_rc parse_partners(int n, const char *tail)
{
	char *text = malloc(65536);
	size_t len = (size_t)sprintf(text, PARTNERS);

	for (int i = 0; i < n; i++)
		len += (size_t)sprintf(text + len,
				       "  - {id: P%d, country: MA, slot: %d}\n",
				       i, i);
	(void)sprintf(text + len, "%s", tail);
	enum vg_rc rc = parse(text);
	free(text);
	return rc;
}

Test(config, holds_61_partners_and_not_one_more)
{
	cr_assert(eq(int, parse_partners(61, ""), VG_OK), "%s", err.text);
	cr_assert(eq(sz, cfg->n_partners, 61));
	cr_assert(eq(int, parse_partners(62, ""), VG_INVAL));
	cr_assert(eq(str, err.text,
		     "/etc/v.yaml:3: partners: 62 entries, and "
		     "at most 61; remove some"));
}

/* 40 partners and `n` pairs of them. */
static enum vg_rc parse_caveats(int n)
{
	char *text = malloc(65536);
	size_t len = (size_t)sprintf(text, "caveats:\n");

	for (int i = 0; i < 40; i++) {
		for (int j = 0; j < i && n > 0; j++, n--)
			len += (size_t)sprintf(text + len, "  - P%d+P%d\n", i,
					       j);
	}
	enum vg_rc rc = parse_partners(40, text);
	free(text);
	return rc;
}

Test(config, holds_256_audience_sets_and_not_one_more)
{
	struct vg_audiences *a = NULL;

	cr_assert(eq(int, parse_caveats(256 - 1 - 40), VG_OK), "%s", err.text);
	cr_assert(eq(int, vg_audiences_new(&a, cfg, NULL), VG_OK));
	vg_audiences_free(a);
	cr_assert(eq(int, parse_caveats(256 - 40), VG_INVAL));
	cr_assert(strstr(err.text, ":260: caveats: more than 256 audience "
				   "sets") != NULL,
		  "%s", err.text);
}

Test(config, names_caveats_of_71_bytes_and_not_72)
{
	/* P0 to P9 are 2 bytes, P10 and on 3: 10 * 3 + 10 * 4 = 70 - 1. */
	const char *base = "caveats: [P0+P1+P2+P3+P4+P5+P6+P7+P8+P9+P10+P11+"
			   "P12+P13+P14+P15+P16+P17+P18+%s]\n";
	char tail[200];

	(void)snprintf(tail, sizeof tail, base, "P19");
	cr_assert(eq(int, parse_partners(30, tail), VG_OK), "%s", err.text);
	cr_assert(eq(sz, strlen(cfg->caveats[0].name), 69));
	(void)snprintf(tail, sizeof tail, base, "P19+P20");
	cr_assert(eq(int, parse_partners(30, tail), VG_INVAL));
	cr_assert(strstr(err.text, "is longer than 71 bytes; name fewer "
				   "partners") != NULL,
		  "%s", err.text);
}

/* A file of `n` rules. */
static enum vg_rc parse_rules(int n)
{
	char *text = malloc(65536);
	size_t len = (size_t)sprintf(text, HEAD "rules:\n");

	for (int i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "  - r%d.yaml\n", i);
	enum vg_rc rc = parse(text);
	free(text);
	return rc;
}

Test(config, holds_1024_rule_files_and_not_one_more)
{
	cr_assert(eq(int, parse_rules(VG_RULES_MAX), VG_OK), "%s", err.text);
	cr_assert(eq(sz, cfg->n_rule_files, VG_RULES_MAX));
	cr_assert(eq(int, parse_rules(VG_RULES_MAX + 1), VG_INVAL));
}

Test(config, wants_a_token_file_beyond_loopback)
{
	refuses(HEAD "http:\n  threads: 2\n  address: 0.0.0.0:80\n",
		"10: http.address: 0.0.0.0:80 is not a loopback address and "
		"there is no http.token_file; set one, or listen on "
		"127.0.0.1");
	accepts(HEAD "http: {address: \"0.0.0.0:80\", token_file: t}\n");
	accepts(HEAD "http: {address: \"[::1]:0\"}\n");
	accepts(HEAD "http: {address: \"unix:/run/v.sock\"}\n");
	refuses(HEAD "http: {address: systemd}\n",
		"8: http.address: systemd is not a loopback address and "
		"there is no http.token_file; set one, or listen on "
		"127.0.0.1");
	refuses(HEAD "http: {certificate_file: c}\n",
		"8: http.certificate_file: and http.key_file go together; set "
		"both, or neither");
	refuses(HEAD "http.metrics_address: 0.0.0.0:80\n",
		"8: http.metrics_address: 0.0.0.0:80 is not a loopback address "
		"and there is no http.token_file; set one, or listen on "
		"127.0.0.1");
	refuses(HEAD "http.address: ':8080'\n",
		"8: http.address: :8080 has no host; write for example "
		"127.0.0.1:8080");
}

static char path[64];

static void write_config(const char *text)
{
	(void)snprintf(path, sizeof path, "/tmp/vg_config_XXXXXX");
	int fd = mkstemp(path);
	cr_assert(ge(int, fd, 0));
	FILE *f = fdopen(fd, "w");
	(void)fputs(text, f);
	(void)fclose(f);
}

static enum vg_rc load(const char *a, const char *b)
{
	const char *const set[] = {a, b};
	size_t n = (a != NULL) + (b != NULL);

	free_config();
	return vg_config_load(&cfg, path, set, n, &err);
}

static void remove_config(void)
{
	(void)unlink(path);
	free_config();
}

static void write_head(void)
{
	write_config(HEAD "ingest: {workers: 4}\n");
}

TestSuite(set, .init = write_head, .fini = remove_config);

Test(set, wins_over_the_file)
{
	cr_assert(eq(int, load(NULL, NULL), VG_OK));
	cr_assert(eq(i64, cfg->ingest_workers, 4));
	cr_assert(eq(int, load("ingest.workers=5", "kafka.group=a=b"), VG_OK));
	cr_assert(eq(i64, cfg->ingest_workers, 5));
	cr_assert(eq(str, cfg->kafka_group, "a=b"));
	cr_assert(eq(int, load("ingest.workers=5", "ingest.workers=6"), VG_OK));
	cr_assert(eq(i64, cfg->ingest_workers, 6));
}

Test(set, starts_relative_paths_at_the_file_too)
{
	cr_assert(eq(int, load("hash_key_file=k", NULL), VG_OK));
	cr_assert(eq(str, cfg->hash_key_file, "/tmp/k"));
}

Test(set, gives_what_the_file_lacks)
{
	remove_config();
	write_config("hash_key_file: k\npartners:\n" MA);
	cr_assert(eq(int, load(NULL, NULL), VG_INVAL));
	cr_assert(eq(int, load("kafka.brokers=[::1]:1", NULL), VG_OK));
	cr_assert(eq(str, cfg->kafka_brokers, "[::1]:1"));
}

static void set_refuses(const char *set, const char *what)
{
	cr_assert(eq(int, load(set, NULL), VG_INVAL), "%s", set);
	cr_assert(eq(str, err.text, (char *)what));
}

Test(set, names_option_and_remedy)
{
	set_refuses("ingest.workers=65", "--set ingest.workers: 65 is not in "
					 "1..64; set a number of threads");
	set_refuses("ingest.workres=6", "--set ingest.workres: no such option; "
					"did you mean ingest.workers?");
	set_refuses("zebra_crossing=6", "--set zebra_crossing: no such option; "
					"`vigie help config` lists all");
	set_refuses("ingest.workers", "--set ingest.workers: not NAME=VALUE; "
				      "write for example log.level=debug");
	set_refuses("=1", "--set =1: not NAME=VALUE; write for example "
			  "log.level=debug");
	set_refuses("partners=MA",
		    "--set partners: is in a list; set it in the file");
	set_refuses("partners.id=MA",
		    "--set partners.id: is in a list; set it in the file");
	set_refuses("http.address=0.0.0.0:1",
		    "--set http.address: 0.0.0.0:1 is not a loopback address "
		    "and there is no http.token_file; set one, or listen on "
		    "127.0.0.1");
}

Test(set, does_not_excuse_a_fault_in_the_file)
{
	remove_config();
	write_config(HEAD "ingest: {workers: 99}\n");
	cr_assert(eq(int, load("ingest.workers=5", NULL), VG_INVAL));
}

Test(config, refuses_a_file_over_its_limit)
{
	char *text = malloc(VG_CONFIG_FILE_MAX + 2);

	memset(text, '#', VG_CONFIG_FILE_MAX + 1);
	memcpy(text, HEAD, strlen(HEAD));
	text[VG_CONFIG_FILE_MAX] = '\0';
	write_config(text);
	cr_assert(eq(int, load(NULL, NULL), VG_OK), "%s", err.text);
	(void)unlink(path);
	text[VG_CONFIG_FILE_MAX] = '#';
	text[VG_CONFIG_FILE_MAX + 1] = '\0';
	write_config(text);
	cr_assert(eq(int, load(NULL, NULL), VG_INVAL));
	(void)unlink(path);
	free(text);
}

Test(config, frees_nothing_without_complaint)
{
	vg_config_free(NULL);
}

/* All of `f`, which is closed; freed by the caller. */
static char *whole(FILE *f)
{
	char *text = calloc(1, 65536);

	cr_assert(f != NULL && text != NULL);
	rewind(f);
	cr_assert(lt(sz, fread(text, 1, 65535, f), 65535));
	(void)fclose(f);
	return text;
}

/* What `print` writes; freed by the caller. */
static char *printed(void (*print)(FILE *out))
{
	FILE *f = tmpfile();

	cr_assert(f != NULL);
	print(f);
	return whole(f);
}

static char *slurp(const char *name)
{
	FILE *f = fopen(name, "rb");

	cr_assert(f != NULL, "%s", name);
	return whole(f);
}

Test(config, is_documented_as_it_is)
{
	char *want = printed(vg_config_markdown);
	char *have = slurp(VG_SOURCE_DIR "/docs/configuration.md");

	cr_assert(eq(int, strcmp(have, want), 0),
		  "docs/configuration.md is old; write it again with: "
		  "vigie help config > docs/configuration.md");
	free(want);
	free(have);
}

Test(config, reads_the_example_of_its_documentation)
{
	char *text = printed(vg_config_markdown);
	char *start = strstr(text, "```yaml\n");
	cr_assert(start != NULL);
	start += 8;
	char *end = strstr(start, "```\n");
	cr_assert(end != NULL);
	*end = '\0';

	accepts(start);
	cr_assert(eq(sz, cfg->n_partners, 5));
	cr_assert(eq(sz, cfg->n_caveats, 3));
	cr_assert(eq(sz, cfg->n_rule_files, 2));
	free(text);
}

Test(config, helps_in_lines_of_80_columns_with_every_option)
{
	static const char *const SOME[] = {
		"  partners.tlp             AMBER           TLP 2.0 label\n",
		"  kafka.brokers            required        host:port, ...\n",
		"  ingest.batch_records     10000           1..50000 records\n",
		"  redis.connect_timeout    1s              10ms..1m\n",
		"  log.level                info            debug, info, "};
	char *text = printed(vg_config_help);

	for (size_t i = 0; i < sizeof SOME / sizeof SOME[0]; i++)
		cr_assert(strstr(text, SOME[i]) != NULL, "%s", SOME[i]);
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\n");
		cr_assert(le(sz, n, 80), "%.*s", (int)n, p);
		cr_assert(n == 0 || p[n - 1] != ' ', "%.*s", (int)n, p);
		p += n + 1;
	}
	free(text);
}

/* Write `n` bytes with `mode` and read the secret back. */
static enum vg_rc secret(char *out, size_t cap, const char *text, size_t n,
			 mode_t mode)
{
	char file[] = "/tmp/vg_secret_XXXXXX";
	int fd = mkstemp(file);

	cr_assert(ge(int, fd, 0));
	cr_assert(eq(int, (int)write(fd, text, n), (int)n));
	cr_assert(eq(int, fchmod(fd, mode), 0));
	(void)close(fd);
	memset(&err, 0, sizeof err);
	enum vg_rc rc = vg_secret_read(out, cap, file, &err);
	(void)unlink(file);
	return rc;
}

Test(secret, is_the_first_line)
{
	char out[8];

	cr_assert(eq(int, secret(out, 8, "hush", 4, 0600), VG_OK));
	cr_assert(eq(str, out, "hush"));
	cr_assert(eq(int, secret(out, 8, "a b\nc", 5, 0640), VG_OK));
	cr_assert(eq(str, out, "a b"));
	cr_assert(eq(int, secret(out, 8, "dos\r\n", 5, 0400), VG_OK));
	cr_assert(eq(str, out, "dos"));
}

Test(secret, fits_its_room_and_is_never_cut)
{
	char out[8] = "before";

	cr_assert(eq(int, secret(out, 8, "12345678", 8, 0600), VG_INVAL));
	cr_assert(eq(int, secret(out, 8, "123456789\n", 10, 0600), VG_INVAL));
	cr_assert(
		eq(int, secret(out, 8, "12345678901234", 14, 0600), VG_INVAL));
	cr_assert(eq(str, out, "before"));
	cr_assert(eq(int, secret(out, 8, "1234567\r\n", 9, 0600), VG_OK));
	cr_assert(eq(str, out, "1234567"));
}

Test(secret, is_refused_when_others_can_reach_it)
{
	char out[8] = "before";

	cr_assert(eq(int, secret(out, 8, "hush", 4, 0604), VG_INVAL));
	cr_assert(strstr(err.text, "chmod o= it") != NULL, "%s", err.text);
	cr_assert(eq(int, secret(out, 8, "hush", 4, 0602), VG_INVAL));
	cr_assert(eq(str, out, "before"));
}

Test(secret, is_refused_when_empty_or_absent)
{
	char out[8] = "before";

	cr_assert(eq(int, secret(out, 8, "", 0, 0600), VG_INVAL));
	cr_assert(eq(int, secret(out, 8, "\nx", 2, 0600), VG_INVAL));
	cr_assert(eq(int, secret(out, 8, "\r\n", 2, 0600), VG_INVAL));
	cr_assert(eq(int, secret(out, 8, "a\0b", 3, 0600), VG_INVAL));
	cr_assert(
		eq(int, vg_secret_read(out, 8, "/nowhere/x", &err), VG_INVAL));
	cr_assert(eq(str, err.text,
		     "/nowhere/x: No such file or directory; "
		     "name a readable file"));
	cr_assert(eq(int, vg_secret_read(out, 8, "/tmp", &err), VG_INVAL));
	cr_assert(eq(str, out, "before"));
}

Test(secret, does_not_wait_for_a_pipe)
{
	char dir[] = "/tmp/vg_pipe_XXXXXX", fifo[64], out[8];

	cr_assert(mkdtemp(dir) != NULL);
	(void)snprintf(fifo, sizeof fifo, "%s/p", dir);
	cr_assert(eq(int, mkfifo(fifo, 0600), 0));
	cr_assert(eq(int, vg_secret_read(out, 8, fifo, &err), VG_INVAL));
	(void)unlink(fifo);
	(void)rmdir(dir);
}
