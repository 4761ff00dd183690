#include "core/log.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEAD "2026-01-02T03:04:05.678Z level="

static int fd[2];
static struct vg_log log_to;
static char got[65536];

static int64_t fixed_ms(void *ctx)
{
	(void)ctx;
	return INT64_C(1767323045678);
}

static void open_pipe(void)
{
	cr_assert(eq(int, pipe(fd), 0));
	cr_assert(eq(int, fcntl(fd[0], F_SETFL, O_NONBLOCK), 0));
	log_to = (struct vg_log){.fd = fd[1],
				 .level = VG_LOG_INFO,
				 .clock = {.now_ms = fixed_ms}};
}

static void close_pipe(void)
{
	close(fd[0]);
	close(fd[1]);
}

/* What stands in the pipe. */
static const char *lines(void)
{
	ssize_t n = read(fd[0], got, sizeof got - 1);

	got[n < 0 ? 0 : n] = '\0';
	return got;
}

/* The line that one pair makes, from its value on and without the newline. */
static const char *value_of(const char *value)
{
	static const char before[] = HEAD "info event=kafka text=";

	vg_log(&log_to, VG_LOG_INFO, VG_EV_KAFKA, "text", value, NULL);
	(void)lines();
	cr_assert(eq(int, strncmp(got, before, sizeof before - 1), 0));
	char *end = strchr(got, '\n');
	cr_assert(end != NULL && end[1] == '\0', "one line: %s", got);
	*end = '\0';
	return got + sizeof before - 1;
}

TestSuite(log, .init = open_pipe, .fini = close_pipe);

Test(log, writes_time_level_event_and_pairs)
{
	char n[24];

	vg_log(&log_to, VG_LOG_WARN, VG_EV_REWIND, "topic", "alerts.ma",
	       "offset", vg_num(n, -7), "why", NULL, NULL);
	cr_assert(eq(str, (char *)lines(),
		     HEAD "warn event=partition_rewind topic=alerts.ma "
			  "offset=-7 why=-\n"));
}

Test(log, writes_a_line_without_pairs)
{
	vg_log(&log_to, VG_LOG_ERROR, VG_EV_READY, NULL);
	cr_assert(eq(str, (char *)lines(), HEAD "error event=ready\n"));
}

Test(log, is_silent_below_its_level_and_without_a_log)
{
	vg_log(&log_to, VG_LOG_DEBUG, VG_EV_READY, NULL);
	vg_log(NULL, VG_LOG_ERROR, VG_EV_READY, NULL);
	cr_assert(eq(str, (char *)lines(), ""));
}

Test(log, quotes_what_would_break_a_pair)
{
	cr_assert(eq(str, (char *)value_of("plain-1.2:3"), "plain-1.2:3"));
	cr_assert(eq(str, (char *)value_of(""), "\"\""));
	cr_assert(eq(str, (char *)value_of("a b"), "\"a b\""));
	cr_assert(eq(str, (char *)value_of("a=b"), "\"a=b\""));
	cr_assert(eq(str, (char *)value_of("say \"x\\\""),
		     "\"say \\\"x\\\\\\\"\""));
	cr_assert(eq(str, (char *)value_of("Maroc été"), "\"Maroc été\""));
}

Test(log, cannot_be_made_to_forge_a_line)
{
	cr_assert(eq(str, (char *)value_of("x\nlevel=error"),
		     "\"x\\x0alevel=error\""));
	cr_assert(eq(str, (char *)value_of("\r\t\x1b[2J\x7f"),
		     "\"\\x0d\\x09\\x1b[2J\\x7f\""));
	/* C1 controls and the separators of Unicode */
	cr_assert(eq(str, (char *)value_of("\xc2\x85\xc2\x9b"),
		     "\"\\xc2\\x85\\xc2\\x9b\""));
	cr_assert(eq(str, (char *)value_of("\xe2\x80\xa8\xe2\x80\xa9"),
		     "\"\\xe2\\x80\\xa8\\xe2\\x80\\xa9\""));
}

Test(log, shows_bytes_that_are_not_utf8_in_hex)
{
	cr_assert(eq(str, (char *)value_of("\xff\xc3(\xed\xa0\x80"),
		     "\"\\xff\\xc3(\\xed\\xa0\\x80\""));
}

Test(log, cuts_a_value_at_256_bytes)
{
	char text[300];

	memset(text, 'a', sizeof text);
	text[256] = '\0';
	cr_assert(eq(sz, strlen(value_of(text)), 256));
	text[256] = 'a';
	text[257] = '\0';
	cr_assert(eq(sz, strlen(value_of(text)), 256));
}

Test(log, does_not_cut_within_a_character)
{
	char text[300];

	memset(text, 'a', sizeof text);
	strcpy(text + 255, "\xc3\xa9");
	const char *value = value_of(text);
	cr_assert(eq(sz, strlen(value), 255));
	cr_assert(eq(ptr, strchr(value, '\\'), NULL));
}

Test(log, ends_even_an_overlong_line_in_a_newline)
{
	char v[257];

	memset(v, 1, 256);
	v[256] = '\0';
	vg_log(&log_to, VG_LOG_INFO, VG_EV_KAFKA, "a", v, "b", v, "c", v, "d",
	       v, "e", v, "f", v, "g", v, "h", v, "i", v, NULL);
	size_t n = strlen(lines());
	cr_assert(eq(sz, n, 8192));
	cr_assert(eq(ptr, strchr(got, '\n'), got + n - 1));
}

Test(log, names_every_event_once)
{
	for (unsigned i = 0; i < VG_EV_COUNT; i++)
		for (unsigned k = 0; k < i; k++)
			cr_assert(ne(str, (char *)vg_log_event_name(i),
				     (char *)vg_log_event_name(k)));
	cr_assert(eq(ptr, (void *)vg_log_event_name(VG_EV_COUNT), NULL));
}

Test(log, prints_numbers_to_the_ends_of_their_range)
{
	char n[24];

	cr_assert(
		eq(str, (char *)vg_num(n, LLONG_MIN), "-9223372036854775808"));
}

Test(log, says_no_more_lines_a_minute_than_it_may_and_counts_the_rest)
{
	struct vg_log_limit l = {0};
	int64_t kept = -1, t = 1000000;

	for (int i = 0; i < 3; i++) {
		cr_assert(vg_log_may(&l, 3, t + i, &kept));
		cr_assert(eq(i64, kept, 0));
	}
	for (int i = 0; i < 5; i++)
		cr_assert(not(vg_log_may(&l, 3, t + 59999, &kept)));
	cr_assert(vg_log_may(&l, 3, t + 60000, &kept));
	cr_assert(eq(i64, kept, 5));
	cr_assert(vg_log_may(&l, 3, t + 60001, &kept));
	cr_assert(eq(i64, kept, 0));
}

Test(log, is_not_silenced_by_a_clock_that_was_set_back)
{
	struct vg_log_limit l = {0};
	int64_t kept = 0;

	cr_assert(vg_log_may(&l, 1, 1000000, &kept));
	cr_assert(not(vg_log_may(&l, 1, 1000001, &kept)));
	cr_assert(vg_log_may(&l, 1, 5000, &kept));
	cr_assert(eq(i64, kept, 1));
}

/* The line that one pair makes in form `form`. */
static const char *said(enum vg_log_form form, const char *key,
			const char *value)
{
	log_to.form = form;
	vg_log(&log_to, VG_LOG_WARN, VG_EV_KAFKA, key, value, "n", NULL, NULL);
	return lines();
}

#define OBJECT                                                                 \
	"{\"time\":\"2026-01-02T03:04:05.678Z\",\"PRIORITY\":\"4\","           \
	"\"SYSLOG_IDENTIFIER\":\"vigie\",\"level\":\"warn\","                  \
	"\"event\":\"kafka\","

Test(log, writes_an_object_of_json_a_line)
{
	cr_assert(eq(str, (char *)said(VG_LOG_JSON, "topic", "alerts.ma"),
		     OBJECT "\"topic\":\"alerts.ma\",\"n\":\"\"}\n"));
	cr_assert(eq(str, (char *)said(VG_LOG_JSON, "why", "a \"b\" \\ été"),
		     OBJECT "\"why\":\"a \\\"b\\\" \\\\ été\",\"n\":\"\"}\n"));
	cr_assert(eq(str, (char *)said(VG_LOG_JSON, "why", "x\n\xff"),
		     OBJECT "\"why\":\"x\\\\x0a\\\\xff\",\"n\":\"\"}\n"));
}

Test(log, never_cuts_an_object)
{
	static char long_text[300];
	size_t n;

	memset(long_text, 1, sizeof long_text - 1);
	log_to.form = VG_LOG_JSON;
	vg_log(&log_to, VG_LOG_INFO, VG_EV_KAFKA, "a", long_text, "b",
	       long_text, "c", long_text, "d", long_text, "e", long_text, "f",
	       long_text, "g", long_text, "h", long_text, "i", long_text, NULL);
	n = strlen(lines());
	cr_assert(gt(sz, n, 4000));
	cr_assert(eq(str, got + n - 3, "\"}\n"));
	cr_assert(strstr(got, "\"i\":") == NULL, "pairs past the end are out");
}

Test(log, writes_the_journals_fields)
{
	cr_assert(eq(str,
		     (char *)said(VG_LOG_JOURNAL, "topic", "x\nPRIORITY=0"),
		     "SYSLOG_IDENTIFIER=vigie\nPRIORITY=4\nVIGIE_EVENT=kafka\n"
		     "VIGIE_TOPIC=x\\x0aPRIORITY=0\nVIGIE_N=\n"
		     "MESSAGE=event=kafka topic=\"x\\x0aPRIORITY=0\" n=-\n"));
}

Test(log, speaks_to_the_journal_where_there_is_one)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct vg_err err = {0};
	int journal = socket(AF_UNIX, SOCK_DGRAM, 0), to = -1;
	ssize_t n;

	(void)snprintf(at.sun_path, sizeof at.sun_path, "/tmp/vg-journal-%ld",
		       (long)getpid());
	cr_assert(eq(int, vg_log_journal(&to, at.sun_path, &err), VG_INVAL));
	cr_assert(strstr(err.text, "log.format: no journal") != NULL);
	cr_assert(eq(int, to, -1));
	cr_assert(eq(int, bind(journal, (void *)&at, sizeof at), 0));
	cr_assert(eq(int, vg_log_journal(&to, at.sun_path, &err), VG_OK));
	(void)unlink(at.sun_path);
	log_to.fd = to;
	log_to.form = VG_LOG_JOURNAL;
	vg_log(&log_to, VG_LOG_INFO, VG_EV_READY, NULL);
	n = recv(journal, got, sizeof got - 1, 0);
	got[n < 0 ? 0 : n] = '\0';
	cr_assert(eq(str, got,
		     "SYSLOG_IDENTIFIER=vigie\nPRIORITY=6\nVIGIE_EVENT=ready\n"
		     "MESSAGE=event=ready\n"));
	close(to);
	close(journal);
}

Test(log, names_its_forms)
{
	cr_assert(eq(str, (char *)vg_log_form_name(VG_LOG_JOURNAL), "journal"));
	cr_assert(vg_log_form_name(VG_LOG_JOURNAL + 1) == NULL);
}
