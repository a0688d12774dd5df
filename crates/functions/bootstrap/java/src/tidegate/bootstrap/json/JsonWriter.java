// Writes values as JSON: maps, lists and the properties of beans, without those that are null.
package tidegate.bootstrap.json;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

public final class JsonWriter {
    private static final int DEEPEST = 1000;
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private final StringBuilder out = new StringBuilder(256);
    /** Times of AWS's events are seconds. */
    private final boolean isEvent;
    private int depth;

    private JsonWriter(boolean isEvent) {
        this.isEvent = isEvent;
    }

    public static byte[] write(Object value, boolean isEvent) {
        JsonWriter writer = new JsonWriter(isEvent);
        writer.value(value);
        return writer.out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void value(Object value) {
        if (value == null) {
            out.append("null");
        } else if (value instanceof CharSequence || value instanceof Character) {
            text(value.toString(), out);
        } else if (value instanceof Number) {
            number((Number) value);
        } else if (value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof Enum) {
            text(((Enum<?>) value).name(), out);
        } else if (++depth > DEEPEST) {
            throw new JsonException("values are nested more than " + DEEPEST
                    + " deep: does one of them hold itself?");
        } else {
            nested(value);
            depth--;
        }
    }

    private void nested(Object value) {
        if (value instanceof Map) {
            map((Map<?, ?>) value);
        } else if (value instanceof Map.Entry) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) value;
            map(java.util.Collections.singletonMap(entry.getKey(), entry.getValue()));
        } else if (value instanceof Iterable && !(value instanceof java.nio.file.Path)) {
            items(((Iterable<?>) value).iterator());
        } else if (value instanceof Iterator) {
            items((Iterator<?>) value);
        } else if (value instanceof Optional) {
            value(((Optional<?>) value).orElse(null));
        } else if (value.getClass().isArray()) {
            array(value);
        } else if (value instanceof ByteBuffer) {
            ByteBuffer copy = ((ByteBuffer) value).duplicate();
            byte[] bytes = new byte[copy.remaining()];
            copy.get(bytes);
            array(bytes);
        } else if (!Times.write(value, isEvent, this)) {
            if (Scalars.isText(value.getClass())) {
                text(value instanceof Class ? ((Class<?>) value).getName() : value.toString(), out);
            } else {
                bean(value);
            }
        }
    }

    private void map(Map<?, ?> map) {
        out.append('{');
        boolean first = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            first = member(String.valueOf(entry.getKey()), entry.getValue(), first);
        }
        out.append('}');
    }

    private void bean(Object value) {
        out.append('{');
        boolean first = true;
        for (Bean.Readable property : Bean.of(value.getClass()).readable) {
            first = member(property.name, property.get(value), first);
        }
        out.append('}');
    }

    private boolean member(String name, Object value, boolean first) {
        if (value == null) {
            return first;
        }
        if (!first) {
            out.append(',');
        }
        text(name, out);
        out.append(':');
        value(value);
        return false;
    }

    void items(Iterator<?> items) {
        out.append('[');
        while (items.hasNext()) {
            value(items.next());
            if (items.hasNext()) {
                out.append(',');
            }
        }
        out.append(']');
    }

    private void array(Object array) {
        if (array instanceof byte[]) {
            text(Base64.getEncoder().encodeToString((byte[]) array), out);
            return;
        }
        if (array instanceof char[]) {
            text(new String((char[]) array), out);
            return;
        }
        out.append('[');
        for (int i = 0; i < Array.getLength(array); i++) {
            if (i > 0) {
                out.append(',');
            }
            value(Array.get(array, i));
        }
        out.append(']');
    }

    void number(Number value) {
        boolean isWritable = !(value instanceof Double || value instanceof Float)
                || Math.abs(value.doubleValue()) <= Double.MAX_VALUE;
        if (value instanceof BigDecimal || isWritable) {
            out.append(value);
        } else {
            text(value.toString(), out);
        }
    }

    public static void text(String text, StringBuilder out) {
        out.append('"');
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c != '"' && c != '\\') {
                continue;
            }
            out.append(text, from, i).append('\\');
            from = i + 1;
            int known = "\"\\\b\f\n\r\t".indexOf(c);
            if (known >= 0) {
                out.append("\"\\bfnrt".charAt(known));
            } else {
                out.append("u00").append(HEX[c >> 4]).append(HEX[c & 15]);
            }
        }
        out.append(text, from, text.length()).append('"');
    }

    void text(String text) {
        text(text, out);
    }
}
