/*
 * commands - the verbs of the binary. Each takes the words after its name and
 * returns the exit status: 0 done, 1 failed or differences, 2 used wrongly.
 */
#ifndef VG_CMD_COMMANDS_H
#define VG_CMD_COMMANDS_H

enum { VG_EXIT_OK = 0, VG_EXIT_FAILED = 1, VG_EXIT_USAGE = 2 };

/* Run the roles until SIGTERM or SIGINT. */
int vg_cmd_serve(int argc, char **argv);

/* Validate a configuration and all that it names, without starting. */
int vg_cmd_check(int argc, char **argv);

/* `check event`: say what would become of each record of standard input. */
int vg_cmd_check_event(int argc, char **argv);

/* `check RULES.yaml...`: judge rule files alone. */
int vg_cmd_check_rules(int argc, char **argv);

/* Rules over a file of events, without Kafka and Redis. */
int vg_cmd_backtest(int argc, char **argv);

/* Why a rule fired or did not, over a file of events. */
int vg_cmd_explain(int argc, char **argv);

/* The unit tests of rules. */
int vg_cmd_rule_test(int argc, char **argv);

/* Send a file of events as a partner's sensor would. */
int vg_cmd_publish(int argc, char **argv);

/* Count the topics again and compare with Redis. */
int vg_cmd_verify(int argc, char **argv);

/* Run an embedded broker, for trying out. */
int vg_cmd_broker(int argc, char **argv);

/* Remove what is stored of one held partition, to count it anew. */
int vg_cmd_repair(int argc, char **argv);

/* Make the partners' topics. */
int vg_cmd_topics(int argc, char **argv);

/* `token VERB`: tokens for the API are made, listed, replaced, withdrawn. */
int vg_cmd_token(int argc, char **argv);

/* `partner VERB`: members join, leave, and are removed. */
int vg_cmd_partner(int argc, char **argv);

/* `audit verify`: look whether an audit log is whole. */
int vg_cmd_audit(int argc, char **argv);

/* `sign-key new`: make a key pair for signing records. */
int vg_cmd_sign_key(int argc, char **argv);

/* Invented campaigns through the real pipeline, apart from what is real. */
int vg_cmd_exercise(int argc, char **argv);

#endif
