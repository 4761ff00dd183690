import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The job on Kafka Streams, exactly_once_v2, RocksDB with changelogs, two
 * threads:  StreamsPeer BROKERS TOPIC,TOPIC... EVENTS DIR
 *
 * Counts are keyed globally, so an event crosses a repartition topic once by
 * country and once by actor. The run ends when all of it is committed; the
 * checksums are of the committed changelogs, newest value of a key. With -Dlive
 * it goes on for ever. -Dcommit=MS, -Dlinger=MS; -Did, -Dalerts: its name (one
 * that ran before goes on where it was), and the topic of alerts.
 */
public final class StreamsPeer {
    private static final int PARTS = 8;
    private static final LongAdder counted = new LongAdder(), judged = new LongAdder();

    /** When each country was last struck by an actor; an alert for each one past the first. */
    static final class Crossing implements Processor<String, String, String, String> {
        private ProcessorContext<String, String> context;
        private KeyValueStore<String, Long> seen;

        @Override
        public void init(ProcessorContext<String, String> c) {
            context = c;
            seen = c.getStateStore("seen");
        }

        private int within(String actor, long now) {
            int n = 0;
            try (KeyValueIterator<String, Long> it = seen.range(actor + '|', actor + '}')) {
                while (it.hasNext()) if (it.next().value > now - Job.WEEK) n++;
            }
            return n;
        }

        @Override
        public void process(Record<String, String> r) {
            String key = r.key() + '|' + r.value();
            long now = r.timestamp();
            Long last = seen.get(key);
            if (last == null || now > last) seen.put(key, now);
            if (last == null || last <= now - Job.WEEK) {
                int n = within(r.key(), now);
                if (n >= Job.COUNTRIES) {
                    Job.alerted.add(r.key());
                    context.forward(r.withValue(r.key() + " in " + n + " countries"));
                }
            }
            judged.increment();
        }
    }

    private static Job.Event parse(String topic, byte[] bytes) {
        try {
            return Job.parse(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Topology topology(List<String> topics) {
        StreamsBuilder b = new StreamsBuilder();
        Serde<Job.Event> serde = Serdes.serdeFrom((t, e) -> { throw new IllegalStateException(); }, StreamsPeer::parse);
        KStream<byte[], Job.Event> in = b.stream(topics, Consumed.with(Serdes.ByteArray(), serde)
            .withTimestampExtractor((r, before) -> ((Job.Event) r.value()).ms()));
        Repartitioned<String, String> keyed =
            Repartitioned.<String, String>with(Serdes.String(), Serdes.String()).withNumberOfPartitions(PARTS);
        TimeWindows minute = TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofHours(1));
        in.map((k, e) -> KeyValue.pair(e.country(), "")).repartition(keyed.withName("by-country"))
            .peek((k, v) -> counted.increment())
            .groupByKey().windowedBy(minute).count(Materialized.as("country"));
        KStream<String, String> actors = in.map((k, e) -> KeyValue.pair(e.actor(), e.country()))
            .repartition(keyed.withName("by-actor"));
        actors.groupByKey().windowedBy(minute).count(Materialized.as("actor"));
        b.addStateStore(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("seen"), Serdes.String(),
            Serdes.Long()).withCachingEnabled());
        actors.process(Crossing::new, "seen")
            .to(System.getProperty("alerts", "bench.alerts"), Produced.with(Serdes.String(), Serdes.String()));
        return b.build();
    }

    private static Properties settings(String brokers, String app, String dir) {
        Properties p = new Properties();
        p.put("application.id", app);
        p.put("bootstrap.servers", brokers);
        p.put("processing.guarantee", "exactly_once_v2");
        p.put("num.stream.threads", "2");
        p.put("replication.factor", "1");
        p.put("commit.interval.ms", System.getProperty("commit", "1000"));
        p.put("session.timeout.ms", "6000");
        p.put("heartbeat.interval.ms", "2000");
        p.put("statestore.cache.max.bytes", String.valueOf(64L << 20));
        p.put("state.dir", dir);
        p.put("auto.offset.reset", "earliest");
        p.put("default.key.serde", Serdes.StringSerde.class);
        p.put("default.value.serde", Serdes.StringSerde.class);
        p.put("producer.compression.type", "lz4");
        p.put("producer.linger.ms", System.getProperty("linger", "50"));
        p.put("producer.batch.size", "131072");
        return p;
    }

    /** The largest committed lag over the sources; -1 until each partition that has records has a commit. */
    private static long lag(Admin admin, String app, Set<String> topics) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> at = admin.listConsumerGroupOffsets(app).partitionsToOffsetAndMetadata().get();
        Map<TopicPartition, OffsetSpec> ask = new HashMap<>();
        admin.describeTopics(topics).allTopicNames().get().forEach((t, d) ->
            d.partitions().forEach(p -> ask.put(new TopicPartition(t, p.partition()), OffsetSpec.latest())));
        var end = admin.listOffsets(ask, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all().get();
        long worst = 0;
        for (TopicPartition p : ask.keySet()) {
            long e = end.get(p).offset();
            OffsetAndMetadata m = at.get(p);
            if (m == null && e > 0) return -1;
            if (m != null) worst = Math.max(worst, e - m.offset());
        }
        return worst;
    }

    /** Adds up a committed changelog; its keys are a text, eight bytes of window start, four of a number. */
    private static void readChangelog(String brokers, String topic, boolean isCountry) {
        Map<String, Object> c = Map.of("bootstrap.servers", brokers, "isolation.level", "read_committed",
            "auto.offset.reset", "earliest");
        Map<Bytes, byte[]> last = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> k =
                 new KafkaConsumer<>(c, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> parts = k.partitionsFor(topic).stream()
                .map(p -> new TopicPartition(topic, p.partition())).toList();
            k.assign(parts);
            k.seekToBeginning(parts);
            Map<TopicPartition, Long> end = k.endOffsets(parts);
            while (parts.stream().anyMatch(p -> k.position(p) < end.get(p)))
                for (ConsumerRecord<byte[], byte[]> r : k.poll(Duration.ofMillis(200)))
                    last.put(Bytes.wrap(r.key()), r.value());
        }
        last.forEach((key, value) -> {
            if (value == null) return;
            byte[] b = key.get();
            String name = new String(b, 0, b.length - 12);
            long minute = ByteBuffer.wrap(b, b.length - 12, 8).getLong();
            long n = ByteBuffer.wrap(value, value.length - 8, 8).getLong();
            if (isCountry) Job.countryCell(minute, name, n);
            else Job.actorCell(minute, name, n);
        });
    }

    public static void main(String[] a) throws Exception {
        String app = System.getProperty("id", "streams-" + ProcessHandle.current().pid());
        List<String> topics = Arrays.asList(a[1].split(","));
        long want = Long.parseLong(a[2]);
        KafkaStreams ks = new KafkaStreams(topology(topics), settings(a[0], app, a[3]));
        ks.setUncaughtExceptionHandler(e -> {
            e.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        Admin admin = Admin.create(Map.of("bootstrap.servers", a[0]));
        Set<String> sources = new HashSet<>(topics);
        sources.addAll(List.of(app + "-by-actor-repartition", app + "-by-country-repartition"));
        long begun = System.nanoTime();
        ks.start();
        while (Boolean.getBoolean("live")) Thread.sleep(1000);
        while (counted.sum() < want || judged.sum() < want) Thread.sleep(20);
        for (long l = -1; l < 0 || l > 2; l = lag(admin, app, sources)) Thread.sleep(20);
        double cpu = Job.cpuSeconds();
        long end = System.nanoTime();
        ks.close(Duration.ofSeconds(20));
        readChangelog(a[0], app + "-country-changelog", true);
        readChangelog(a[0], app + "-actor-changelog", false);
        Job.report(begun, end, cpu);
        Runtime.getRuntime().halt(0);
    }
}
