/*
 * fuzz_tokens - what says who asks. The first line of an input is the value of
 * an Authorization header, the rest a token file: the header's token stays in
 * its bytes, the file is refused with its place or is tokens of viewers that
 * there are.
 */
#include "../ingest_fix.h"

#include "api/credentials.h"
#include "api/token_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NAME[] = "tokens";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_tokens: %s\n", complaint);
	abort();
}

static bool within(struct vg_slice s, const char *from, size_t n)
{
	return s.p >= from && s.n <= n && s.p + s.n <= from + n;
}

static void check_header(const char *line, size_t n)
{
	char room[VG_CREDENTIALS_ROOM];
	struct vg_slice token = {.n = 0};
	char *header = malloc(n + 1);

	if (header == NULL)
		return;
	memcpy(header, line, n);
	header[n] = '\0';
	if (vg_credentials(header, room, &token) && !within(token, header, n) &&
	    !within(token, room, sizeof room))
		stop("a token outside its header");
	free(header);
}

static void check_token(const struct vg_config *cfg, const struct vg_token *t)
{
	struct vg_slice name = vg_slice_of(t->name);

	if (t->viewer > VG_SLOT_PUBLIC ||
	    (t->viewer <= VG_SLOT_PARTNER_MAX &&
	     vg_config_slot(cfg, t->viewer) == NULL))
		stop("a viewer that there is not");
	if (t->role < VG_ROLE_READER || t->role > VG_ROLE_ADMIN ||
	    t->n_nets > VG_TOKEN_NETS_MAX || t->rate < -1 || t->burst < 0)
		stop("a number out of its range");
	if (name.n > 0 && !vg_token_name_ok(name))
		stop("a name");
}

static void check_file(const char *data, size_t size)
{
	struct vg_config cfg = fix_config();
	struct vg_token_set set = {.token = NULL};
	struct vg_err err = {.text = ""};
	char *text = malloc(size > 0 ? size : 1);

	if (text == NULL)
		return;
	if (size > 0)
		memcpy(text, data, size);
	enum vg_rc rc =
		vg_token_parse(&set, &cfg, NAME,
			       (struct vg_slice){text, (uint32_t)size}, &err);
	if (rc == VG_INVAL && strncmp(err.text, NAME, sizeof NAME - 1) != 0)
		stop("a refusal without the file");
	if (rc != VG_OK && set.token != NULL)
		stop("tokens with their refusal");
	for (size_t i = 0; rc == VG_OK && i < set.n; i++)
		check_token(&cfg, &set.token[i]);
	free(set.token);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
	size_t n = end != NULL ? (size_t)(end - text) : size;

	if (size == 0)
		return 0;
	check_header(text, n);
	if (end != NULL)
		check_file(end + 1, size - n - 1);
	return 0;
}
