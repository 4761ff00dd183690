#include "api/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum vg_rc read_pem(char **out, const char *path, struct vg_err *err)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(VG_TLS_FILE_MAX + 1);
	enum vg_rc rc = VG_OK;
	size_t n = 0;

	if (text == NULL)
		rc = vg_err_set(err, VG_FATAL, "api: out of memory");
	else if (f == NULL)
		rc = vg_err_set(err, VG_INVAL, "%.120s: %s", path,
				strerror(errno));
	if (rc == VG_OK && f != NULL) {
		n = fread(text, 1, VG_TLS_FILE_MAX + 1, f);
		if (n == 0 || n > VG_TLS_FILE_MAX || ferror(f))
			rc = vg_err_set(err, VG_INVAL,
					"%.120s: empty, unreadable, or larger "
					"than 1 MiB",
					path);
	}
	if (f != NULL)
		(void)fclose(f);
	if (rc == VG_OK) {
		text[n] = '\0';
		*out = text;
		text = NULL; /* now the caller's */
	}
	free(text);
	return rc;
}

/* GnuTLS says what is wrong before the HTTP library only says no. */
static enum vg_rc check(const struct vg_tls *t, const struct vg_config *cfg,
			struct vg_err *err)
{
	gnutls_datum_t cert = {.data = (unsigned char *)t->certificate,
			       .size = (unsigned)strlen(t->certificate)};
	gnutls_datum_t key = {.data = (unsigned char *)t->key,
			      .size = (unsigned)strlen(t->key)};
	gnutls_certificate_credentials_t c = NULL;
	int rc = gnutls_certificate_allocate_credentials(&c);

	if (rc == 0)
		rc = gnutls_certificate_set_x509_key_mem(c, &cert, &key,
							 GNUTLS_X509_FMT_PEM);
	if (c != NULL)
		gnutls_certificate_free_credentials(c);
	if (rc >= 0)
		return VG_OK;
	return vg_err_set(err, VG_INVAL,
			  "http.certificate_file %.80s and http.key_file "
			  "%.80s: %s; give a PEM chain and its key",
			  cfg->http_certificate_file, cfg->http_key_file,
			  gnutls_strerror(rc));
}

static enum vg_rc read_clients(struct vg_tls *t, const char *path,
			       struct vg_err *err)
{
	gnutls_certificate_credentials_t c = NULL;
	enum vg_rc rc = read_pem(&t->clients, path, err);
	int found = 0;

	if (rc != VG_OK)
		return rc;
	if (gnutls_certificate_allocate_credentials(&c) == 0) {
		const gnutls_datum_t pem = {
			.data = (unsigned char *)t->clients,
			.size = (unsigned)strlen(t->clients)};

		found = gnutls_certificate_set_x509_trust_mem(
			c, &pem, GNUTLS_X509_FMT_PEM);
		gnutls_certificate_free_credentials(c);
	}
	return found > 0 ? VG_OK
			 : vg_err_set(err, VG_INVAL,
				      "http.client_ca_file %.120s: no "
				      "certificate in it; give a PEM",
				      path);
}

enum vg_rc vg_tls_read(struct vg_tls *out, const struct vg_config *cfg,
		       struct vg_err *err)
{
	struct vg_tls t = {0};
	enum vg_rc rc = VG_OK;

	if (cfg->http_certificate_file == NULL ||
	    cfg->http_certificate_file[0] == '\0') {
		*out = t;
		return VG_OK;
	}
	rc = vg_secret_check(cfg->http_key_file, err);
	if (rc == VG_OK)
		rc = read_pem(&t.certificate, cfg->http_certificate_file, err);
	if (rc == VG_OK)
		rc = read_pem(&t.key, cfg->http_key_file, err);
	if (rc == VG_OK)
		rc = check(&t, cfg, err);
	if (rc == VG_OK && cfg->http_client_ca_file != NULL &&
	    cfg->http_client_ca_file[0] != '\0')
		rc = read_clients(&t, cfg->http_client_ca_file, err);
	if (rc == VG_OK)
		*out = t;
	else
		vg_tls_term(&t);
	return rc;
}

void vg_tls_term(struct vg_tls *t)
{
	if (t->key != NULL)
		sodium_memzero(t->key, strlen(t->key));
	free(t->key);
	free(t->certificate);
	free(t->clients);
	*t = (struct vg_tls){0};
}
