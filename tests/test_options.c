#include "core/option_fault.h"
#include "core/options.h"
#include "core/timefmt.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct vg_config cfg;
static struct vg_err err;

static enum vg_rc set(const char *name, const char *text)
{
	size_t i = 0;
	const struct vg_option *o = vg_option_find(name, &i);

	cr_assert(o != NULL, "%s", name);
	memset(&err, 0, sizeof err);
	return vg_option_set(&cfg, o, "/etc/", text, &err);
}

static void free_texts(void)
{
	free(cfg.http_address);
	free(cfg.http_token_file);
	free(cfg.kafka_instance);
	free(cfg.kafka_dead_prefix);
	free(cfg.kafka_brokers);
}

TestSuite(options, .fini = free_texts);

static void accepts(const char *name, const char *text)
{
	cr_assert(eq(int, set(name, text), VG_OK), "%s=%s: %s", name, text,
		  err.text);
}

static void refuses(const char *name, const char *text)
{
	cr_assert(eq(int, set(name, text), VG_INVAL), "%s=%s", name, text);
	cr_assert(strstr(err.text, "; ") != NULL, "no remedy: %s", err.text);
}

static void print_value(const struct vg_option *o, int64_t v, char *out)
{
	if (o->type == VG_OPT_DURATION)
		(void)snprintf(out, 32, "%lldms", (long long)v);
	else
		(void)snprintf(out, 32, "%lld", (long long)v);
}

Test(options, take_their_limits_and_nothing_past_them)
{
	const struct vg_option *o;
	char text[32];
	int64_t v;

	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		if (o->type != VG_OPT_NUMBER && o->type != VG_OPT_DURATION)
			continue;
		print_value(o, o->min, text);
		v = -1;
		cr_assert(eq(int, vg_option_int(o, text, &v, NULL), VG_OK),
			  "%s", o->name);
		cr_assert(eq(i64, v, o->min));
		print_value(o, o->max, text);
		cr_assert(eq(int, vg_option_int(o, text, &v, NULL), VG_OK),
			  "%s", o->name);
		cr_assert(eq(i64, v, o->max));

		print_value(o, o->max + 1, text);
		cr_assert(eq(int, vg_option_int(o, text, &v, &err), VG_INVAL),
			  "%s", o->name);
		if (o->min > 0) {
			print_value(o, o->min - 1, text);
			cr_assert(eq(int, vg_option_int(o, text, &v, &err),
				     VG_INVAL),
				  "%s", o->name);
		}
		cr_assert(eq(i64, v, o->max), "changed by a refused value");
	}
}

Test(options, take_texts_of_their_length_and_none_longer)
{
	const struct vg_option *o;

	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		if ((o->type != VG_OPT_TEXT && o->type != VG_OPT_PATH) ||
		    o->fault == vg_fault_brokers || o->fault == vg_fault_http ||
		    o->fault == vg_fault_http_or_none ||
		    o->fault == vg_fault_redis || o->fault == vg_fault_level ||
		    o->fault == vg_fault_security ||
		    o->fault == vg_fault_mechanism ||
		    o->fault == vg_fault_link ||
		    o->fault == vg_fault_log_format)
			continue;
		char *text = calloc(1, (size_t)o->max + 2);
		memset(text, 'x', (size_t)o->max);
		cr_assert(eq(int, vg_option_judge(o, text, &err), VG_OK), "%s",
			  o->name);
		text[o->max] = 'x';
		cr_assert(eq(int, vg_option_judge(o, text, &err), VG_INVAL),
			  "%s", o->name);
		free(text);
		cr_assert(eq(int, vg_option_judge(o, "", &err),
			     o->min > 0 ? VG_INVAL : VG_OK),
			  "%s", o->name);
	}
}

Test(options, have_unique_names_help_and_a_place)
{
	const struct vg_option *o;

	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		size_t found = 0;
		cr_assert(vg_option_find(o->name, &found) == o);
		cr_assert(eq(sz, found, i));
		cr_assert(gt(sz, strlen(o->help), 10));
		for (size_t k = 0; k < i; k++) {
			const struct vg_option *other = vg_option_at(k);
			if (vg_option_is_scalar(o))
				cr_assert(ne(sz, o->offset, other->offset),
					  "%s and %s", o->name, other->name);
		}
	}
	cr_assert(vg_option_find("ingest", &(size_t){0}) == NULL);
	cr_assert(vg_option_find("", &(size_t){0}) == NULL);
}

Test(options, say_what_a_number_should_be)
{
	refuses("ingest.batch_records", "0");
	cr_assert(eq(str, err.text,
		     "0 is not in 1..50000; set a number of records"));
	refuses("ingest.batch_records", "many");
	cr_assert(eq(str, err.text,
		     "many is not a whole number; set a number "
		     "of records"));
	refuses("ingest.batch_records", "");
	cr_assert(eq(str, err.text,
		     "nothing is not a whole number; set a "
		     "number of records"));
	refuses("redis.connect_timeout", "2m");
	cr_assert(eq(str, err.text, "2m is not in 10ms..1m; set a duration"));
	refuses("redis.connect_timeout", "soon");
	cr_assert(eq(str, err.text,
		     "soon is not a duration; write for example "
		     "250ms, 90s, 10m, 6h or 7d"));
}

Test(options, read_only_plain_decimal_numbers)
{
	static const char *const WRONG[] = {"-1",
					    "+1",
					    "1.0",
					    "1e3",
					    "0x10",
					    " 1",
					    "1 ",
					    "1_000",
					    "1k",
					    "9223372036854775808",
					    "99999999999999999999999"};

	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
		refuses("ingest.workers", WRONG[i]);
	accepts("ingest.workers", "007");
	cr_assert(eq(i64, cfg.ingest_workers, 7));
}

Test(options, keep_their_value_when_a_new_one_is_refused)
{
	accepts("ingest.workers", "3");
	refuses("ingest.workers", "65");
	cr_assert(eq(i64, cfg.ingest_workers, 3));
	accepts("http.address", "127.0.0.1:1");
	refuses("http.address", ":1");
	cr_assert(eq(str, cfg.http_address, "127.0.0.1:1"));
	accepts("http.address", "[::1]:2");
	cr_assert(eq(str, cfg.http_address, "[::1]:2"));
}

Test(options, take_a_unix_socket_and_systemds_for_http)
{
	char path[128] = "unix:/";

	accepts("http.address", "systemd");
	accepts("http.metrics_address", "127.0.0.1:1");
	accepts("http.metrics_address", "");
	refuses("http.metrics_address", ":1");
	accepts("http.address", "unix:/run/vigie/http.sock");
	refuses("http.address", "unix:");
	refuses("http.address", "unix:http.sock");
	refuses("http.address", "systemd:3");
	memset(path + 6, 'a', 106); /* 107 bytes with the slash */
	path[112] = '\0';
	accepts("http.address", path);
	path[112] = 'a';
	path[113] = '\0';
	refuses("http.address", path);
}

Test(options, start_relative_paths_at_the_files_folder)
{
	accepts("http.token_file", "tokens");
	cr_assert(eq(str, cfg.http_token_file, "/etc/tokens"));
	accepts("http.token_file", "/run/tokens");
	cr_assert(eq(str, cfg.http_token_file, "/run/tokens"));
	accepts("http.token_file", "");
	cr_assert(eq(str, cfg.http_token_file, ""));
	char *joined = vg_path_join("a", "b");
	cr_assert(eq(str, joined, "a/b"));
	free(joined);
}

Test(options, take_numeric_addresses_with_a_port)
{
	static const char *const RIGHT[] = {"127.0.0.1:8080", "0.0.0.0:0",
					    "[::1]:8080", "[::]:65535"};
	static const char *const WRONG[] = {
		":8080",	   "8080",	   "127.0.0.1",
		"127.0.0.1:",	   "localhost:80", "127.0.0.1:65536",
		"::1:80",	   "[::1]",	   "[::1:80",
		"[]:80",	   "127.0.0.1:-1", "127.0.0.1:1x",
		"[127.0.0.1]:1",   "300.0.0.1:1",  "[::1] :1",
		"127.0.0.1:000001"};

	for (size_t i = 0; i < sizeof RIGHT / sizeof RIGHT[0]; i++)
		accepts("http.address", RIGHT[i]);
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
		refuses("http.address", WRONG[i]);
	refuses("http.address", ":80");
	cr_assert(strstr(err.text, "has no host") != NULL);
}

Test(options, know_loopback_addresses)
{
	cr_assert(vg_http_is_loopback("127.0.0.1:1"));
	cr_assert(vg_http_is_loopback("127.255.0.9:1"));
	cr_assert(vg_http_is_loopback("[::1]:1"));
	cr_assert(not(vg_http_is_loopback("128.0.0.1:1")));
	cr_assert(not(vg_http_is_loopback("0.0.0.0:1")));
	cr_assert(not(vg_http_is_loopback("[::]:1")));
	cr_assert(not(vg_http_is_loopback("[::ffff:10.0.0.1]:1")));
	cr_assert(not(vg_http_is_loopback("nonsense")));
}

Test(options, take_brokers_and_redis_by_name_and_port)
{
	accepts("kafka.brokers", "k1:9092,k2.example:9093,[::1]:9094");
	static const char *const WRONG[] = {"k1",	  "k1:",   "k1:0",
					    ":9092",	  "k1:1,", ",k1:1",
					    "k1:1, k2:1", "::1:1", "k1:65536"};
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
		refuses("kafka.brokers", WRONG[i]);

	cr_assert(vg_fault_redis("redis-1:6379") == NULL);
	cr_assert(vg_fault_redis("[::1]:6379") == NULL);
	cr_assert(vg_fault_redis("unix:/run/redis.sock") == NULL);
	cr_assert(vg_fault_redis("unix:redis.sock") != NULL);
	cr_assert(vg_fault_redis("redis-1") != NULL);
	cr_assert(vg_fault_redis("/run/redis.sock") != NULL);
}

Test(options, take_topic_names_as_kafka_has_them)
{
	accepts("kafka.dead_prefix", "Az09._-");
	refuses("kafka.dead_prefix", "a b");
	refuses("kafka.dead_prefix", "a/b");
	refuses("kafka.dead_prefix", "\xc3\xa9");
	refuses("kafka.dead_prefix", ".");
	refuses("kafka.dead_prefix", "..");
	refuses("kafka.instance_id", "a b");
	refuses("kafka.instance_id", "a\tb");
	accepts("kafka.instance_id", "host-1/a");
}

Test(options, know_the_levels_of_the_log)
{
	cr_assert(vg_fault_security("sasl_ssl") == NULL);
	cr_assert(vg_fault_security("SASL_SSL") != NULL);
	cr_assert(vg_fault_security("sasl") != NULL);
	cr_assert(vg_fault_mechanism("OAUTHBEARER") == NULL);
	cr_assert(vg_fault_mechanism("GSSAPI") != NULL);
	cr_assert(vg_fault_level("debug") == NULL);
	cr_assert(vg_fault_level("error") == NULL);
	cr_assert(vg_fault_level("INFO") != NULL);
	cr_assert(vg_fault_level("") != NULL);
}

static void suggests(const char *name, const char *want)
{
	char near[64];
	const char *got = vg_option_nearest(name, near, sizeof near);

	cr_assert(got != NULL, "%s", name);
	cr_assert(eq(str, near, (char *)want), "%s", name);
}

Test(options, suggest_the_nearest_name)
{
	suggests("ingest.batch_recrods", "ingest.batch_records");
	suggests("ingest.worker", "ingest.workers");
	suggests("kafak", "kafka");
	suggests("partner", "partners");
	suggests("caveat", "caveats");
	suggests("batch_records", "ingest.batch_records");
	suggests("partners.contry", "partners.country");
}

Test(options, suggest_nothing_for_another_word)
{
	char near[64] = "untouched", far[200];

	cr_assert(vg_option_nearest("zebra.crossing", near, 64) == NULL);
	cr_assert(vg_option_nearest("", near, 64) == NULL);
	memset(far, 'x', sizeof far - 1);
	far[sizeof far - 1] = '\0';
	cr_assert(vg_option_nearest(far, near, 64) == NULL);
	cr_assert(eq(str, near, "untouched"));
}

Test(options, know_their_sections)
{
	cr_assert(vg_option_is_section("kafka"));
	cr_assert(vg_option_is_section("http"));
	cr_assert(not(vg_option_is_section("partners")));
	cr_assert(not(vg_option_is_section("kaf")));
	cr_assert(not(vg_option_is_section("kafka.brokers")));
	cr_assert(not(vg_option_is_section("")));
}

Test(options, a_link_is_of_the_web_and_ends_nothing_that_it_stands_in)
{
	static const char *const good[] = {"", "https://grafana.example",
					   "http://127.0.0.1:3000/base/"};
	static const char *const bad[] = {
		"javascript:alert(1)", "//x",	       "x",
		"https://a b",	       "https://a\"b", "https://a?b",
		"https://a\n"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		cr_assert(vg_fault_link(good[i]) == NULL, "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert(vg_fault_link(bad[i]) != NULL, "%s", bad[i]);
}

Test(options, take_the_three_forms_of_the_log)
{
	accepts("log.format", "text");
	accepts("log.format", "json");
	accepts("log.format", "journal");
	refuses("log.format", "xml");
	refuses("log.format", "");
}
