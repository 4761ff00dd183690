/*
 * bench_consume - the intake alone: read COUNT records of the topics as ingest
 * does, and drop them. What is left is the library, the kernel and the broker.
 *
 *   bench_consume BROKERS COUNT PARTITIONS TOPIC...
 *
 * Prints "name value" lines: events_per_s, from the first record to the last,
 * and cpu_us, of this process for one record.
 */
#include <librdkafka/rdkafka.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { AT_ONCE = 1000, WAIT_MS = 30000 };

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* A consumer with the settings of ingest/group.c that cost or save time. */
static rd_kafka_t *connect_to(const char *brokers)
{
	const char *const option[][2] = {
		{"bootstrap.servers", brokers},
		{"group.id", "bench-consume"},
		{"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"},
		{"isolation.level", "read_committed"},
		{"check.crcs", "true"},
		{"fetch.max.bytes", "6000000"},
		{"fetch.wait.max.ms", "10"},
		{"queued.max.messages.kbytes", "24000"}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	for (size_t i = 0; i < sizeof option / sizeof option[0]; i++)
		if (rd_kafka_conf_set(conf, option[i][0], option[i][1], why,
				      sizeof why) != RD_KAFKA_CONF_OK)
			goto fail;
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
	if (rk != NULL &&
	    rd_kafka_poll_set_consumer(rk) == RD_KAFKA_RESP_ERR_NO_ERROR)
		return rk;
fail:
	fprintf(stderr, "bench_consume: %s\n", why);
	exit(1);
}

static void assign(rd_kafka_t *rk, char **topic, int n, int partitions)
{
	rd_kafka_topic_partition_list_t *all =
		rd_kafka_topic_partition_list_new(n * partitions);

	for (int i = 0; i < n; i++)
		for (int k = 0; k < partitions; k++)
			rd_kafka_topic_partition_list_add(all, topic[i], k)
				->offset = RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_assign(rk, all);
	rd_kafka_topic_partition_list_destroy(all);
}

/* Take what is there; how many of them were records. */
static int64_t take(rd_kafka_queue_t *queue)
{
	static rd_kafka_message_t *m[AT_ONCE];
	ssize_t n = rd_kafka_consume_batch_queue(queue, WAIT_MS, m, AT_ONCE);
	int64_t records = 0;

	for (ssize_t i = 0; i < n; i++) {
		records += m[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR;
		rd_kafka_message_destroy(m[i]);
	}
	if (n > 0)
		return records;
	fprintf(stderr, "bench_consume: nothing came for %d s\n",
		WAIT_MS / 1000);
	exit(1);
}

int main(int argc, char **argv)
{
	int64_t count, done = 0, first = 0;
	double began = 0, cpu = 0;

	if (argc < 5) {
		fprintf(stderr, "usage: bench_consume BROKERS COUNT PARTITIONS "
				"TOPIC...\n");
		return 2;
	}
	count = strtoll(argv[2], NULL, 10);
	rd_kafka_t *rk = connect_to(argv[1]);
	assign(rk, argv + 4, argc - 4, atoi(argv[3]));
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
	while (done < count) {
		done += take(queue);
		if (first == 0) {
			first = done;
			began = now_s();
			cpu = cpu_s();
		}
	}
	printf("events_per_s %.0f\ncpu_us %.3f\n",
	       (double)(done - first) / (now_s() - began),
	       (cpu_s() - cpu) * 1e6 / (double)(done - first));
	rd_kafka_queue_destroy(queue);
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	return 0;
}
