/* TLS over real sockets, spoken to by GnuTLS. */
#include "api/server.h"
#include "api/tls.h"
#include "api_fixture.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct api_fixture f;
static struct vg_server *server;
static struct vg_err err;
static char cert[128], key[128];
static char shown[128]; /* the folder and name of a client's; "": none */

static int64_t fixed_now(void *ctx)
{
	(void)ctx;
	return API_NOW_MS;
}

static const struct vg_clock test_clock = {.now_ms = fixed_now,
					   .mono_ms = fixed_now};

/* A self-signed certificate of `name` in the configured files. */
static void make_certificate(const char *name)
{
	char command[640];

	(void)snprintf(command, sizeof command,
		       "openssl req -x509 -newkey ec -pkeyopt "
		       "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=%s "
		       "-keyout %s -out %s 2>/dev/null",
		       name, key, cert);
	cr_assert(eq(int, system(command), 0));
	cr_assert(eq(int, chmod(key, 0600), 0));
}

static void start(void)
{
	api_fixture_init(&f);
	(void)snprintf(cert, sizeof cert, "%s/cert.pem", f.folder);
	(void)snprintf(key, sizeof key, "%s/key.pem", f.folder);
	free(f.cfg->http_certificate_file);
	free(f.cfg->http_key_file);
	f.cfg->http_certificate_file = strdup(cert);
	f.cfg->http_key_file = strdup(key);
	make_certificate("one");
	cr_assert(eq(int,
		     vg_server_new(&server, &f.service, NULL, test_clock, &err),
		     VG_OK),
		  "%s", err.text);
}

static void finish(void)
{
	vg_server_free(server);
	(void)unlink(cert);
	(void)unlink(key);
	api_fixture_term(&f);
}

TestSuite(tls, .init = start, .fini = finish);

struct client {
	int fd;
	gnutls_session_t session;
	gnutls_certificate_credentials_t trust;
};

/* Shake hands with `priorities`; what GnuTLS says. */
static int dial(struct client *c, const char *priorities)
{
	const char *colon = strrchr(vg_server_address(server), ':');
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(colon + 1)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int rc;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert(
		eq(int, connect(c->fd, (struct sockaddr *)&to, sizeof to), 0));
	(void)gnutls_certificate_allocate_credentials(&c->trust);
	(void)gnutls_init(&c->session, GNUTLS_CLIENT);
	cr_assert(eq(int,
		     gnutls_priority_set_direct(c->session, priorities, NULL),
		     0));
	(void)gnutls_credentials_set(c->session, GNUTLS_CRD_CERTIFICATE,
				     c->trust);
	if (shown[0] != '\0') {
		char crt[160], own[160];

		(void)snprintf(crt, sizeof crt, "%s.crt", shown);
		(void)snprintf(own, sizeof own, "%s.key", shown);
		cr_assert(eq(int,
			     gnutls_certificate_set_x509_key_file(
				     c->trust, crt, own, GNUTLS_X509_FMT_PEM),
			     0));
	}
	gnutls_transport_set_int(c->session, c->fd);
	do
		rc = gnutls_handshake(c->session);
	while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
	return rc;
}

static void hang_up(struct client *c)
{
	gnutls_deinit(c->session);
	gnutls_certificate_free_credentials(c->trust);
	(void)close(c->fd);
}

static char *ask(struct client *c)
{
	static const char get[] = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
	static char text[8192];
	size_t have = 0;

	(void)gnutls_record_send(c->session, get, sizeof get - 1);
	do {
		ssize_t n = gnutls_record_recv(c->session, text + have,
					       sizeof text - 1 - have);

		if (n <= 0 && n != GNUTLS_E_AGAIN && n != GNUTLS_E_INTERRUPTED)
			break;
		have += n > 0 ? (size_t)n : 0;
		text[have] = '\0';
	} while (strstr(text, "{\"status\":\"ok\"}") == NULL);
	text[have] = '\0';
	return text;
}

static char *name_of(struct client *c)
{
	static char name[64];
	unsigned n = 0;
	const gnutls_datum_t *peer =
		gnutls_certificate_get_peers(c->session, &n);
	size_t size = sizeof name;
	gnutls_x509_crt_t crt;

	cr_assert(ne(u32, n, 0));
	(void)gnutls_x509_crt_init(&crt);
	(void)gnutls_x509_crt_import(crt, &peer[0], GNUTLS_X509_FMT_DER);
	(void)gnutls_x509_crt_get_dn(crt, name, &size);
	gnutls_x509_crt_deinit(crt);
	return name;
}

Test(tls, answers_and_tells_browsers_to_stay_with_it)
{
	struct client c;
	char *answer;

	cr_assert(eq(int, dial(&c, "NORMAL"), 0));
	cr_assert(eq(str, name_of(&c), "CN=one"));
	answer = ask(&c);
	cr_assert(strncmp(answer, "HTTP/1.1 200", 12) == 0);
	cr_assert(strstr(answer, "Strict-Transport-Security: "
				 "max-age=31536000\r\n") != NULL);
	hang_up(&c);
}

Test(tls, speaks_1_2_and_1_3_and_nothing_older)
{
	struct client c;

	cr_assert(eq(int, dial(&c, "NORMAL:-VERS-ALL:+VERS-TLS1.2"), 0));
	hang_up(&c);
	cr_assert(eq(int, dial(&c, "NORMAL:-VERS-ALL:+VERS-TLS1.3"), 0));
	hang_up(&c);
	cr_assert(lt(int,
		     dial(&c, "NORMAL:%COMPAT:-VERS-ALL:+VERS-TLS1.1:+VERS-"
			      "TLS1.0:+SIGN-ALL:+SHA1"),
		     0));
	hang_up(&c);
}

Test(tls, has_the_new_certificate_after_a_reload_and_keeps_connections)
{
	struct client old, now, third;

	cr_assert(eq(int, dial(&old, "NORMAL"), 0));
	make_certificate("two");
	cr_assert(eq(int, vg_server_reload(server, &err), VG_OK));
	cr_assert(eq(int, dial(&now, "NORMAL"), 0));
	cr_assert(eq(str, name_of(&now), "CN=two"));
	cr_assert(strncmp(ask(&old), "HTTP/1.1 200", 12) == 0);
	cr_assert(strncmp(ask(&now), "HTTP/1.1 200", 12) == 0);
	make_certificate("three");
	cr_assert(eq(int, vg_server_reload(server, &err), VG_OK));
	cr_assert(eq(int, dial(&third, "NORMAL"), 0));
	cr_assert(eq(str, name_of(&third), "CN=three"));
	cr_assert(strncmp(ask(&now), "HTTP/1.1 200", 12) == 0);
	hang_up(&old);
	hang_up(&now);
	hang_up(&third);
}

Test(tls, keeps_the_old_certificate_when_the_new_one_is_bad)
{
	struct client c;
	FILE *file;

	cr_assert(eq(int, chmod(key, 0644), 0));
	cr_assert(eq(int, vg_server_reload(server, &err), VG_INVAL));
	cr_assert(eq(int, chmod(key, 0600), 0));
	file = fopen(cert, "w");
	(void)fputs("no certificate\n", file);
	(void)fclose(file);
	cr_assert(eq(int, vg_server_reload(server, &err), VG_INVAL));
	cr_assert(strstr(err.text, "http.certificate_file") != NULL, "%s",
		  err.text);
	(void)unlink(cert);
	cr_assert(eq(int, vg_server_reload(server, &err), VG_INVAL));
	cr_assert(eq(int, dial(&c, "NORMAL"), 0));
	cr_assert(eq(str, name_of(&c), "CN=one"));
	hang_up(&c);
}

Test(tls, does_not_answer_plain_http)
{
	struct client c;
	static const char get[] = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
	char text[512] = "";
	const char *colon = strrchr(vg_server_address(server), ':');
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(colon + 1)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	c.fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert(eq(int, connect(c.fd, (struct sockaddr *)&to, sizeof to), 0));
	(void)send(c.fd, get, sizeof get - 1, MSG_NOSIGNAL);
	(void)recv(c.fd, text, sizeof text - 1, 0);
	cr_assert(strstr(text, "200") == NULL);
	(void)close(c.fd);
}

/* When a certificate ends, as openssl wants it. */
static const char IN_FORCE[] = "20490101000000Z", OVER[] = "20210101000000Z";

/* Who signs certificates of clients. */
static void make_authority(const char *name)
{
	char command[640];

	(void)snprintf(command, sizeof command,
		       "cd %s && openssl req -x509 -newkey ec -pkeyopt "
		       "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=%s "
		       "-keyout %s.key -out %s.crt 2>/dev/null",
		       f.folder, name, name, name);
	cr_assert(eq(int, system(command), 0));
}

/* One for a client: with a URI, an address of mail and a common name. Made by
 * `openssl ca`, which takes an end in the past of every version. */
static void make_client(const char *authority, const char *name,
			const char *use, const char *until)
{
	char command[1280];

	(void)snprintf(
		command, sizeof command,
		"cd %s && openssl req -newkey ec -pkeyopt "
		"ec_paramgen_curve:P-256 -nodes -subj /CN=%s -keyout %s.key "
		"-out %s.csr 2>/dev/null && printf '%%s\\n' "
		"subjectAltName=URI:spiffe://ma.example/%s,email:%s@ma.example "
		"extendedKeyUsage=%s > ext && : > index && printf '%%s\\n' "
		"'[d]' new_certs_dir=. database=index rand_serial=yes "
		"default_md=sha256 policy=p '[p]' commonName=supplied > cnf && "
		"openssl ca -batch -notext -config cnf -name d -in %s.csr "
		"-cert %s.crt -keyfile %s.key -startdate 20200101000000Z "
		"-enddate %s -extfile ext -out %s.crt 2>/dev/null",
		f.folder, name, name, name, name, name, use, name, authority,
		authority, until, name);
	cr_assert(eq(int, system(command), 0), "%s", command);
	(void)snprintf(shown, sizeof shown, "%s/%s", f.folder, name);
}

static void trust_clients(const char *lines)
{
	char path[160];

	make_authority("ours");
	(void)snprintf(path, sizeof path, "%s/ours.crt", f.folder);
	free(f.cfg->http_client_ca_file);
	f.cfg->http_client_ca_file = strdup(path);
	cr_assert(eq(int, vg_server_reload(server, &err), VG_OK), "%s",
		  err.text);
	api_write_tokens(&f, lines);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK),
		  "%s", err.text);
}

static void remove_files(void)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -f %s/*", f.folder);
	cr_assert(eq(int, system(command), 0));
	shown[0] = '\0';
}

/* The status of /v1/me over a new connection; its body in *body. */
static int me(const char *header, char **body)
{
	static char text[8192];
	char get[256];
	struct client c;
	size_t have = 0;
	int status = 0;

	cr_assert(eq(int, dial(&c, "NORMAL"), 0));
	(void)snprintf(get, sizeof get,
		       "GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: "
		       "close\r\n%s\r\n",
		       header);
	(void)gnutls_record_send(c.session, get, strlen(get));
	for (;;) {
		ssize_t n = gnutls_record_recv(c.session, text + have,
					       sizeof text - 1 - have);

		if (n <= 0 && n != GNUTLS_E_AGAIN && n != GNUTLS_E_INTERRUPTED)
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	text[have] = '\0';
	(void)sscanf(text, "HTTP/1.1 %d", &status);
	*body = text;
	hang_up(&c);
	return status;
}

Test(tls, takes_a_certificate_of_a_client_for_a_token)
{
	char *body;

	trust_clients("cert:URI:spiffe://ma.example/siem MA role=analyst "
		      "name=siem\ncert:EMAIL:noc@ma.example IL\n"
		      "cert:CN:soc coalition\n");
	cr_expect(eq(int, me("", &body), 401), "none is shown");
	make_client("ours", "siem", "clientAuth", IN_FORCE);
	cr_expect(eq(int, me("", &body), 200));
	cr_expect(strstr(body, "\"viewer\":\"MA\",\"role\":\"analyst\","
			       "\"name\":\"siem\"") != NULL,
		  "%s", body);
	cr_expect(eq(int, me("Authorization: Bearer x\r\n", &body), 401),
		  "what is sent counts");
	make_client("ours", "noc", "clientAuth", IN_FORCE);
	cr_expect(eq(int, me("", &body), 200));
	cr_expect(strstr(body, "\"viewer\":\"IL\"") != NULL, "%s", body);
	make_client("ours", "soc", "clientAuth", IN_FORCE);
	cr_expect(eq(int, me("", &body), 200));
	cr_expect(strstr(body, "\"viewer\":\"coalition\"") != NULL);
	make_client("ours", "other", "clientAuth", IN_FORCE);
	cr_expect(eq(int, me("", &body), 401), "nobody knows it");
	remove_files();
}

Test(tls, takes_no_certificate_that_is_not_good)
{
	char *body;

	trust_clients("cert:URI:spiffe://ma.example/siem MA\n");
	make_authority("theirs");
	make_client("theirs", "siem", "clientAuth", IN_FORCE);
	cr_expect(eq(int, me("", &body), 401), "another signed it");
	make_client("ours", "siem", "serverAuth", IN_FORCE);
	cr_expect(eq(int, me("", &body), 401), "not for clients");
	make_client("ours", "siem", "clientAuth", OVER);
	cr_expect(eq(int, me("", &body), 401), "over");
	make_client("ours", "siem", "clientAuth", IN_FORCE);
	cr_expect(eq(int, me("", &body), 200));
	remove_files();
}

Test(tls, refuses_a_file_without_an_authority)
{
	free(f.cfg->http_client_ca_file);
	f.cfg->http_client_ca_file = strdup(key);
	cr_assert(eq(int, vg_server_reload(server, &err), VG_INVAL));
	cr_assert(strstr(err.text, "http.client_ca_file") != NULL, "%s",
		  err.text);
}
