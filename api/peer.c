#include "api/peer.h"

#include "core/defect.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sodium.h>

enum { SUM = 32 };

static void add(struct vg_peer *p, const char *kind, const char *text, size_t n)
{
	char *at = p->room + p->used;
	size_t k = strlen(kind);
	struct vg_slice name = {at, (uint32_t)(k + n)};

	if (p->n == VG_PEER_NAMES || k + n > VG_CERT_NAME_MAX)
		return;
	memcpy(at, kind, k);
	memcpy(at + k, text, n);
	if (!vg_cert_name_ok(name))
		return;
	p->name[p->n++] = name;
	p->used += k + n;
}

static void add_alternatives(struct vg_peer *p, gnutls_x509_crt_t c)
{
	char text[VG_CERT_NAME_MAX];

	for (unsigned i = 0; i < VG_PEER_NAMES; i++) {
		size_t n = sizeof text;
		int type = gnutls_x509_crt_get_subject_alt_name(c, i, text, &n,
								NULL);

		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return;
		if (type == GNUTLS_SAN_URI)
			add(p, "URI:", text, n);
		else if (type == GNUTLS_SAN_DNSNAME)
			add(p, "DNS:", text, n);
		else if (type == GNUTLS_SAN_RFC822NAME)
			add(p, "EMAIL:", text, n);
	}
}

static void add_names(struct vg_peer *p, const gnutls_datum_t *der)
{
	char text[VG_CERT_NAME_MAX], hex[2 * SUM + 1];
	gnutls_x509_crt_t c = NULL;
	uint8_t sum[SUM];
	size_t n = sizeof text;

	if (gnutls_x509_crt_init(&c) != 0)
		return;
	if (gnutls_x509_crt_import(c, der, GNUTLS_X509_FMT_DER) == 0) {
		(void)crypto_hash_sha256(sum, der->data, der->size);
		(void)sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
		add(p, "SHA256:", hex, 2 * SUM);
		add_alternatives(p, c);
		if (gnutls_x509_crt_get_dn_by_oid(c,
						  GNUTLS_OID_X520_COMMON_NAME,
						  0, 0, text, &n) == 0)
			add(p, "CN:", text, n);
	}
	gnutls_x509_crt_deinit(c);
}

void vg_peer_read(struct vg_peer *p, void *session)
{
	gnutls_typed_vdata_st want = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT};
	const gnutls_datum_t *chain;
	unsigned n = 0, status = 0;

	p->n = 0;
	p->used = 0;
	if (session == NULL)
		return;
	chain = gnutls_certificate_get_peers(session, &n);
	if (chain == NULL || n == 0 ||
	    gnutls_certificate_type_get2(session, GNUTLS_CTYPE_PEERS) !=
		    GNUTLS_CRT_X509 ||
	    gnutls_certificate_verify_peers(session, &want, 1, &status) != 0)
		return;
	if (status == 0 || VG_DEFECT("api-certificate-any"))
		add_names(p, &chain[0]);
}
