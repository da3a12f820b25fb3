// AMI events to Kafka with asterisk-java and kafka-clients; see ../../../../../README.md.
package rival;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.asteriskjava.manager.DefaultManagerConnection;
import org.asteriskjava.manager.event.ManagerEvent;
import org.asteriskjava.util.ReflectionUtil;

public final class Main {
    // The library's typed beans, by their getters, as its own users print them.
    private static Map<String, Object> attributes(ManagerEvent event) throws Exception {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("event", event.getClass().getSimpleName());
        for (var getter : ReflectionUtil.getGetters(event.getClass()).entrySet()) {
            if (getter.getKey().equals("source") || getter.getKey().equals("class")) continue;
            Object value = getter.getValue().invoke(event);
            if (value != null) values.put(getter.getKey(), value.toString());
        }
        return values;
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> given = System.getenv();
        int events = Integer.parseInt(given.get("EVENTS"));
        String topic = given.get("STREAM");
        Properties settings = new Properties();
        settings.put("bootstrap.servers", given.get("TARGET"));
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("compression.type", "lz4");
        settings.put("linger.ms", "5");
        settings.put("batch.size", "131072");
        var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        var json = new ObjectMapper().disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);
        var left = new CountDownLatch(events);

        var manager = new DefaultManagerConnection(
            "127.0.0.1", Integer.parseInt(given.get("AMI_PORT")), "callstream", "callstream");
        manager.addEventListener(event -> {
            try {
                var values = attributes(event);
                var key = String.valueOf(values.get("linkedId"));
                producer.send(new ProducerRecord<>(topic, key, json.writeValueAsBytes(values)),
                    (metadata, problem) -> {
                        if (problem != null) Runtime.getRuntime().halt(1);
                        left.countDown();
                    });
            } catch (Exception problem) {
                problem.printStackTrace();
                Runtime.getRuntime().halt(1);
            }
        });
        manager.login();
        left.await();
        Runtime.getRuntime().halt(0);
    }
}
