// Reads JSON into maps, lists, texts, numbers and booleans.
package tidegate.bootstrap.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public final class JsonReader {
    private static final int DEEPEST = 1000;

    private final String text;
    /** Numbers with a fraction keep all digits. */
    private final boolean exact;
    private int at;
    private int depth;

    public JsonReader(byte[] json, boolean exact) {
        text = new String(json, StandardCharsets.UTF_8);
        this.exact = exact;
    }

    /** The one value that the text holds. */
    public Object document() {
        Object value = value();
        if (skip() != -1) {
            throw error("there is more after the end of the value");
        }
        return value;
    }

    private Object value() {
        int c = skip();
        switch (c) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                at++;
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                if (c == '-' || c >= '0' && c <= '9') {
                    return number();
                }
                throw error(c < 0 ? "the text ends where a value is expected" : "a value is expected");
        }
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        enter();
        if (skip() == '}') {
            at++;
        } else {
            do {
                if (skip() != '"') {
                    throw error("a name in quotes is expected");
                }
                at++;
                String name = string();
                if (skip() != ':') {
                    throw error("`:` is expected");
                }
                at++;
                members.put(name, value());
            } while (goesOn('}'));
        }
        depth--;
        return members;
    }

    private List<Object> array() {
        List<Object> items = new ArrayList<>();
        enter();
        if (skip() == ']') {
            at++;
        } else {
            do {
                items.add(value());
            } while (goesOn(']'));
        }
        depth--;
        return items;
    }

    private void enter() {
        at++;
        if (++depth > DEEPEST) {
            throw error("values are nested more than " + DEEPEST + " deep");
        }
    }

    private boolean goesOn(char end) {
        int c = skip();
        if (c != ',' && c != end) {
            throw error("`,` or `" + end + "` is expected");
        }
        at++;
        return c == ',';
    }

    /** What follows an opening quote. */
    private String string() {
        int from = at;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                return text.substring(from, at++);
            }
            if (c == '\\') {
                return escaped(new StringBuilder(text.length() - from > 64 ? 64 : 16).append(text, from, at));
            }
            at++;
        }
        throw error("a text does not end");
    }

    private String escaped(StringBuilder out) {
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            out.append(c == '\\' ? escape() : c);
        }
        throw error("a text does not end");
    }

    private char escape() {
        char c = at < text.length() ? text.charAt(at++) : 0;
        switch (c) {
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case '"':
            case '\\':
            case '/':
                return c;
            case 'u':
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = at < text.length() ? Character.digit(text.charAt(at++), 16) : -1;
                    if (digit < 0) {
                        throw error("four hexadecimal digits are expected after `\\u`");
                    }
                    code = code * 16 + digit;
                }
                return (char) code;
            default:
                throw error("no character is written like this");
        }
    }

    private Object word(String word, Object meaning) {
        if (!text.startsWith(word, at)) {
            throw error("a value is expected");
        }
        at += word.length();
        return meaning;
    }

    private Number number() {
        int from = at;
        boolean whole = true;
        at++;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '.' || c == 'e' || c == 'E') {
                whole = false;
            } else if ((c < '0' || c > '9') && (whole || c != '-' && c != '+')) {
                break;
            }
        }
        String digits = text.substring(from, at);
        try {
            if (!whole) {
                return exact ? new BigDecimal(digits) : (Number) Double.valueOf(digits);
            }
            if (digits.length() > 18) {
                return shortest(new BigInteger(digits));
            }
            long value = Long.parseLong(digits);
            return value == (int) value ? (Number) (int) value : (Number) value;
        } catch (NumberFormatException wrong) {
            at = from;
            throw error("`" + digits + "` is not a number");
        }
    }

    private static Number shortest(BigInteger value) {
        return value.bitLength() < 64 ? (Number) value.longValue() : value;
    }

    /** The next character that counts, or -1. */
    private int skip() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return c;
            }
            at++;
        }
        return -1;
    }

    private JsonException error(String what) {
        int line = 1;
        int begin = 0;
        for (int i = 0; i < at && i < text.length(); i++) {
            if (text.charAt(i) == '\n') {
                line++;
                begin = i + 1;
            }
        }
        return new JsonException(what + ", at line " + line + ", column " + (at - begin + 1));
    }
}
