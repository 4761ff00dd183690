#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/oidc_role.h"
#include "cmd/report.h"
#include "cmd/world.h"
#include "core/option_fault.h"
#include "ingest/broker.h"
#include "ingest/feature.h"
#include "ingest/publish.h"
#include "ingest/topics.h"
#include "notify/kinds.h"
#include "notify/routes.h"
#include "verify/verify.h"

#include <string.h>

/* Open the world of -c FILE and --set; *status is set when it is not VG_OK. */
static enum vg_rc open_world(struct vg_world *w, const char *config,
			     const struct vg_arg_list *set, int *status)
{
	struct vg_err err = {0};
	enum vg_rc rc = vg_world_init(w, config, set->v, set->n, &err);

	if (rc != VG_OK)
		*status = vg_report(&err);
	return rc;
}

/* Who is told: receivers and routes. */
static enum vg_rc check_notify(const struct vg_config *cfg, struct vg_err *err)
{
	struct vg_routes *routes = NULL;
	enum vg_rc rc = vg_receivers_check(cfg, err);

	if (rc == VG_OK)
		rc = vg_routes_load(&routes, cfg, err);
	vg_routes_free(routes);
	return rc;
}

static int checked(const struct vg_world *w, const char *config)
{
	struct vg_err err = {0};

	if (vg_feature_check(w->cfg, &err) != VG_OK ||
	    check_notify(w->cfg, &err) != VG_OK ||
	    vg_oidc_check(w->cfg, &err) != VG_OK)
		return vg_report(&err);
	fputs(vg_rules_warnings(w->rules), stderr);
	printf("%s: good: %zu partners, %zu rules, %zu tracks, %zu audiences\n",
	       config, w->cfg->n_partners, vg_rules_count(w->rules),
	       vg_plan_tracks(w->plan), vg_audience_count(w->aud));
	return VG_EXIT_OK;
}

int vg_cmd_check(int argc, char **argv)
{
	const char *config = NULL;
	struct vg_arg_list set = {0};
	const struct vg_arg table[] = {VG_ARG_CONFIG(&config), VG_ARG_SET(&set),
				       VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_world w = {0};

	if (argc > 0 && strcmp(argv[0], "event") == 0)
		return vg_cmd_check_event(argc - 1, argv + 1);
	if (argc > 0 && argv[0][0] != '-')
		return vg_cmd_check_rules(argc, argv);
	if (!vg_command_line("check -c FILE | check RULES.yaml... | "
			     "check event --help",
			     table, VG_ROWS(table), argc, argv, &status))
		return status;
	if (open_world(&w, config, &set, &status) != VG_OK)
		return status;
	status = checked(&w, config);
	vg_world_term(&w);
	return status;
}

/* What would only be refused after a minute of trying. */
static enum vg_rc judge_words(const struct vg_publish_opts *o,
			      struct vg_err *err)
{
	const char *fault = vg_fault_topic(o->topic);

	if (fault != NULL)
		return vg_err_set(err, VG_INVAL, "--topic: %.60s %s", o->topic,
				  fault);
	return VG_OK;
}

/* How the brokers are reached: -c FILE, --set and --brokers, which wins. */
static enum vg_rc read_brokers(struct vg_config **out, const char *brokers,
			       const char *config,
			       const struct vg_arg_list *set,
			       struct vg_err *err)
{
	const char *all[VG_ARG_MANY_MAX + 1];
	char last[4200];
	size_t n = 0;

	if (brokers == NULL && config == NULL && set->n == 0)
		return vg_err_set(err, VG_INVAL,
				  "--brokers is missing; say where Kafka is "
				  "(or name a file: -c)");
	for (; n < set->n; n++)
		all[n] = set->v[n];
	if (brokers != NULL) {
		const char *fault = vg_fault_brokers(brokers);

		if (fault != NULL)
			return vg_err_set(err, VG_INVAL, "--brokers: %.60s %s",
					  brokers, fault);
		snprintf(last, sizeof last, "kafka.brokers=%s", brokers);
		all[n++] = last;
	}
	return vg_config_load_kafka(out, config, all, n, err);
}

static enum vg_rc publish(const struct vg_publish_opts *unsigned_opts,
			  const char *key, struct vg_err *err)
{
	struct vg_publish_opts o = *unsigned_opts;
	struct vg_signer signer = {.id = ""};
	enum vg_rc rc = VG_OK;

	if (key != NULL) {
		rc = vg_signer_read(&signer, key, err);
		o.signer = &signer;
	}
	if (rc == VG_OK)
		rc = vg_publish(&o, err);
	vg_secret_wipe(&signer, sizeof signer);
	return rc;
}

int vg_cmd_publish(int argc, char **argv)
{
	struct vg_publish_opts o = {
		.out = stdout, .progress = stderr, .clock = vg_clock_system()};
	const char *times = NULL, *config = NULL, *brokers = NULL;
	struct vg_arg_list set = {0};
	struct vg_config *cfg = NULL;
	const char *key = NULL;
	bool canary = false;
	const struct vg_arg table[] = {
		{"--sign", NULL, VG_ARG_TEXT, &key, "KEYFILE",
		 "sign each record, with a key of `sign-key new`", false, 0, 0},
		{"--brokers", "-b", VG_ARG_TEXT, &brokers, "HOST:PORT,...",
		 "the Kafka brokers", false, 0, 0},
		{"--config", "-c", VG_ARG_TEXT, &config, "FILE",
		 "a file with `kafka:`: brokers, security, user", false, 0, 0},
		VG_ARG_SET(&set),
		{"--topic", "-t", VG_ARG_TEXT, &o.topic, "TOPIC",
		 "the partner's topic", true, 0, 0},
		{"--rate", NULL, VG_ARG_NUMBER, &o.rate, "N",
		 "records a second; 0 (default): as fast as it goes", false, 0,
		 10000000},
		{"--record-time", NULL, VG_ARG_TEXT, &times, "now|event",
		 "record timestamp: now (default), or the line's time", false,
		 0, 0},
		{"--canary", NULL, VG_ARG_FLAG, &canary, "",
		 "one canary, sent now, in place of a file", false, 0, 0},
		{"", NULL, VG_ARG_TEXT, &o.path, "FILE.ndjson",
		 "one event a line; - is standard input", false, 0, 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("publish --brokers B --topic T FILE.ndjson", table,
			     VG_ROWS(table), argc, argv, &status))
		return status;
	if (times != NULL && strcmp(times, "now") != 0 &&
	    strcmp(times, "event") != 0) {
		(void)vg_err_set(&err, VG_INVAL,
				 "--record-time: %.20s is not now or event",
				 times);
		return vg_report(&err);
	}
	if (canary == (o.path != NULL)) {
		(void)vg_err_set(&err, VG_INVAL,
				 "name a file of events, or --canary");
		return vg_report(&err);
	}
	if (judge_words(&o, &err) != VG_OK)
		return vg_report(&err);
	o.event_time = times != NULL && strcmp(times, "event") == 0;
	if (read_brokers(&cfg, brokers, config, &set, &err) != VG_OK)
		return vg_report(&err);
	o.cfg = cfg;
	if (publish(&o, key, &err) != VG_OK)
		status = vg_report(&err);
	vg_config_free(cfg);
	return status;
}

int vg_cmd_verify(int argc, char **argv)
{
	const char *config = NULL;
	struct vg_arg_list set = {0};
	const struct vg_arg table[] = {VG_ARG_CONFIG(&config), VG_ARG_SET(&set),
				       VG_ARG_HELP};
	int status = VG_EXIT_OK;
	size_t differences = 0;
	struct vg_err err = {0};
	struct vg_world w = {0};

	if (!vg_command_line("verify -c FILE", table, VG_ROWS(table), argc,
			     argv, &status))
		return status;
	if (open_world(&w, config, &set, &status) != VG_OK)
		return status;
	const struct vg_verify_opts o = {
		.env = &w.env, .out = stdout, .progress = stderr};
	if (vg_verify(&o, &differences, &err) != VG_OK)
		status = vg_report(&err);
	else if (differences > 0)
		status = VG_EXIT_FAILED;
	vg_world_term(&w);
	return status;
}

int vg_cmd_topics(int argc, char **argv)
{
	const char *config = NULL;
	struct vg_arg_list set = {0};
	bool producer_times = false;
	int64_t partitions = 8, replication = 1;
	const struct vg_arg table[] = {
		VG_ARG_CONFIG(&config),
		VG_ARG_SET(&set),
		{"--partitions", NULL, VG_ARG_NUMBER, &partitions, "N",
		 "of each topic (8)", false, 1, 1024},
		{"--replication", NULL, VG_ARG_NUMBER, &replication, "N",
		 "copies of each partition (1)", false, 1, 9},
		{"--producer-times", NULL, VG_ARG_FLAG, &producer_times, "",
		 "keep the producer's record times, for replays", false, 0, 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};
	struct vg_world w = {0};

	if (!vg_command_line("topics -c FILE", table, VG_ROWS(table), argc,
			     argv, &status))
		return status;
	if (open_world(&w, config, &set, &status) != VG_OK)
		return status;
	const struct vg_topics_opts o = {.partitions = (int)partitions,
					 .replication = (int)replication,
					 .producer_times = producer_times,
					 .out = stdout,
					 .progress = stderr};
	if (vg_topics_make(w.cfg, &o, &err) != VG_OK)
		status = vg_report(&err);
	vg_world_term(&w);
	return status;
}

int vg_cmd_broker(int argc, char **argv)
{
	struct vg_arg_list topics = {0};
	int64_t partitions = 4;
	const struct vg_arg table[] = {
		{"--topic", "-t", VG_ARG_MANY, &topics, "TOPIC",
		 "a topic to make; may be given again", false, 0, 0},
		{"--partitions", NULL, VG_ARG_NUMBER, &partitions, "N",
		 "of each topic (4)", false, 1, 64},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};
	struct vg_mock_broker *b = NULL;

	if (!vg_command_line("broker", table, VG_ROWS(table), argc, argv,
			     &status))
		return status;
	vg_block_signals();
	if (vg_mock_broker_new(&b, topics.v, (int)topics.n, (int)partitions,
			       &err) != VG_OK)
		return vg_report(&err);
	fputs("vigie broker: FOR TRYING OUT ONLY: in memory, the newest 5 MB "
	      "or "
	      "100,000 records\nof a partition, gone when it stops. Use real "
	      "Kafka for anything you want to keep.\n",
	      stderr);
	printf("VIGIE_BROKERS=%s\n", vg_mock_broker_address(b));
	fflush(stdout);
	(void)vg_wait_for_signal(0);
	vg_mock_broker_free(b);
	return VG_EXIT_OK;
}
