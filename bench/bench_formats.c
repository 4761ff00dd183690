/*
 * bench_formats - what each decoder costs a byte, against the canonical one: a
 * record of its corpus over and over, the one called "whole" or else the
 * longest that is accepted.
 *
 *   bench_formats CORPUS [COUNT]
 *
 * Exit status 1 when one costs more than 2.5 times the canonical decoder. Each
 * is the best of five runs, as another process may have had the processor.
 */
#include "core/config.h"
#include "ingest/decode.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORD = 8192, COUNT = 100000, RUNS = 5, PATH = 1024 };

static const double MOST = 2.5;

struct bench {
	struct vg_config cfg;
	struct vg_scratch *scratch;
	struct vg_event event;
	struct vg_decoded decoded;
	char record[RECORD], text[RECORD];
	size_t len;
};

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bool decode(struct bench *b, const struct vg_decoder *d,
		   const char *text, size_t n)
{
	d->decode(b->scratch, &b->cfg, b->cfg.partners,
		  (struct vg_slice){text, (uint32_t)n}, &b->event, &b->decoded);
	return b->decoded.verdict == VG_VERDICT_COUNTED;
}

/* Take the file at `path` as the record when it is longer and accepted. */
static void consider(struct bench *b, const struct vg_decoder *d,
		     const char *path)
{
	FILE *in = fopen(path, "rb");

	if (in == NULL)
		return;
	size_t n = fread(b->text, 1, sizeof b->text, in);
	fclose(in);
	if (n == sizeof b->text || n <= b->len || !decode(b, d, b->text, n))
		return;
	memcpy(b->record, b->text, n);
	b->len = n;
}

static void choose(struct bench *b, const struct vg_decoder *d,
		   const char *corpus)
{
	char folder[PATH], path[2 * PATH];

	b->len = 0;
	snprintf(folder, sizeof folder, "%s/%s", corpus, d->name);
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return;
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (strncmp(e->d_name, "whole", 5) == 0)
			b->len = 0;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		consider(b, d, path);
		if (strncmp(e->d_name, "whole", 5) == 0)
			break;
	}
	closedir(dir);
}

static double ns_per_byte(struct bench *b, const struct vg_decoder *d,
			  int count)
{
	double best = 0;

	for (int run = 0; run < RUNS; run++) {
		double from = cpu_ns();

		for (int i = 0; i < count; i++)
			if (!decode(b, d, b->record, b->len))
				abort();
		double ns = (cpu_ns() - from) / count / (double)b->len;
		if (run == 0 || ns < best)
			best = ns;
	}
	return best;
}

static bool measure(struct bench *b, const char *corpus, int count)
{
	double canonical = 0;
	bool good = true;

	for (size_t i = 0; vg_decoder_at(i) != NULL; i++) {
		const struct vg_decoder *d = vg_decoder_at(i);

		choose(b, d, corpus);
		if (b->len == 0) {
			printf("%-14s no accepted record in %s\n", d->name,
			       corpus);
			good = false;
			continue;
		}
		double ns = ns_per_byte(b, d, count);
		if (i == 0)
			canonical = ns;
		bool within = ns <= MOST * canonical;
		printf("%-14s %5zu bytes %6.2f ns/byte %5.2f times canonical"
		       "%s\n",
		       d->name, b->len, ns, ns / canonical,
		       within ? "" : "  TOO MUCH");
		good = good && within;
	}
	return good;
}

int main(int argc, char **argv)
{
	static struct bench b;
	static struct vg_partner partner = {.id = "MA",
					    .country = "MA",
					    .topic = "alerts.ma",
					    .tlp = VG_TLP_AMBER};
	int count = argc > 2 ? atoi(argv[2]) : COUNT;

	if (argc < 2 || count < 1)
		return 2;
	b.cfg = (struct vg_config){.partners = &partner, .n_partners = 1};
	if (vg_scratch_new(&b.scratch, NULL) != VG_OK)
		return 2;
	bool good = measure(&b, argv[1], count);
	vg_scratch_free(b.scratch);
	return good ? 0 : 1;
}
