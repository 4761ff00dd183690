import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.CRC32;

/**
 * What the peers have in common: reading an event, the figures of a run, and
 * checksums by which compare.py holds their answers equal to vigie's.
 *
 * A checksum is the sum over cells of crc32(cell) * count, modulo 2^64: any
 * order of adding gives the same, and so do counts that come in parts.
 */
final class Job {
    static final long MINUTE = 60_000, WEEK = 7L * 24 * 3_600_000;
    static final int COUNTRIES = 2;
    static final LongAdder byCountry = new LongAdder(), byActor = new LongAdder();
    static final LongAdder sumCountry = new LongAdder(), sumActor = new LongAdder();
    static final Set<String> alerted = ConcurrentHashMap.newKeySet();
    static volatile long firstNs;
    static volatile double cpuFirst;
    private static final JsonFactory JSON = new JsonFactory();

    private Job() { }

    record Event(String country, String actor, long ms) { }

    private static synchronized void begin() {
        if (firstNs != 0) return;
        cpuFirst = cpuSeconds();
        firstNs = System.nanoTime();
    }

    /** A streaming parse of the whole document: cheaper than a tree, and yet all of it is checked. */
    static Event parse(byte[] bytes) throws IOException {
        if (firstNs == 0) begin();
        String country = null, actor = null;
        long ms = 0;
        try (JsonParser p = JSON.createParser(bytes)) {
            int depth = 0;
            for (JsonToken t; (t = p.nextToken()) != null; ) {
                if (t.isStructStart()) depth++;
                else if (t.isStructEnd()) depth--;
                else if (depth == 1 && t == JsonToken.FIELD_NAME) {
                    switch (p.currentName()) {
                        case "time" -> ms = p.nextLongValue(0);
                        case "country" -> country = p.nextTextValue();
                        case "actor" -> actor = p.nextTextValue();
                        default -> { }
                    }
                }
            }
        }
        return new Event(country, actor, ms);
    }

    private static long crc(String text) {
        CRC32 c = new CRC32();
        c.update(text.getBytes(StandardCharsets.UTF_8));
        return c.getValue();
    }

    static void countryCell(long minute, String country, long n) {
        byCountry.add(n);
        sumCountry.add(crc(minute + "|" + country) * n);
    }

    static void actorCell(long minute, String actor, long n) {
        byActor.add(n);
        sumActor.add(crc(minute + "|" + actor) * n);
    }

    static double cpuSeconds() {
        try {
            String s = Files.readString(Path.of("/proc/self/stat"));
            String[] f = s.substring(s.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(f[11]) + Long.parseLong(f[12])) / 100.0;
        } catch (IOException e) {
            throw new IllegalStateException("/proc is needed for CPU times", e);
        }
    }

    private static long peakKb() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status")))
            if (line.startsWith("VmHWM")) return Long.parseLong(line.replaceAll("[^0-9]", ""));
        return 0;
    }

    /** Prints the one line that compare.py reads, of a run that began and ended then. */
    static void report(long begunNs, long endNs, double cpuEnd) throws IOException {
        long alerts = 0;
        for (String actor : alerted) alerts += crc(actor);
        System.out.printf(Locale.ROOT, "{\"wall_s\": %.3f, \"start_s\": %.3f, \"cpu_s\": %.2f, "
            + "\"cpu_start_s\": %.2f, \"peak_mb\": %.0f, \"by_country\": %d, \"by_actor\": %d, "
            + "\"sum_country\": \"%s\", \"sum_actor\": \"%s\", \"alerts\": %d, \"sum_alerts\": \"%s\"}%n",
            (endNs - firstNs) / 1e9, (firstNs - begunNs) / 1e9, cpuEnd - cpuFirst, cpuFirst,
            peakKb() / 1024.0, byCountry.sum(), byActor.sum(), Long.toUnsignedString(sumCountry.sum()),
            Long.toUnsignedString(sumActor.sum()), alerted.size(), Long.toUnsignedString(alerts));
        System.out.flush();
    }
}
