// Counts the calls that end in each minute, by direction and disposition, with Kafka Streams.
//
//   mvn dependency:copy-dependencies -DoutputDirectory=jars
//   java -cp 'jars/*' CallCount.java BROKERS [FROM_TOPIC [TO_TOPIC]]
//
// The counts go to calls.per-minute: key "2026-11-27T10:24:00Z inbound answered", value the number.
// callstream writes each event once and in order per call; Streams' exactly-once keeps it so.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.TimestampExtractor;

public class CallCount {
    static final ObjectMapper json = new ObjectMapper();

    static JsonNode read(String value) {
        try {
            return json.readTree(value);
        } catch (Exception malformed) {
            return json.nullNode();
        }
    }

    // The event's own time, not when it reached the broker: counts stay right after an outage.
    public static class EventTime implements TimestampExtractor {
        @Override
        public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
            String time = read((String) record.value()).path("time").asText("");
            return time.isEmpty() ? partitionTime : Instant.parse(time).toEpochMilli();
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        String from = arguments.length > 1 ? arguments[1] : "calls.events";
        String to = arguments.length > 2 ? arguments[2] : "calls.per-minute";

        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(from, Consumed.with(Serdes.String(), Serdes.String()).withTimestampExtractor(new EventTime()))
            .mapValues(CallCount::read)
            .filter((key, event) -> event.path("type").asText().equals("call.ended"))
            .map((key, event) -> KeyValue.pair(event.at("/data/direction").asText("unknown") + " "
                + event.at("/data/disposition").asText("unknown"), 1L))
            .groupByKey(Grouped.with(Serdes.String(), Serdes.Long()))
            .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofHours(1)))
            .count(Materialized.with(Serdes.String(), Serdes.Long()))
            .toStream((window, count) -> window.window().startTime() + " " + window.key())
            .mapValues(String::valueOf)
            .to(to, Produced.with(Serdes.String(), Serdes.String()));

        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "call-count");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("state.dir", "state"));
        settings.put("auto.offset.reset", "earliest");

        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            streams.close(Duration.ofSeconds(10));
            ended.countDown();
        }));
        streams.start();
        ended.await();
    }
}
