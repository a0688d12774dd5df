// The types that cases name: each field's.
package cases;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPEvent;
import com.amazonaws.services.lambda.runtime.events.S3Event;
import com.amazonaws.services.lambda.runtime.events.SNSEvent;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Date;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

public class Types {
    Object any;
    Map<String, Object> map;
    String text;
    int whole;
    Integer boxed;
    long large;
    double fraction;
    BigDecimal exact;
    boolean flag;
    char letter;
    TimeUnit unit;
    byte[] bytes;
    int[] numbers;
    List<List<Integer>> nested;
    Set<String> set;
    SortedMap<Integer, Long> sorted;
    Map<TimeUnit, String> byUnit;
    Optional<Integer> optional;
    UUID uuid;
    Date date;
    Instant instant;
    LocalDate day;
    LocalDateTime local;
    OffsetDateTime offset;
    Duration duration;
    Names names;
    Box<List<Integer>> box;
    Abstract abstraction;
    Closed closed;
    SQSEvent sqs;
    SNSEvent sns;
    ScheduledEvent scheduled;
    APIGatewayV2HTTPEvent http;
    S3Event s3;

    /** Names of all kinds. */
    public static class Names {
        public String open;
        public transient int skipped = 1;
        public static String shared = "x";
        private String url;
        private boolean done;
        private String hidden = "hidden";

        public String getURL() {
            return url;
        }

        public void setURL(String url) {
            this.url = url;
        }

        public boolean isDone() {
            return done;
        }

        public void setDone(boolean done) {
            this.done = done;
        }

        public String getLate() {
            return "told";
        }
    }

    public static class Box<T> {
        private T held;

        public T getHeld() {
            return held;
        }

        public void setHeld(T held) {
            this.held = held;
        }
    }

    public abstract static class Abstract {}

    public static class Closed {
        public Closed(String one) {}
    }
}
