#include "core/options.h"

#include <assert.h>

enum {
	WIDTH = 78,
	INDENT = 6,
	RANGE_TEXT = 80,
	TAKES_TEXT = 160,
	INITIAL_TEXT = 48
};

/* How a row's default reads: "required", "empty" or the value. */
static const char *initial(const struct vg_option *o)
{
	if (o->initial == NULL)
		return "required";
	return o->initial[0] == '\0' ? "empty" : o->initial;
}

/* What a row takes: "1..64 threads", "1s..10m", "host:port". */
static const char *takes(const struct vg_option *o, char out[TAKES_TEXT])
{
	char range[RANGE_TEXT];

	vg_option_range(o, range, sizeof range);
	bool both = range[0] != '\0' && o->unit[0] != '\0' &&
		    o->type != VG_OPT_DURATION;
	if (o->type == VG_OPT_LIST)
		(void)snprintf(out, TAKES_TEXT, "%s, %s", o->unit, range);
	else if (both)
		(void)snprintf(out, TAKES_TEXT, "%s %s", range, o->unit);
	else
		(void)snprintf(out, TAKES_TEXT, "%s",
			       range[0] != '\0' ? range : o->unit);
	return out;
}

/* Print `text` in lines of at most WIDTH, indented. */
static void print_wrapped(FILE *out, const char *text)
{
	size_t column = 0;

	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, " ");
		if (column > 0 && column + 1 + n > WIDTH) {
			(void)fputc('\n', out);
			column = 0;
		}
		int pad = column == 0 ? INDENT : 1;
		(void)fprintf(out, "%*s%.*s", pad, "", (int)n, p);
		column += (size_t)pad + n;
		p += n + (p[n] == ' ');
	}
	(void)fputc('\n', out);
}

void vg_config_help(FILE *out)
{
	const struct vg_option *o;
	char what[TAKES_TEXT];

	(void)fprintf(out,
		      "Options of the configuration file (-c FILE). A dot is a "
		      "level of the file;\nsingle values can also be given as "
		      "--set NAME=VALUE, which wins.\n\n  %-24s %-15s %s\n",
		      "OPTION", "DEFAULT", "TAKES");
	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		(void)fprintf(out, "  %-24s %-15s %s\n", o->name, initial(o),
			      takes(o, what));
		print_wrapped(out, o->help);
	}
}

static const char INTRO[] =
	"# Configuration\n"
	"\n"
	"<!-- Written by `vigie help config`; edit core/options.c "
	"instead. -->\n"
	"\n"
	"vigie reads one YAML file, given as `-c FILE`; `vigie check -c FILE` "
	"checks it\n"
	"and starts nothing. A dot in the name of an option is a level of the "
	"file:\n"
	"`ingest.workers` is `workers:` under `ingest:`.\n"
	"\n"
	"- A single value can also be given on the command line, as\n"
	"  `--set ingest.workers=4`. It wins over the file.\n"
	"- A duration is a number with `ms`, `s`, `m`, `h` or `d`, or a plain "
	"number of\n"
	"  seconds.\n"
	"- A relative path starts at the folder of the configuration file, "
	"also with\n"
	"  `--set`.\n"
	"- Secrets stand in files of their own, which others must not be able "
	"to read\n"
	"  (`chmod o= FILE`).\n"
	"- An unknown option, a wrong type, a value outside its range, an "
	"option given\n"
	"  twice, an anchor, an alias or a tag is refused with the file, the "
	"line, the\n"
	"  option and what to do; nothing is started.\n"
	"\n";

static const char EXAMPLE[] =
	"## Example\n"
	"\n"
	"```yaml\n"
	"partners:\n"
	"  - {id: MA, country: MA, slot: 0}\n"
	"  - {id: IL, country: IL, slot: 1}\n"
	"  - {id: AE, country: AE, slot: 2, tlp: GREEN}\n"
	"  - {id: US, country: US, slot: 3, topic: alerts.us}\n"
	"  - {id: BH, country: BH, slot: 4}\n"
	"\n"
	"caveats: [MA+US, IL+AE+US, MA+COALITION]\n"
	"\n"
	"rules:\n"
	"  - rules/cross-border-actor.yaml\n"
	"  - rules/cross-border-indicator.yaml\n"
	"\n"
	"hash_key_file: secrets/hash.key # head -c 16 /dev/urandom > it, "
	"once\n"
	"\n"
	"kafka:\n"
	"  brokers: \"kafka-1:9093,kafka-2:9093\"\n"
	"  security: sasl_ssl\n"
	"  ca_file: secrets/coalition-ca.crt\n"
	"  user: vigie\n"
	"  password_file: secrets/kafka.password\n"
	"  instance_id: vigie-1\n"
	"\n"
	"redis:\n"
	"  address: 127.0.0.1:6379\n"
	"  password_file: secrets/redis.password\n"
	"\n"
	"ingest:\n"
	"  workers: 2\n"
	"  future_tolerance: 5m\n"
	"\n"
	"series: {keep_10s: 2h, keep_1m: 48h, keep_1h: 90d, keep_1d: 1095d}\n"
	"\n"
	"http:\n"
	"  address: 127.0.0.1:8080\n"
	"  token_file: secrets/tokens\n"
	"```\n";

/* Length of a name up to its first dot: what its options share. */
static size_t section(const char *name)
{
	return strcspn(name, ".");
}

static bool same_section(const char *a, const char *b)
{
	return section(a) == section(b) && strncmp(a, b, section(a)) == 0;
}

static void print_row(FILE *out, const struct vg_option *o)
{
	char what[TAKES_TEXT], first[INITIAL_TEXT];
	bool word = o->initial == NULL || o->initial[0] == '\0';

	(void)snprintf(first, sizeof first, "%s%s%s", word ? "" : "`",
		       initial(o), word ? "" : "`");
	/* No text of the table may break a row of this one. */
	assert(strchr(o->help, '|') == NULL && strchr(o->unit, '|') == NULL);
	(void)fprintf(out, "| `%s` | %s | %s | %s |\n", o->name, first,
		      takes(o, what), o->help);
}

void vg_config_markdown(FILE *out)
{
	const struct vg_option *o, *before = NULL;

	(void)fputs(INTRO, out);
	(void)fputs(EXAMPLE, out);
	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		if (before == NULL || !same_section(before->name, o->name))
			(void)fprintf(out,
				      "\n## %.*s\n\n"
				      "| option | default | takes | what it is "
				      "|\n| --- | --- | --- | --- |\n",
				      (int)section(o->name), o->name);
		print_row(out, o);
		before = o;
	}
}
