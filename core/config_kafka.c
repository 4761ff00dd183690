/* config_kafka - what must hold between the options under `kafka:`. */
#include "core/config_read.h"
#include "core/option_fault.h"

static bool is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static bool uses_tls(const struct vg_config *c)
{
	return strcmp(c->kafka_security, "ssl") == 0 ||
	       strcmp(c->kafka_security, "sasl_ssl") == 0;
}

static bool uses_sasl(const struct vg_config *c)
{
	return strncmp(c->kafka_security, "sasl", 4) == 0;
}

static enum vg_rc check_clear(const struct vg_config_read *r)
{
	const struct vg_config *c = r->cfg;

	if (uses_tls(c) || c->kafka_insecure ||
	    vg_brokers_are_loopback(c->kafka_brokers))
		return VG_OK;
	return vg_config_fail_option(
		r, "kafka.brokers",
		"not all of %.64s are on loopback, and kafka.security is %s; "
		"set it to sasl_ssl or ssl, or write kafka.insecure: true",
		c->kafka_brokers, c->kafka_security);
}

/* An option that is set and would not be used is a mistake somewhere. */
static enum vg_rc check_unused(const struct vg_config_read *r)
{
	const struct vg_config *c = r->cfg;
	const struct {
		const char *name, *value, *needs;
		bool used;
	} ROWS[] = {
		{"kafka.ca_file", c->kafka_ca_file, "ssl or sasl_ssl",
		 uses_tls(c)},
		{"kafka.certificate_file", c->kafka_certificate_file,
		 "ssl or sasl_ssl", uses_tls(c)},
		{"kafka.key_file", c->kafka_key_file, "ssl or sasl_ssl",
		 uses_tls(c)},
		{"kafka.user", c->kafka_user, "sasl_ssl", uses_sasl(c)},
		{"kafka.password_file", c->kafka_password_file, "sasl_ssl",
		 uses_sasl(c)},
		{"kafka.oidc_url", c->kafka_oidc_url, "sasl_ssl", uses_sasl(c)},
	};

	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
		if (is_set(ROWS[i].value) && !ROWS[i].used)
			return vg_config_fail_option(
				r, ROWS[i].name,
				"is of no use while kafka.security is %s; set "
				"that to %s, or remove this",
				c->kafka_security, ROWS[i].needs);
	return VG_OK;
}

static enum vg_rc check_pair(const struct vg_config_read *r)
{
	const struct vg_config *c = r->cfg;
	bool certificate = is_set(c->kafka_certificate_file);

	if (certificate != is_set(c->kafka_key_file))
		return vg_config_fail_option(
			r,
			certificate ? "kafka.certificate_file"
				    : "kafka.key_file",
			"stands alone; set kafka.%s too",
			certificate ? "key_file" : "certificate_file");
	if (is_set(c->kafka_key_password_file) && !certificate)
		return vg_config_fail_option(r, "kafka.key_password_file",
					     "there is no kafka.key_file that "
					     "it could open; set it");
	return VG_OK;
}

static enum vg_rc check_login(const struct vg_config_read *r)
{
	const struct vg_config *c = r->cfg;
	bool token = strcmp(c->kafka_mechanism, "OAUTHBEARER") == 0;
	const struct {
		const char *name, *value;
		bool wanted;
	} ROWS[] = {
		{"kafka.user", c->kafka_user, !token},
		{"kafka.password_file", c->kafka_password_file, !token},
		{"kafka.oidc_url", c->kafka_oidc_url, token},
		{"kafka.oidc_client", c->kafka_oidc_client, token},
		{"kafka.oidc_secret_file", c->kafka_oidc_secret_file, token},
	};

	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0] && uses_sasl(c);
	     i++)
		if (ROWS[i].wanted && !is_set(ROWS[i].value))
			return vg_config_fail_option(
				r, ROWS[i].name,
				"is missing, and %s over %s needs it; set it",
				c->kafka_mechanism, c->kafka_security);
	return VG_OK;
}

enum vg_rc vg_config_kafka(const struct vg_config_read *r)
{
	enum vg_rc rc = VG_OK;

	if (!is_set(r->cfg->kafka_brokers))
		return vg_config_fail_option(r, "kafka.brokers",
					     "is missing; set it (host:port, "
					     "...)");
	rc = check_clear(r);
	if (rc == VG_OK)
		rc = check_unused(r);
	if (rc == VG_OK)
		rc = check_pair(r);
	return rc == VG_OK ? check_login(r) : rc;
}
