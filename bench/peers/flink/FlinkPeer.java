import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * The job on Apache Flink, one JVM, parallelism 2, exactly once with a
 * checkpoint every 10 s:  FlinkPeer BROKERS TOPIC,TOPIC... hashmap|rocksdb DIR
 *
 * The input is bounded at its present end; the run ends behind the last
 * checkpoint and the last transaction. With -Dlive it goes on for ever, and
 * from the newest checkpoint in DIR where there is one. -Dcheckpoint=MS;
 * -Did, -Dcounts, -Dalerts: the name it writes under, and the two topics.
 */
public final class FlinkPeer {
    /** f0 country, f1 actor, f2 event time. */
    static final class Parse implements DeserializationSchema<Tuple3<String, String, Long>> {
        public Tuple3<String, String, Long> deserialize(byte[] b) throws IOException {
            Job.Event e = Job.parse(b);
            return Tuple3.of(e.country(), e.actor(), e.ms());
        }

        public boolean isEndOfStream(Tuple3<String, String, Long> e) { return false; }

        public TypeInformation<Tuple3<String, String, Long>> getProducedType() {
            return Types.TUPLE(Types.STRING, Types.STRING, Types.LONG);
        }
    }

    static final class Count implements AggregateFunction<Tuple3<String, String, Long>, Long, Long> {
        public Long createAccumulator() { return 0L; }
        public Long add(Tuple3<String, String, Long> e, Long n) { return n + 1; }
        public Long getResult(Long n) { return n; }
        public Long merge(Long a, Long b) { return a + b; }
    }

    /** A closed minute, told to the topic of counts. */
    static final class Cell implements WindowFunction<Long, String, String, TimeWindow> {
        private final boolean isCountry;

        Cell(boolean isCountry) { this.isCountry = isCountry; }

        public void apply(String key, TimeWindow w, Iterable<Long> in, Collector<String> out) {
            for (long n : in) {
                if (isCountry) Job.countryCell(w.getStart(), key, n);
                else Job.actorCell(w.getStart(), key, n);
                out.collect(w.getStart() + "|" + key + "|" + n);
            }
        }
    }

    /** When each country was last struck by this actor; an alert for each one past the first. */
    static final class Crossing extends KeyedProcessFunction<String, Tuple3<String, String, Long>, String> {
        private transient MapState<String, Long> seen;

        @Override
        public void open(OpenContext c) {
            seen = getRuntimeContext().getMapState(new MapStateDescriptor<>("seen", Types.STRING, Types.LONG));
        }

        @Override
        public void processElement(Tuple3<String, String, Long> e, Context c, Collector<String> out) throws Exception {
            Long last = seen.get(e.f0);
            if (last == null || e.f2 > last) seen.put(e.f0, e.f2);
            if (last != null && last > e.f2 - Job.WEEK) return;
            int n = 0;
            for (long at : seen.values()) if (at > e.f2 - Job.WEEK) n++;
            if (n < Job.COUNTRIES) return;
            Job.alerted.add(e.f1);
            out.collect(e.f1 + " in " + n + " countries");
        }
    }

    private static KafkaSink<String> sink(String brokers, String topic, String prefix) {
        return KafkaSink.<String>builder().setBootstrapServers(brokers)
            .setRecordSerializer(KafkaRecordSerializationSchema.builder().setTopic(topic)
                .setValueSerializationSchema(new SimpleStringSchema()).build())
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE).setTransactionalIdPrefix(prefix)
            .setProperty("transaction.timeout.ms", "600000").build();
    }

    /** The newest checkpoint that was finished below dir; null when none was. */
    private static String newest(Path dir) throws IOException {
        try (Stream<Path> all = Files.walk(dir)) {
            return all.filter(p -> p.endsWith("_metadata"))
                .max(Comparator.comparingLong(p -> p.toFile().lastModified()))
                .map(p -> p.getParent().toUri().toString()).orElse(null);
        }
    }

    private static StreamExecutionEnvironment environment(String backend, Path dir) throws IOException {
        Configuration conf = new Configuration();
        conf.setString("state.backend.type", backend);
        conf.setString("execution.checkpointing.dir", dir.toUri().toString());
        conf.setString("taskmanager.memory.managed.size", "256m");
        conf.setString("io.tmp.dirs", dir.toString());
        String from = newest(dir);
        if (from != null) conf.setString("execution.state-recovery.path", from);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, conf);
        env.enableCheckpointing(Long.getLong("checkpoint", 10_000), CheckpointingMode.EXACTLY_ONCE);
        env.getConfig().enableObjectReuse();
        return env;
    }

    public static void main(String[] a) throws Exception {
        String id = System.getProperty("id", "flink-" + ProcessHandle.current().pid());
        StreamExecutionEnvironment env = environment(a[2], Path.of(a[3]));
        KafkaSourceBuilder<Tuple3<String, String, Long>> builder = KafkaSource.<Tuple3<String, String, Long>>builder()
            .setBootstrapServers(a[0]).setTopics(List.of(a[1].split(","))).setGroupId(id)
            .setStartingOffsets(OffsetsInitializer.earliest()).setValueOnlyDeserializer(new Parse());
        if (!Boolean.getBoolean("live")) builder.setBounded(OffsetsInitializer.latest());
        KafkaSource<Tuple3<String, String, Long>> source = builder.build();
        DataStream<Tuple3<String, String, Long>> in = env.fromSource(source,
            WatermarkStrategy.<Tuple3<String, String, Long>>forMonotonousTimestamps()
                .withTimestampAssigner((e, t) -> e.f2), "alerts");
        KeyedStream<Tuple3<String, String, Long>, String> byActor = in.keyBy(e -> e.f1);
        TumblingEventTimeWindows minute = TumblingEventTimeWindows.of(Duration.ofMinutes(1));
        in.keyBy(e -> e.f0).window(minute).aggregate(new Count(), new Cell(true))
            .union(byActor.window(minute).aggregate(new Count(), new Cell(false)))
            .sinkTo(sink(a[0], System.getProperty("counts", "bench.counts"), id + "-c"));
        byActor.process(new Crossing())
            .sinkTo(sink(a[0], System.getProperty("alerts", "bench.alerts"), id + "-a"));
        long begun = System.nanoTime();
        env.execute("peer");
        Job.report(begun, System.nanoTime(), Job.cpuSeconds());
        Runtime.getRuntime().halt(0);
    }
}
