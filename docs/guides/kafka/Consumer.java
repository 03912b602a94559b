import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads Mainstay's events from Kafka. See ../kafka.md. Set KAFKA, AUTHORITY (a PEM file), TOKEN_URL, CLIENT_ID and
 * CLIENT_SECRET, then: java -cp 'kafka/*' Consumer.java
 *
 * <p>It prints what every event says about itself. What happened is in the value, a protobuf message: generate its
 * class from mainstay/employees/v1/events.proto with protoc and give the bytes to EmployeeTransferred.parseFrom.
 */
public class Consumer {
  static final String CLIENT = System.getenv("CLIENT_ID");
  static final String TOPIC = System.getenv().getOrDefault("TOPIC", "employees.lifecycle");
  // Your groups are the client's name, and all that begin with it and a dot.
  static final String GROUP = System.getenv().getOrDefault("GROUP", CLIENT + ".java");
  static final String OAUTH = "org.apache.kafka.common.security.oauthbearer.";

  public static void main(String[] arguments) {
    // Kafka's client sends the secret to addresses named here, and to no others.
    System.setProperty("org.apache.kafka.sasl.oauthbearer.allowed.urls", System.getenv("TOKEN_URL"));
    var consumer = new KafkaConsumer<>(settings(), new StringDeserializer(), new ByteArrayDeserializer());
    var main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(consumer, main)));
    try (consumer) {
      consumer.subscribe(List.of(TOPIC));
      while (true) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          handle(record);
        }
        // After the work: what an interruption leaves uncommitted comes again.
        consumer.commitSync(Duration.ofSeconds(10));
      }
    } catch (WakeupException ended) {
      System.out.println("ended");
    } catch (AuthenticationException refused) {
      fail("token refused: " + refused.getMessage());
    } catch (AuthorizationException refused) {
      fail("not allowed: " + refused.getMessage() + "; HR gives the right to a topic");
    }
  }

  static Properties settings() {
    var settings = new Properties();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("KAFKA"));
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, CLIENT);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put("security.protocol", "SASL_SSL");
    settings.put("ssl.truststore.type", "PEM");
    settings.put("ssl.truststore.location", System.getenv("AUTHORITY"));
    settings.put("sasl.mechanism", "OAUTHBEARER");
    settings.put("sasl.login.callback.handler.class", OAUTH + "OAuthBearerLoginCallbackHandler");
    settings.put("sasl.oauthbearer.token.endpoint.url", System.getenv("TOKEN_URL"));
    settings.put(
        "sasl.jaas.config",
        "%sOAuthBearerLoginModule required clientId=\"%s\" clientSecret=\"%s\";"
            .formatted(OAUTH, CLIENT, System.getenv("CLIENT_SECRET")));
    return settings;
  }

  /** Your work goes here. Keep ce_source and ce_id in the same transaction as its effect, and pass over known ones. */
  static void handle(ConsumerRecord<String, byte[]> record) {
    System.out.printf(
        "%s %s of %s at %s, %d bytes%n",
        header(record, "ce_type"),
        header(record, "ce_id"),
        record.key(),
        header(record, "ce_time"),
        record.value().length);
  }

  static String header(ConsumerRecord<String, byte[]> record, String name) {
    Header found = record.headers().lastHeader(name);
    return found == null ? "" : new String(found.value(), java.nio.charset.StandardCharsets.UTF_8);
  }

  static void end(KafkaConsumer<String, byte[]> consumer, Thread main) {
    consumer.wakeup();
    try {
      main.join(Duration.ofSeconds(10).toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  static void fail(String why) {
    System.err.println(why);
    Runtime.getRuntime().halt(1);
  }
}
