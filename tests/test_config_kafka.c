#include "core/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct vg_config *cfg;
static struct vg_err err;

static void free_config(void)
{
	vg_config_free(cfg);
	cfg = NULL;
}

TestSuite(config_kafka, .fini = free_config);

/* A configuration whose section `kafka` is `options`. */
static enum vg_rc parse(const char *options)
{
	char text[2048];

	free_config();
	memset(&err, 0, sizeof err);
	(void)snprintf(text, sizeof text,
		       "kafka: {%s}\nhash_key_file: k\npartners:\n"
		       "  - {id: MA, country: MA, slot: 0}\n",
		       options);
	return vg_config_parse(&cfg, "v.yaml", text, strlen(text), &err);
}

static void accepts(const char *options)
{
	cr_assert(eq(int, parse(options), VG_OK), "%s: %s", options, err.text);
}

static void refuses(const char *options, const char *why)
{
	cr_assert(eq(int, parse(options), VG_INVAL), "%s", options);
	cr_assert(strstr(err.text, why) != NULL, "%s: %s", options, err.text);
	cr_assert(strstr(err.text, "; ") != NULL, "no remedy: %s", err.text);
	cr_assert(cfg == NULL);
}

#define NEAR "brokers: \"127.0.0.1:9\""
#define FAR  "brokers: \"kafka.example:9\""

Test(config_kafka, speaks_in_clear_with_loopback_alone)
{
	static const char *const LOOPBACK[] = {
		"127.0.0.1:1", "127.255.255.254:65535", "localhost:9092",
		"[::1]:9092", "127.0.0.1:1,localhost:2,[::1]:3"};
	static const char *const BEYOND[] = {
		"10.0.0.1:9092",       "kafka:9092",  "localhost.example:9",
		"127.0.0.1.example:9", "[::2]:9",     "0.0.0.0:9",
		"127.0.0.1:1,kafka:2", "128.0.0.1:9", "xlocalhost:9",
		"[::ffff:10.0.0.1]:9"};
	char text[256];

	for (size_t i = 0; i < sizeof LOOPBACK / sizeof LOOPBACK[0]; i++) {
		(void)snprintf(text, sizeof text, "brokers: \"%s\"",
			       LOOPBACK[i]);
		accepts(text);
	}
	for (size_t i = 0; i < sizeof BEYOND / sizeof BEYOND[0]; i++) {
		(void)snprintf(text, sizeof text, "brokers: \"%s\"", BEYOND[i]);
		refuses(text, "v.yaml:1: kafka.brokers: not all of ");
		cr_assert(strstr(err.text, "kafka.insecure: true") != NULL);
	}
}

Test(config_kafka, goes_beyond_loopback_with_tls_or_by_order)
{
	accepts(FAR ", security: ssl");
	accepts(FAR ", security: sasl_ssl, user: u, password_file: p");
	accepts(FAR ", insecure: true");
	accepts(FAR ", security: sasl_plaintext, user: u, password_file: p, "
		    "insecure: true");
	refuses(FAR ", insecure: false", "kafka.brokers: not all of");
	refuses(FAR ", security: sasl_plaintext, user: u, password_file: p",
		"kafka.security is sasl_plaintext");
	refuses(FAR ", insecure: yes", "kafka.insecure: yes is neither");
	refuses(FAR ", insecure: 1", "kafka.insecure: 1 is neither");
	refuses(FAR ", insecure: \"\"", "kafka.insecure: nothing is neither");
}

Test(config_kafka, wants_a_user_and_a_password_for_scram)
{
	refuses(NEAR ", security: sasl_ssl", "kafka.user: is missing");
	refuses(NEAR ", security: sasl_ssl, user: u",
		"kafka.password_file: is missing");
	refuses(NEAR ", security: sasl_ssl, mechanism: PLAIN, user: u",
		"kafka.password_file: is missing, and PLAIN over sasl_ssl");
	refuses(NEAR ", security: sasl_ssl, mechanism: GSSAPI",
		"kafka.mechanism: GSSAPI is no mechanism");
	accepts(NEAR ", security: sasl_ssl, mechanism: SCRAM-SHA-256, user: u, "
		     "password_file: secret/p");
	cr_assert(eq(str, cfg->kafka_password_file, "secret/p"));
	cr_assert(eq(str, cfg->kafka_user, "u"));
}

Test(config_kafka, wants_an_endpoint_a_client_and_its_secret_for_tokens)
{
	const char *const token =
		NEAR ", security: sasl_ssl, mechanism: OAUTHBEARER";
	char text[512];

	refuses(token, "kafka.oidc_url: is missing");
	(void)snprintf(text, sizeof text, "%s, oidc_url: \"https://id/t\"",
		       token);
	refuses(text, "kafka.oidc_client: is missing");
	(void)snprintf(text, sizeof text,
		       "%s, oidc_url: \"https://id/t\", oidc_client: c", token);
	refuses(text, "kafka.oidc_secret_file: is missing");
	(void)snprintf(text, sizeof text,
		       "%s, oidc_url: \"https://id/t\", oidc_client: c, "
		       "oidc_secret_file: s, oidc_scope: x",
		       token);
	accepts(text);
}

Test(config_kafka, refuses_what_would_not_be_used)
{
	refuses(NEAR ", ca_file: ca", "kafka.ca_file: is of no use");
	refuses(NEAR ", user: u", "kafka.user: is of no use");
	refuses(NEAR ", security: ssl, password_file: p",
		"kafka.password_file: is of no use");
	refuses(NEAR ", security: ssl, certificate_file: c",
		"kafka.certificate_file: stands alone; set kafka.key_file");
	refuses(NEAR ", security: ssl, key_file: c",
		"kafka.key_file: stands alone; set kafka.certificate_file");
	refuses(NEAR ", security: ssl, key_password_file: c",
		"kafka.key_password_file: there is no");
	accepts(NEAR ", security: ssl, ca_file: a, certificate_file: c, "
		     "key_file: k, key_password_file: p");
}

Test(config_kafka, is_all_that_a_partners_tool_reads)
{
	static const char *const SET[] = {
		"kafka.brokers=far:1", "kafka.security=sasl_ssl",
		"kafka.user=ma", "kafka.password_file=p"};

	cr_assert(
		eq(int, vg_config_load_kafka(&cfg, NULL, SET, 4, &err), VG_OK),
		"%s", err.text);
	cr_assert(eq(str, cfg->kafka_password_file, "p"));
	cr_assert(eq(str, cfg->kafka_mechanism, "SCRAM-SHA-512"));
	free_config();
	cr_assert(eq(int, vg_config_load_kafka(&cfg, NULL, SET, 1, &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, "--set kafka.brokers: not all of far:1") ==
			  err.text,
		  "%s", err.text);
	cr_assert(eq(int, vg_config_load_kafka(&cfg, NULL, SET + 1, 3, &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, "kafka.brokers: is missing") != NULL, "%s",
		  err.text);
}

Test(config_kafka, of_a_partners_tool_starts_paths_at_its_file)
{
	char path[] = "/tmp/vg-partner-XXXXXX";
	FILE *out = fdopen(mkstemp(path), "w");

	fputs("kafka:\n  brokers: k:1\n  security: ssl\n  ca_file: ca.crt\n",
	      out);
	fclose(out);
	enum vg_rc rc = vg_config_load_kafka(&cfg, path, NULL, 0, &err);
	unlink(path);
	cr_assert(eq(int, rc, VG_OK), "%s", err.text);
	cr_assert(eq(str, cfg->kafka_ca_file, "/tmp/ca.crt"));
	cr_assert(eq(sz, cfg->n_partners, 0));
}

Test(config_kafka, key_must_be_for_our_eyes)
{
	char path[] = "/tmp/vg-key-XXXXXX";
	int fd = mkstemp(path);

	cr_assert(eq(int, fchmod(fd, 0600), 0));
	cr_assert(eq(int, vg_secret_check(path, &err), VG_OK));
	cr_assert(eq(int, fchmod(fd, 0604), 0));
	cr_assert(eq(int, vg_secret_check(path, &err), VG_INVAL));
	cr_assert(strstr(err.text, "chmod o= it") != NULL);
	close(fd);
	unlink(path);
	cr_assert(eq(int, vg_secret_check(path, &err), VG_INVAL));
	cr_assert(eq(int, vg_secret_check("/tmp", &err), VG_INVAL));
}
