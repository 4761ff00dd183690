#include "core/option_fault.h"

#include "core/log.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum { HOST_MAX = 255, UNIX_PATH_MAX = 107 /* of sockaddr_un */ };

static bool is_printable(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~')
			return false;
	}
	return true;
}

/* A port of 1 to 5 digits, at least `min`. */
static bool is_port(const char *p, size_t n, unsigned long min)
{
	char digits[6] = {0};

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		digits[i] = p[i];
	}
	unsigned long v = strtoul(digits, NULL, 10);
	return v >= min && v <= 65535;
}

/* "host:port" of `n` bytes; an IPv6 host stands in brackets. */
static bool is_host_port(const char *p, size_t n)
{
	size_t colon = n;

	while (colon > 0 && p[colon - 1] != ':')
		colon--;
	if (colon < 2 || colon > HOST_MAX)
		return false;
	size_t host = colon - 1;
	bool bare = memchr(p, ':', host) == NULL && p[0] != '[';
	bool bracketed = p[0] == '[' && p[host - 1] == ']' && host > 2;
	return (bare || bracketed) && is_port(p + colon, n - colon, 1);
}

const char *vg_fault_brokers(const char *text)
{
	const char *what = "is not host:port, comma-separated without spaces; "
			   "write for example 127.0.0.1:9092";

	if (!is_printable(text))
		return what;
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ",");
		if (!is_host_port(p, n))
			return what;
		p += n;
		if (*p == '\0')
			return NULL;
	}
}

/* True when "host:port" of `n` bytes is on this machine whatever DNS says. */
static bool is_loopback(const char *p, size_t n)
{
	static const char NAME[] = "localhost:", SIX[] = "[::1]:";
	char text[HOST_MAX + 8];

	if ((n >= sizeof NAME && strncmp(p, NAME, sizeof NAME - 1) == 0) ||
	    (n >= sizeof SIX && strncmp(p, SIX, sizeof SIX - 1) == 0))
		return true;
	if (n >= sizeof text)
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	return vg_http_is_loopback(text);
}

bool vg_brokers_are_loopback(const char *text)
{
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ",");

		if (!is_loopback(p, n))
			return false;
		p += n;
		if (*p == '\0')
			return true;
	}
}

const char *vg_fault_word(const char *text)
{
	return is_printable(text) ? NULL
				  : "has spaces or other than ASCII; use "
				    "letters, digits and punctuation";
}

const char *vg_fault_topic(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		bool ok = (*p >= 'a' && *p <= 'z') ||
			  (*p >= 'A' && *p <= 'Z') ||
			  (*p >= '0' && *p <= '9') || strchr("._-", *p) != NULL;
		if (!ok)
			return "is not a Kafka topic name; use letters, "
			       "digits, '.', '_' and '-'";
	}
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return "is not a Kafka topic name; use more than dots";
	return NULL;
}

const char *vg_fault_link(const char *text)
{
	bool known = strncmp(text, "http://", 7) == 0 ||
		     strncmp(text, "https://", 8) == 0;

	if (text[0] == '\0')
		return NULL;
	for (const char *p = text; *p != '\0'; p++)
		known = known && *p > ' ' && *p < 0x7f &&
			strchr("\"'<>\\?#", *p) == NULL;
	return known ? NULL
		     : "is no link; write it as https://grafana.example/base";
}

const char *vg_fault_redis(const char *text)
{
	bool ok;

	if (strncmp(text, "unix:", 5) == 0)
		ok = text[5] == '/';
	else
		ok = is_printable(text) && is_host_port(text, strlen(text));
	return ok ? NULL
		  : "is not host:port or unix:/path; write for example "
		    "127.0.0.1:6379";
}

/* Cut "host:port" or "[host]:port" apart; false when it is neither. */
static bool cut_address(const char *text, char host[HOST_MAX + 1], bool *v6)
{
	const char *colon = strrchr(text, ':');

	if (colon == NULL || !is_port(colon + 1, strlen(colon + 1), 0))
		return false;
	size_t n = (size_t)(colon - text);
	*v6 = n > 2 && text[0] == '[' && text[n - 1] == ']';
	if (*v6) {
		text++;
		n -= 2;
	}
	if (n == 0 || n > HOST_MAX)
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	return true;
}

const char *vg_fault_http(const char *text)
{
	char host[HOST_MAX + 1];
	unsigned char addr[16];
	bool v6 = false;

	if (strcmp(text, "systemd") == 0)
		return NULL;
	if (strncmp(text, "unix:", 5) == 0)
		return text[5] == '/' && strlen(text + 5) <= UNIX_PATH_MAX
			       ? NULL
			       : "has no absolute path of at most 107 bytes; "
				 "write for example unix:/run/vigie/http.sock";
	if (text[0] == ':')
		return "has no host; write for example 127.0.0.1:8080";
	if (!cut_address(text, host, &v6) ||
	    inet_pton(v6 ? AF_INET6 : AF_INET, host, addr) != 1)
		return "is not an address and a port; write for example "
		       "127.0.0.1:8080 or [::1]:8080";
	return NULL;
}

const char *vg_fault_http_or_none(const char *text)
{
	return text[0] == '\0' ? NULL : vg_fault_http(text);
}

bool vg_http_is_loopback(const char *address)
{
	static const unsigned char ONE[16] = {[15] = 1};
	char host[HOST_MAX + 1];
	unsigned char addr[16] = {0};
	bool v6 = false;

	if (strncmp(address, "unix:", 5) == 0)
		return true;
	if (!cut_address(address, host, &v6) ||
	    inet_pton(v6 ? AF_INET6 : AF_INET, host, addr) != 1)
		return false;
	return v6 ? memcmp(addr, ONE, sizeof ONE) == 0 : addr[0] == 127;
}

static bool is_one_of(const char *text, const char *const *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text, word[i]) == 0)
			return true;
	return false;
}

const char *vg_fault_security(const char *text)
{
	static const char *const WORDS[] = {"plaintext", "ssl",
					    "sasl_plaintext", "sasl_ssl"};

	return is_one_of(text, WORDS, sizeof WORDS / sizeof WORDS[0])
		       ? NULL
		       : "is no security protocol; write plaintext, ssl, "
			 "sasl_plaintext or sasl_ssl";
}

const char *vg_fault_mechanism(const char *text)
{
	static const char *const WORDS[] = {"SCRAM-SHA-512", "SCRAM-SHA-256",
					    "PLAIN", "OAUTHBEARER"};

	return is_one_of(text, WORDS, sizeof WORDS / sizeof WORDS[0])
		       ? NULL
		       : "is no mechanism; write SCRAM-SHA-512, SCRAM-SHA-256, "
			 "PLAIN or OAUTHBEARER";
}

const char *vg_fault_level(const char *text)
{
	static const char *const WORDS[] = {"debug", "info", "warn", "error"};

	return is_one_of(text, WORDS, sizeof WORDS / sizeof WORDS[0])
		       ? NULL
		       : "is no level; write debug, info, warn or error";
}

const char *vg_fault_log_format(const char *text)
{
	for (unsigned i = 0; vg_log_form_name(i) != NULL; i++)
		if (strcmp(text, vg_log_form_name(i)) == 0)
			return NULL;
	return "is no format; write text, json or journal";
}
