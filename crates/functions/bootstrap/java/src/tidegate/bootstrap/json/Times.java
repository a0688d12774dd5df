// Dates and times: read from ISO 8601 or from numbers, written as Lambda's runtime writes them.
package tidegate.bootstrap.json;

import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Date;
import java.util.List;

final class Times {
    private static final String JODA = "org.joda.time.DateTime";

    private Times() {}

    static boolean is(Class<?> type) {
        return Date.class.isAssignableFrom(type) || Calendar.class.isAssignableFrom(type)
                || TemporalAccessor.class.isAssignableFrom(type) || type == Duration.class
                || type == ZoneId.class || type.getName().equals(JODA);
    }

    /** Numbers of AWS's events are seconds, those of a `Date` elsewhere milliseconds. */
    static Object read(Object value, Class<?> type, boolean isEvent) throws Exception {
        if ("".equals(value)) {
            return null;
        }
        if (type.getName().equals(JODA)) {
            return type.getConstructor(Object.class).newInstance(value);
        }
        if (type == Duration.class) {
            return value instanceof Number ? Duration.ZERO.plusNanos(nanos(value)) : Duration.parse(value.toString());
        }
        if (ZoneId.class.isAssignableFrom(type)) {
            return ZoneId.of(value.toString());
        }
        if (value instanceof List) {
            return parts((List<?>) value, type);
        }
        if (type == LocalDate.class || type == LocalDateTime.class || type == LocalTime.class) {
            return local(value.toString(), type);
        }
        if (Date.class.isAssignableFrom(type) || Calendar.class.isAssignableFrom(type)) {
            return date(value, type, isEvent);
        }
        ZonedDateTime moment = value instanceof Number
                ? Instant.EPOCH.plusNanos(nanos(value)).atZone(ZoneOffset.UTC) : moment(value.toString());
        return type == Instant.class ? moment.toInstant()
                : type == OffsetDateTime.class ? moment.toOffsetDateTime() : at(moment, type);
    }

    private static Object at(ZonedDateTime moment, Class<?> type) {
        if (type.isInstance(moment)) {
            return moment;
        }
        throw new JsonException("there is no way to read a " + type.getName());
    }

    private static Object date(Object value, Class<?> type, boolean isEvent) {
        long millis;
        if (value instanceof Number) {
            double number = ((Number) value).doubleValue();
            millis = isEvent ? (long) (number * 1000) : ((Number) value).longValue();
        } else {
            millis = moment(value.toString()).toInstant().toEpochMilli();
        }
        if (type == Date.class) {
            return new Date(millis);
        }
        Calendar calendar = Calendar.getInstance(java.util.TimeZone.getTimeZone("UTC"));
        calendar.setTimeInMillis(millis);
        return calendar;
    }

    /** Also without a time, or with an offset such as `+0000`; UTC where nothing is said. */
    private static ZonedDateTime moment(String text) {
        if (text.indexOf('T') < 0) {
            return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC);
        }
        String spelled = text.replaceFirst("([+-]\\d\\d)(\\d\\d)$", "$1:$2");
        TemporalAccessor parsed = DateTimeFormatter.ISO_DATE_TIME.withZone(ZoneOffset.UTC).parse(spelled);
        return ZonedDateTime.from(parsed);
    }

    private static Object local(String text, Class<?> type) {
        if (type == LocalTime.class) {
            return LocalTime.parse(text);
        }
        if (type == LocalDate.class) {
            return LocalDate.parse(text.length() > 10 ? text.substring(0, 10) : text);
        }
        return text.endsWith("Z") ? moment(text).toLocalDateTime() : LocalDateTime.parse(text);
    }

    /** `[2024, 5, 17, 12, 30]`. */
    private static Object parts(List<?> parts, Class<?> type) {
        int[] given = new int[7];
        for (int i = 0; i < parts.size() && i < given.length; i++) {
            given[i] = ((Number) parts.get(i)).intValue();
        }
        if (type == LocalTime.class) {
            return LocalTime.of(given[0], given[1], given[2], given[3]);
        }
        LocalDate date = LocalDate.of(given[0], given[1], given[2]);
        if (type == LocalDate.class) {
            return date;
        }
        if (type == LocalDateTime.class) {
            return date.atTime(given[3], given[4], given[5], given[6]);
        }
        throw new JsonException("a list is given");
    }

    private static long nanos(Object seconds) {
        return new BigDecimal(seconds.toString()).movePointRight(9).longValueExact();
    }

    /** Returns whether it was a time. */
    static boolean write(Object value, boolean isEvent, JsonWriter out) {
        if (!is(value.getClass()) && !(value instanceof ZoneId)) {
            return false;
        }
        if (value instanceof Date || value instanceof Calendar) {
            long millis = value instanceof Date ? ((Date) value).getTime() : ((Calendar) value).getTimeInMillis();
            out.number(isEvent ? (Number) (millis / 1000.0) : (Number) millis);
        } else if (value instanceof Instant) {
            out.number(seconds((Instant) value));
        } else if (value instanceof OffsetDateTime) {
            out.number(seconds(((OffsetDateTime) value).toInstant()));
        } else if (value instanceof ZonedDateTime) {
            out.number(seconds(((ZonedDateTime) value).toInstant()));
        } else if (value instanceof Duration) {
            Duration duration = (Duration) value;
            out.number(decimal(duration.getSeconds(), duration.getNano()));
        } else if (value instanceof LocalDate || value instanceof LocalDateTime || value instanceof LocalTime) {
            out.items(partsOf(value).iterator());
        } else {
            out.text(value.getClass().getName().equals(JODA) ? joda(value) : value.toString());
        }
        return true;
    }

    private static BigDecimal seconds(Instant instant) {
        return decimal(instant.getEpochSecond(), instant.getNano());
    }

    private static BigDecimal decimal(long seconds, int nanos) {
        return BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9));
    }

    /** Seconds and their fraction only where there are some. */
    private static List<Integer> partsOf(Object value) {
        List<Integer> parts = new ArrayList<>();
        LocalDate date = value instanceof LocalDateTime ? ((LocalDateTime) value).toLocalDate()
                : value instanceof LocalDate ? (LocalDate) value : null;
        if (date != null) {
            parts.add(date.getYear());
            parts.add(date.getMonthValue());
            parts.add(date.getDayOfMonth());
        }
        LocalTime time = value instanceof LocalDateTime ? ((LocalDateTime) value).toLocalTime()
                : value instanceof LocalTime ? (LocalTime) value : null;
        if (time != null) {
            parts.add(time.getHour());
            parts.add(time.getMinute());
            if (time.getSecond() > 0 || time.getNano() > 0) {
                parts.add(time.getSecond());
            }
            if (time.getNano() > 0) {
                parts.add(time.getNano());
            }
        }
        return parts;
    }

    private static String joda(Object value) {
        try {
            Method millis = value.getClass().getMethod("getMillis");
            return Instant.ofEpochMilli((Long) millis.invoke(value)).toString();
        } catch (ReflectiveOperationException absent) {
            return value.toString();
        }
    }
}
