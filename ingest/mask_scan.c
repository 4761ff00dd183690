#include "ingest/mask_scan.h"

#include <assert.h>
#include <string.h>

enum { COLUMNS_MAX = 256, TABS = 3 };

/* A name with one of these in it is a credential's ... */
static const char *const parts[] = {
	"passw",       "passphrase", "pwd",	"secret",	"token",
	"credential",  "apikey",     "api_key", "api-key",	"privatekey",
	"private_key", "community",  "cookie",	"authorization"};

/* ... and so is one that is exactly this. */
static const char *const wholes[] = {"pass", "auth",  "psk",
				     "pw",   "-pass", "--pass"};

static const char *const quoting[] = {"message",
				      "input",
				      "full_log",
				      "previous_output",
				      "previous_log",
				      "command",
				      "commandline",
				      "command_line",
				      "cmd",
				      "args",
				      "arguments",
				      "payload",
				      "payload_printable",
				      "packet",
				      "http_request_body",
				      "http_response_body",
				      "http_request_body_printable",
				      "http_response_body_printable",
				      "original",
				      "event.original",
				      "process.command_line",
				      "msg",
				      "body",
				      "raw",
				      "data_raw",
				      "raw_data",
				      "_raw",
				      "cef",
				      "value", /* of a MISP attribute */
				      "content",
				      "note",
				      "comment"};

#define ROWS(table) (sizeof(table) / sizeof(table)[0])

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool same(const char *p, const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lower(p[i]) != word[i])
			return false;
	}
	return true;
}

static bool is_one_of(struct vg_slice name, const char *const *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(table[i]) == name.n &&
		    same(name.p, table[i], name.n))
			return true;
	}
	return false;
}

static bool holds(struct vg_slice name, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= name.n; i++) {
		if (same(name.p + i, word, n))
			return true;
	}
	return false;
}

bool vg_mask_is_secret(struct vg_slice name, bool *line)
{
	*line = holds(name, "authorization") || holds(name, "cookie");
	if (*line || is_one_of(name, wholes, ROWS(wholes)))
		return true;
	for (size_t i = 0; i < ROWS(parts); i++) {
		if (holds(name, parts[i]))
			return true;
	}
	return false;
}

bool vg_mask_is_quoting(struct vg_slice name)
{
	return is_one_of(name, quoting, ROWS(quoting));
}

enum vg_mask_form vg_mask_form(const char *p, size_t n)
{
	size_t i = 0, tabs = 0;

	if (memchr(p, '\0', n) != NULL)
		return VG_MASK_OPAQUE;
	while (i < n && strchr(" \t\r\n\xef\xbb\xbf", p[i]) != NULL)
		i++;
	if (i == n || p[i] == '{' || p[i] == '[')
		return VG_MASK_TEXT;
	if (p[i] == '#')
		return VG_MASK_TSV;
	for (; i < n; i++)
		tabs += p[i] == '\t';
	return tabs >= TABS ? VG_MASK_OPAQUE : VG_MASK_TEXT;
}

struct columns {
	bool secret[COLUMNS_MAX];
	size_t n; /* 0: no names */
};

/* The names behind "#fields". */
static void read_names(struct columns *c, const char *p, const char *end)
{
	bool line;

	c->n = 0;
	while (p < end && c->n < COLUMNS_MAX) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));
		const char *to = tab != NULL ? tab : end;
		struct vg_slice name = {p, (uint32_t)(to - p)};

		c->secret[c->n++] = vg_mask_is_secret(name, &line);
		p = to + 1;
	}
}

/* Mask the secret columns of one line; those without a name too. */
static bool mask_line(const struct columns *c, char *p, size_t n)
{
	bool changed = false;

	for (size_t i = 0, column = 0; i < n; column++) {
		const char *tab = memchr(p + i, '\t', n - i);
		size_t to = tab != NULL ? (size_t)(tab - p) : n;

		if (column >= c->n || c->secret[column])
			changed |= vg_mask_range(p, i, to);
		i = to + 1;
	}
	return changed;
}

bool vg_mask_tsv(char *p, size_t n)
{
	static const char fields[] = "#fields\t";
	struct columns c = {.n = 0};
	bool changed = false;

	for (size_t i = 0; i < n;) {
		const char *nl = memchr(p + i, '\n', n - i);
		size_t end = nl != NULL ? (size_t)(nl - p) : n;
		size_t len = end - i;

		assert(end <= n);
		if (len >= sizeof fields - 1 &&
		    memcmp(p + i, fields, sizeof fields - 1) == 0)
			read_names(&c, p + i + sizeof fields - 1, p + end);
		else if (len > 0 && p[i] != '#')
			changed |= mask_line(&c, p + i, len);
		i = end + 1;
	}
	return changed;
}
