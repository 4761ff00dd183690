/*
 * api_fixture - a service over the fake world, with tokens of three viewers.
 */
#ifndef VG_TESTS_API_FIXTURE_H
#define VG_TESTS_API_FIXTURE_H

#include "api/service.h"

#include <cjson/cJSON.h>

/* Wall clock of every question: 2026-03-01T12:00:00.500Z. */
#define API_NOW_MS INT64_C(1772366400500)

extern const char *const API_MA, *const API_IL, *const API_SOC;

struct api_fixture {
	struct vg_config *cfg;
	struct vg_audiences *aud;
	struct vg_plan *plan; /* all series, no track */
	struct vg_metrics metrics;
	struct vg_part_env env;
	struct vg_service service;
	char folder[64], token_path[96];
};

/* Five partners, a token file in a new folder, an empty fake world. */
void api_fixture_init(struct api_fixture *f);
void api_fixture_term(struct api_fixture *f);

/* Ask as the holder of `token` (NULL: none); freed by the caller. */
struct vg_answer api_ask(struct api_fixture *f, const char *token,
			 const char *target);

/* The same, and what it would have (`Accept`; NULL: it does not say). */
struct vg_answer api_ask_as(struct api_fixture *f, const char *token,
			    const char *accept, const char *target);

/* The status alone. */
int api_status(struct api_fixture *f, const char *token, const char *target);

/* Body of a question that must succeed, or whatever `status` says. */
cJSON *api_json(struct api_fixture *f, const char *token, const char *target,
		int status);

/* Write `text` as the token file, with a modification time of its own. */
void api_write_tokens(struct api_fixture *f, const char *text);

/* "<sha256 hex of token> <viewer>\n" in `out`. */
void api_token_line(char out[160], const char *token, const char *viewer);

#endif
