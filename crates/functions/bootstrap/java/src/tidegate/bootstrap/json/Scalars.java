// Values that JSON has no word for and that are written as one text, number or name.
package tidegate.bootstrap.json;

import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Base64;
import java.util.Currency;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

final class Scalars {
    /** What `read` returns for a class that is not a scalar. */
    static final Object OTHER = new Object();

    private Scalars() {}

    /** Whether its text is all there is to say. */
    static boolean isText(Class<?> type) {
        return type == UUID.class || type == URI.class || type == URL.class || type == Locale.class
                || type == Currency.class || type == Class.class || type == Pattern.class || type == File.class
                || Path.class.isAssignableFrom(type) || type == AtomicBoolean.class;
    }

    static Object read(Object value, Class<?> type) throws Exception {
        if (type == String.class || type == CharSequence.class) {
            return scalar(value);
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type) || type == Boolean.class
                || type == Character.class) {
            return "".equals(value) ? nothing(type) : basic(scalar(value), type);
        }
        if (type.isEnum()) {
            return constant(value, type);
        }
        if (type == byte[].class && !(value instanceof java.util.List)) {
            return Base64.getMimeDecoder().decode(scalar(value));
        }
        if (type == ByteBuffer.class) {
            return ByteBuffer.wrap(Base64.getMimeDecoder().decode(scalar(value)));
        }
        if (type == char[].class && !(value instanceof java.util.List)) {
            return scalar(value).toCharArray();
        }
        return isText(type) ? named(scalar(value), type) : OTHER;
    }

    /** What a primitive is when nothing is said. */
    static Object nothing(Class<?> type) {
        if (!type.isPrimitive() || type == void.class) {
            return null;
        }
        return java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(type, 1), 0);
    }

    /** A text, a number or a boolean, as text. */
    private static String scalar(Object value) {
        if (value instanceof java.util.List && ((java.util.List<?>) value).size() == 1) {
            return scalar(((java.util.List<?>) value).get(0));
        }
        if (value instanceof java.util.Map || value instanceof java.util.List) {
            throw new JsonException(value instanceof java.util.Map ? "an object is given" : "a list is given");
        }
        return value instanceof BigDecimal ? ((BigDecimal) value).toString() : String.valueOf(value);
    }

    private static Object basic(String text, Class<?> type) {
        if (type == boolean.class || type == Boolean.class) {
            return flag(text);
        }
        if (type == char.class || type == Character.class) {
            if (text.length() != 1) {
                throw new JsonException("one character is expected");
            }
            return text.charAt(0);
        }
        try {
            return number(text.trim(), type);
        } catch (NumberFormatException other) {
            throw new JsonException("`" + text + "` is not a number");
        }
    }

    private static Object number(String text, Class<?> type) {
        if (type == double.class || type == Double.class || type == Number.class) {
            return Double.valueOf(text);
        }
        if (type == float.class || type == Float.class) {
            return Float.valueOf(text);
        }
        BigDecimal number = new BigDecimal(text);
        return type == BigDecimal.class ? number : integer(number.toBigInteger(), type);
    }

    private static Object flag(String text) {
        if (text.equals("true") || text.equals("True") || text.equals("TRUE")) {
            return true;
        }
        if (text.equals("false") || text.equals("False") || text.equals("FALSE")) {
            return false;
        }
        try {
            return Long.parseLong(text) != 0;
        } catch (NumberFormatException other) {
            throw new JsonException("`" + text + "` is neither true nor false");
        }
    }

    private static Object integer(BigInteger number, Class<?> type) {
        try {
            if (type == int.class || type == Integer.class) {
                return number.intValueExact();
            }
            if (type == long.class || type == Long.class) {
                return number.longValueExact();
            }
            if (type == short.class || type == Short.class) {
                return number.shortValueExact();
            }
            if (type == byte.class || type == Byte.class) {
                return number.byteValueExact();
            }
            if (type == AtomicInteger.class) {
                return new AtomicInteger(number.intValueExact());
            }
            if (type == AtomicLong.class) {
                return new AtomicLong(number.longValueExact());
            }
            return type == BigInteger.class ? number : OTHER;
        } catch (ArithmeticException tooLarge) {
            throw new JsonException("`" + number + "` is out of range");
        }
    }

    /** Unknown names are null. */
    private static Object constant(Object value, Class<?> type) {
        Object[] constants = type.getEnumConstants();
        if (value instanceof Integer) {
            int index = (Integer) value;
            return index >= 0 && index < constants.length ? constants[index] : null;
        }
        String name = scalar(value);
        for (Object constant : constants) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        return null;
    }

    private static Object named(String text, Class<?> type) throws Exception {
        if (type == UUID.class) {
            return UUID.fromString(text);
        }
        if (type == URI.class) {
            return URI.create(text);
        }
        if (type == URL.class) {
            return new URL(text);
        }
        if (type == Locale.class) {
            return Locale.forLanguageTag(text.replace('_', '-'));
        }
        if (type == Currency.class) {
            return Currency.getInstance(text);
        }
        if (type == Class.class) {
            return Class.forName(text);
        }
        if (type == Pattern.class) {
            return Pattern.compile(text);
        }
        if (type == File.class) {
            return new File(text);
        }
        return type == AtomicBoolean.class ? new AtomicBoolean((Boolean) flag(text)) : Paths.get(text);
    }
}
