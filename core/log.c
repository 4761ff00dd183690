#include "core/log.h"

#include "core/defect.h"
#include "core/text.h"
#include "core/timefmt.h"
#include "core/utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192, VALUE_MAX = 256, MINUTE_MS = 60000 };

/* A line being written: bytes past the end are cut, the newline never. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t n;
	enum vg_log_form form;
};

static const char *const event_name[VG_EV_COUNT] = {
#define EVENT_ROW(id, name) name,
	VG_LOG_EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

static const char *const level_name[] = {"debug", "info", "warn", "error"};

const char *vg_log_event_name(unsigned e)
{
	return e < VG_EV_COUNT ? event_name[e] : NULL;
}

const char *vg_num(char out[24], long long v)
{
	(void)snprintf(out, 24, "%lld", v);
	return out;
}

static void put(struct line *l, const char *p, size_t n)
{
	size_t room = sizeof l->text - 1 - l->n; /* 1 for the newline */

	if (n > room)
		n = room;
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void put_str(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* Byte `c` as \xNN; in JSON, where that is no escape, with its backslash
 * doubled. */
static void put_hex(struct line *l, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[4];

		vg_text_escape(text, (unsigned char)p[i]);
		if (l->form == VG_LOG_JSON)
			put_str(l, "\\");
		put(l, text, sizeof text);
	}
}

static bool is_bare(const char *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] <= ' ' || v[i] > '~' || strchr("\"\\=", v[i]) != NULL)
			return false;
	return n > 0;
}

static void put_escaped(struct line *l, const char *v, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = vg_utf8_seq(v + i, n - i);
		if (len == 0 || (vg_text_is_control(v + i, len) &&
				 !VG_DEFECT("log-forged"))) {
			len = len == 0 ? 1 : len;
			put_hex(l, v + i, len);
		} else {
			if (v[i] == '"' || v[i] == '\\')
				put_str(l, "\\");
			put(l, v + i, len);
		}
		i += len;
	}
}

static void put_quoted(struct line *l, const char *v, size_t n)
{
	put_str(l, "\"");
	put_escaped(l, v, n);
	put_str(l, "\"");
}

/* How much of a value is written: not to the middle of a character. */
static size_t cut(const char *v)
{
	size_t n = strnlen(v, VALUE_MAX + 1);

	if (n > VALUE_MAX) {
		n = VALUE_MAX;
		while (n > VALUE_MAX - 4 && (v[n] & 0xc0) == 0x80)
			n--;
	}
	return n;
}

static void put_value(struct line *l, const char *v)
{
	size_t n = v == NULL ? 0 : cut(v);

	if (v == NULL)
		put_str(l, "-");
	else if (is_bare(v, n))
		put(l, v, n);
	else
		put_quoted(l, v, n);
}

static void put_pair(struct line *l, const char *key, const char *v)
{
	/* What a value can grow to, so that an object is never cut. */
	enum { GROWN = 5 * VALUE_MAX };

	if (l->form == VG_LOG_JSON) {
		if (l->n + strlen(key) + GROWN > sizeof l->text)
			return;
		put_str(l, ",\"");
		put_str(l, key);
		put_str(l, "\":");
		put_quoted(l, v == NULL ? "" : v, v == NULL ? 0 : cut(v));
	} else {
		put_str(l, " ");
		put_str(l, key);
		put_str(l, "=");
		put_value(l, v);
	}
}

/* The journal's name of a pair: A-Z, 0-9 and _ are all it takes. */
static void put_field(struct line *l, const char *key, const char *v)
{
	enum { GROWN = 4 * VALUE_MAX };

	if (l->n + strlen(key) + GROWN > sizeof l->text)
		return;
	put_str(l, "\nVIGIE_");
	for (const char *k = key; *k != '\0'; k++) {
		char c = *k >= 'a' && *k <= 'z' ? (char)(*k - 'a' + 'A') : *k;

		put(l, &c, 1);
	}
	put_str(l, "=");
	if (v != NULL)
		put_escaped(l, v, cut(v));
}

/* syslog's numbers of our levels. */
static const char *priority(enum vg_log_level level)
{
	static const char *const number[] = {"7", "6", "4", "3"};

	return number[level];
}

static void begin_line(struct line *l, const struct vg_log *log,
		       enum vg_log_level level, enum vg_log_event event)
{
	char now[VG_TIME_TEXT];

	vg_time_print_ms(now, vg_now_ms(&log->clock));
	if (log->form == VG_LOG_JSON) {
		put_str(l, "{\"time\":\"");
		put_str(l, now);
		put_str(l, "\",\"PRIORITY\":\"");
		put_str(l, priority(level));
		put_str(l, "\",\"SYSLOG_IDENTIFIER\":\"vigie\"");
		put_pair(l, "level", level_name[level]);
		put_pair(l, "event", event_name[event]);
		return;
	}
	if (log->form == VG_LOG_JOURNAL) { /* which has its own time */
		put_str(l, "SYSLOG_IDENTIFIER=vigie\nPRIORITY=");
		put_str(l, priority(level));
		put_field(l, "event", event_name[event]);
		return;
	}
	put_str(l, now);
	put_str(l, " level=");
	put_str(l, level_name[level]);
	put_str(l, " event=");
	put_str(l, event_name[event]);
}

/* The journal's fields and then MESSAGE, which a cut may shorten; else the
 * pairs alone. */
static void put_pairs(struct line *l, enum vg_log_event event, va_list ap)
{
	const char *key;
	va_list again;

	va_copy(again, ap);
	while (l->form == VG_LOG_JOURNAL &&
	       (key = va_arg(again, const char *)) != NULL)
		put_field(l, key, va_arg(again, const char *));
	va_end(again);
	if (l->form == VG_LOG_JOURNAL) {
		put_str(l, "\nMESSAGE=event=");
		put_str(l, event_name[event]);
	}
	while ((key = va_arg(ap, const char *)) != NULL)
		put_pair(l, key, va_arg(ap, const char *));
	if (l->form == VG_LOG_JSON)
		put_str(l, "}");
}

void vg_log(const struct vg_log *log, enum vg_log_level level,
	    enum vg_log_event event, ...)
{
	if (log == NULL || level < log->level)
		return;
	assert(event < VG_EV_COUNT && level <= VG_LOG_ERROR);

	struct line l;
	va_list ap;

	l.n = 0;
	l.form = log->form;
	begin_line(&l, log, level, event);
	va_start(ap, event);
	put_pairs(&l, event, ap);
	va_end(ap);
	l.text[l.n++] = '\n';

	/* A log that cannot be written has nobody to tell. */
	ssize_t done;
	do
		done = write(log->fd, l.text, l.n);
	while (done < 0 && errno == EINTR);
}

const char *vg_log_form_name(unsigned f)
{
	static const char *const name[] = {"text", "json", "journal"};

	return f < sizeof name / sizeof name[0] ? name[f] : NULL;
}

enum vg_rc vg_log_journal(int *fd, const char *path, struct vg_err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert(strlen(path) < sizeof at.sun_path);
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (to < 0 || connect(to, (struct sockaddr *)&at, sizeof at) != 0) {
		enum vg_rc rc = vg_err_set(
			err, VG_INVAL,
			"log.format: no journal at %s (%s); write text or "
			"json where systemd's does not run",
			path, strerror(errno));
		if (to >= 0)
			(void)close(to);
		return rc;
	}
	*fd = to;
	return VG_OK;
}

bool vg_log_may(struct vg_log_limit *l, int64_t most, int64_t now_ms,
		int64_t *kept)
{
	assert(most > 0);
	/* A clock that was set back must not silence us. */
	if (now_ms - l->from_ms >= MINUTE_MS || now_ms < l->from_ms) {
		l->from_ms = now_ms;
		l->said = 0;
	}
	assert(l->said <= most && l->kept >= 0);
	if (l->said == most) {
		l->kept++;
		return false;
	}
	l->said++;
	*kept = l->kept;
	l->kept = 0;
	return true;
}
