/* What the Kafka library at hand cannot do is said before anything starts. */
#include "ingest/feature.h"
#include "ingest/kafka.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static struct vg_config secured(const char *mechanism)
{
	return (struct vg_config){.kafka_brokers = "127.0.0.1:9",
				  .kafka_security = "sasl_ssl",
				  .kafka_mechanism = (char *)mechanism,
				  .kafka_oidc_url = "https://id.example/token",
				  .kafka_oidc_client = "vigie"};
}

/* Of the library itself, without ours in between. */
static bool has_oidc(void)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[256];
	bool has = rd_kafka_conf_set(conf, "sasl.oauthbearer.method", "oidc",
				     text, sizeof text) == RD_KAFKA_CONF_OK;

	rd_kafka_conf_destroy(conf);
	return has;
}

Test(feature, passwords_and_certificates_need_none)
{
	struct vg_config cfg = secured("SCRAM-SHA-512");

	cr_assert(eq(int, vg_feature_check(&cfg, NULL), VG_OK));
	cfg.kafka_security = "ssl";
	cfg.kafka_mechanism = "OAUTHBEARER"; /* of no use without SASL */
	cr_assert(eq(int, vg_feature_check(&cfg, NULL), VG_OK));
}

Test(feature, tokens_are_refused_where_the_library_cannot_fetch_them)
{
	struct vg_config cfg = secured("OAUTHBEARER");
	struct vg_err err = {.text = ""};

	if (has_oidc()) {
		cr_assert(eq(int, vg_feature_check(&cfg, &err), VG_OK));
		return;
	}
	cr_assert(eq(int, vg_feature_check(&cfg, &err), VG_INVAL));
	cr_assert(strstr(err.text, "OAUTHBEARER needs a librdkafka") != NULL &&
			  strstr(err.text, "another librdkafka") != NULL,
		  "%s", err.text);
}

/* Every client of ours says so itself, in the same words. */
Test(feature, a_client_that_would_fetch_tokens_is_refused_in_these_words)
{
	struct vg_config cfg = secured("OAUTHBEARER");
	const struct vg_kafka_spec spec = {.kind = RD_KAFKA_PRODUCER};
	struct vg_err err = {.text = ""};
	rd_kafka_t *rk = NULL;

	if (has_oidc())
		return;
	cr_assert(eq(int, vg_kafka_new(&rk, &cfg, &spec, &err), VG_INVAL));
	cr_assert(rk == NULL);
	cr_assert(strstr(err.text, "OAUTHBEARER needs a librdkafka") != NULL,
		  "%s", err.text);
}
