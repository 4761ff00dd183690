#include "ingest/kafka.h"

#include "ingest/feature.h"
#include "ingest/signature.h"

#include <string.h>

enum { TEXT = 256 };

static bool is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static bool uses_tls(const struct vg_config *c)
{
	return is_set(c->kafka_security) &&
	       strstr(c->kafka_security, "ssl") != NULL;
}

static bool uses_sasl(const struct vg_config *c)
{
	return is_set(c->kafka_security) &&
	       strncmp(c->kafka_security, "sasl", 4) == 0;
}

bool vg_kafka_uses_token(const struct vg_config *c)
{
	return uses_sasl(c) && strcmp(c->kafka_mechanism, "OAUTHBEARER") == 0;
}

static bool uses_password(const struct vg_config *c)
{
	return uses_sasl(c) && !vg_kafka_uses_token(c);
}

static enum vg_rc apply(rd_kafka_conf_t *conf,
			const struct vg_kafka_option *option, size_t n,
			struct vg_err *err)
{
	char text[TEXT];

	for (size_t i = 0; i < n; i++) {
		if (!is_set(option[i].value))
			continue;
		if (rd_kafka_conf_set(conf, option[i].name, option[i].value,
				      text, sizeof text) != RD_KAFKA_CONF_OK)
			return vg_err_set(err, VG_INVAL, "kafka: %s", text);
	}
	return VG_OK;
}

/* Set `name` to the secret in `path`, when there is one. */
static enum vg_rc apply_secret(rd_kafka_conf_t *conf, const char *name,
			       const char *path, struct vg_err *err)
{
	char secret[VG_KAFKA_PASSWORD_MAX];
	const struct vg_kafka_option option = {name, secret};

	if (!is_set(path))
		return VG_OK;
	enum vg_rc rc = vg_secret_read(secret, sizeof secret, path, err);
	if (rc == VG_OK)
		rc = apply(conf, &option, 1, err);
	vg_secret_wipe(secret, sizeof secret);
	return rc;
}

static enum vg_rc apply_tls(rd_kafka_conf_t *conf, const struct vg_config *c,
			    struct vg_err *err)
{
	const struct vg_kafka_option option[] = {
		{"ssl.ca.location", c->kafka_ca_file},
		{"ssl.certificate.location", c->kafka_certificate_file},
		{"ssl.key.location", c->kafka_key_file},
		/* Defaults today; a later library must not change them. */
		{"enable.ssl.certificate.verification", "true"},
		{"ssl.endpoint.identification.algorithm", "https"}};
	enum vg_rc rc = VG_OK;

	if (is_set(c->kafka_key_file))
		rc = vg_secret_check(c->kafka_key_file, err);
	if (rc == VG_OK)
		rc = apply_secret(conf, "ssl.key.password",
				  c->kafka_key_password_file, err);
	return rc == VG_OK ? apply(conf, option,
				   sizeof option / sizeof option[0], err)
			   : rc;
}

static enum vg_rc apply_token(rd_kafka_conf_t *conf, const struct vg_config *c,
			      struct vg_err *err)
{
	const struct vg_kafka_option option[] = {
		{"sasl.oauthbearer.method", "oidc"},
		{"sasl.oauthbearer.token.endpoint.url", c->kafka_oidc_url},
		{"sasl.oauthbearer.client.id", c->kafka_oidc_client},
		{"sasl.oauthbearer.scope", c->kafka_oidc_scope},
		{"sasl.oauthbearer.extensions", c->kafka_oidc_extensions}};

	/* Tokens are fetched on a thread of the library's own: not every
	 * client of ours is polled while it is idle. */
	rd_kafka_conf_enable_sasl_queue(conf, 1);
	enum vg_rc rc =
		apply(conf, option, sizeof option / sizeof option[0], err);
	return rc == VG_OK
		       ? apply_secret(conf, "sasl.oauthbearer.client.secret",
				      c->kafka_oidc_secret_file, err)
		       : rc;
}

static enum vg_rc apply_security(rd_kafka_conf_t *conf,
				 const struct vg_config *c, struct vg_err *err)
{
	const struct vg_kafka_option common[] = {
		{"bootstrap.servers", c->kafka_brokers},
		{"security.protocol", c->kafka_security}};
	const struct vg_kafka_option login[] = {
		{"sasl.mechanism", c->kafka_mechanism},
		{"sasl.username", c->kafka_user}};
	enum vg_rc rc = apply(conf, common, 2, err);

	if (rc == VG_OK && uses_tls(c))
		rc = apply_tls(conf, c, err);
	if (rc == VG_OK && uses_sasl(c))
		rc = apply(conf, login, 2, err);
	if (rc == VG_OK && vg_kafka_uses_token(c))
		rc = apply_token(conf, c, err);
	if (rc == VG_OK && uses_password(c))
		rc = apply_secret(conf, "sasl.password", c->kafka_password_file,
				  err);
	return rc;
}

static enum vg_rc start(rd_kafka_t **out, rd_kafka_type_t kind,
			rd_kafka_conf_t **conf, const struct vg_config *cfg,
			struct vg_err *err)
{
	char text[TEXT] = "";
	rd_kafka_t *rk = rd_kafka_new(kind, *conf, text, sizeof text);

	/* What it refuses here is what the configuration names: a certificate
	 * that cannot be read, a library without a feature. */
	if (rk == NULL)
		return vg_err_set(err, VG_INVAL, "kafka: %s", text);
	*conf = NULL; /* now the client's */
	if (vg_kafka_uses_token(cfg))
		rd_kafka_error_destroy(
			rd_kafka_sasl_background_callbacks_enable(rk));
	*out = rk;
	return VG_OK;
}

enum vg_rc vg_kafka_new(rd_kafka_t **out, const struct vg_config *cfg,
			const struct vg_kafka_spec *spec, struct vg_err *err)
{
	rd_kafka_conf_t *conf = spec->conf;

	if (conf == NULL)
		conf = rd_kafka_conf_new();
	enum vg_rc rc = vg_feature_check(cfg, err);
	if (rc == VG_OK)
		rc = apply_security(conf, cfg, err);
	if (rc == VG_OK)
		rc = apply(conf, spec->option, spec->n, err);
	if (rc == VG_OK)
		rc = start(out, spec->kind, &conf, cfg, err);
	if (conf != NULL)
		rd_kafka_conf_destroy(conf);
	return rc;
}

/* A broker that refuses our certificate ends the connection with an alert,
 * which the library takes for trouble of the line. */
static bool is_alert(rd_kafka_resp_err_t e, const char *why)
{
	return e == RD_KAFKA_RESP_ERR__TRANSPORT && why != NULL &&
	       strstr(why, "SSL routines") != NULL &&
	       strstr(why, "alert") != NULL;
}

const char *vg_kafka_remedy(rd_kafka_resp_err_t e, const char *why)
{
	if (is_alert(e, why))
		e = RD_KAFKA_RESP_ERR__SSL;
	switch (e) {
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
		return "check kafka.user, kafka.password_file and "
		       "kafka.mechanism with whoever runs the brokers";
	case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
		return "set kafka.mechanism to one that the brokers offer";
	case RD_KAFKA_RESP_ERR__SSL:
		return "check kafka.ca_file and kafka.certificate_file: who "
		       "signed them, names, dates";
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return "have the brokers' access rules name this user and "
		       "topic, or use the topic that is ours";
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
		return "have the brokers' access rules let this user read as "
		       "kafka.group";
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
		return "have the brokers' access rules let this user do it";
	default:
		return NULL;
	}
}

void vg_kafka_signature(const rd_kafka_message_t *m, struct vg_slice *first,
			int *n)
{
	rd_kafka_headers_t *all = NULL;
	const void *p = NULL;
	size_t len = 0;

	*first = (struct vg_slice){.p = NULL};
	*n = 0;
	if (rd_kafka_message_headers(m, &all) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	while (rd_kafka_header_get(all, (size_t)*n, VG_SIGNATURE_HEADER, &p,
				   &len) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		if ((*n)++ == 0 && p != NULL)
			*first = (struct vg_slice){.p = p, .n = (uint32_t)len};
	}
}

/* OpenSSL puts the place in its own sources before what happened. */
static const char *plain(const char *why)
{
	const char *p = strstr(why, "SSL routines:");

	p = p != NULL ? strchr(p + sizeof "SSL routines:" - 1, ':') : NULL;
	return p != NULL ? p + 1 : why;
}

/* A broker cannot be reached: whoever waits hears it at once, and once. */
static void note_away(struct vg_kafka_refusal *r, const char *why)
{
	bool first = r->away[0] == '\0';
	size_t n = strcspn(why, "(");

	while (n > 0 && why[n - 1] == ' ')
		n--;
	(void)snprintf(r->away, sizeof r->away, "%.*s", (int)n, why);
	if (first && r->tell != NULL)
		fprintf(r->tell, "kafka: %s; still trying\n", r->away);
}

void vg_kafka_note(struct vg_kafka_refusal *r, rd_kafka_resp_err_t e,
		   const char *why)
{
	const char *remedy = vg_kafka_remedy(e, why);

	if (remedy == NULL && why != NULL && why[0] != '\0' &&
	    (e == RD_KAFKA_RESP_ERR__TRANSPORT ||
	     e == RD_KAFKA_RESP_ERR__RESOLVE))
		note_away(r, why);
	if (remedy == NULL || r->remedy != NULL)
		return;
	r->remedy = remedy;
	(void)snprintf(r->why, sizeof r->why, "%s",
		       why != NULL && why[0] != '\0' ? plain(why)
						     : rd_kafka_err2str(e));
}

enum vg_rc vg_kafka_refused(const struct vg_kafka_refusal *r,
			    struct vg_err *err)
{
	if (r->remedy == NULL)
		return VG_OK;
	return vg_err_set(err, VG_INVAL, "kafka: %s; %s", r->why, r->remedy);
}

enum vg_rc vg_kafka_away(const struct vg_kafka_refusal *r, const char *what,
			 struct vg_err *err)
{
	if (r->away[0] == '\0')
		return vg_err_set(err, VG_RETRY, "kafka: %s", what);
	return vg_err_set(err, VG_RETRY,
			  "kafka: %s: %s; are the brokers up, and is "
			  "kafka.brokers right?",
			  what, r->away);
}

enum vg_rc vg_login_read(struct vg_login *l, bool *changed, struct vg_err *err)
{
	char now[VG_KAFKA_PASSWORD_MAX];

	*changed = false;
	if (!uses_password(l->cfg))
		return VG_OK;
	enum vg_rc rc = vg_secret_read(now, sizeof now,
				       l->cfg->kafka_password_file, err);
	if (rc == VG_OK && strcmp(now, l->password) != 0) {
		*changed = l->password[0] != '\0';
		memcpy(l->password, now, sizeof now);
	}
	vg_secret_wipe(now, sizeof now);
	return rc;
}

void vg_login_apply(const struct vg_login *l, rd_kafka_t *rk)
{
	/* It fails only for a mechanism without passwords. */
	rd_kafka_error_destroy(rd_kafka_sasl_set_credentials(
		rk, l->cfg->kafka_user, l->password));
}

void vg_login_term(struct vg_login *l)
{
	vg_secret_wipe(l->password, sizeof l->password);
}
