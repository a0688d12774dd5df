// Makes values of any type out of what JSON says, with the leniency that Lambda's runtime has.
package tidegate.bootstrap.json;

import java.lang.reflect.Array;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

public final class Converter {
    private final boolean isEvent;

    private Converter(boolean isEvent) {
        this.isEvent = isEvent;
    }

    public static Object read(byte[] json, Shape shape) {
        boolean plain = shape.isPlain();
        Object value = new JsonReader(json, !plain).document();
        boolean fits = plain && (value == null || shape.raw.isInstance(value));
        return fits ? value : new Converter(shape.isAwsEvent()).value(value, shape, "$");
    }

    /** `place` is for errors: `$.orders[2].price`. */
    Object value(Object value, Shape shape, String place) {
        Class<?> raw = shape.raw;
        if (raw == Optional.class) {
            return Optional.ofNullable(value == null ? null : value(value, shape.argument(Optional.class, 0), place));
        }
        if (value == null) {
            return Scalars.nothing(raw);
        }
        if (raw == Object.class) {
            return plain(value);
        }
        try {
            Object scalar = Times.is(raw) ? Times.read(value, raw, isEvent) : Scalars.read(value, raw);
            return scalar == Scalars.OTHER ? nested(value, shape, place) : scalar;
        } catch (JsonException wrong) {
            throw wrong.getMessage().contains(", at $") ? wrong : misfit(shape, place, wrong);
        } catch (Exception wrong) {
            throw misfit(shape, place, wrong);
        }
    }

    private static JsonException misfit(Shape shape, String place, Exception why) {
        return new JsonException("cannot read a " + shape + ": " + why.getMessage() + ", at " + place, why);
    }

    private Object nested(Object value, Shape shape, String place) throws Exception {
        Class<?> raw = shape.raw;
        if (raw.isArray()) {
            return array(listed(value), shape, place);
        }
        if (Collection.class.isAssignableFrom(raw) || raw == Iterable.class) {
            return collection(listed(value), shape, place);
        }
        if (value instanceof List && ((List<?>) value).size() == 1) {
            return value(((List<?>) value).get(0), shape, place);
        }
        if ("".equals(value) || value instanceof List && ((List<?>) value).isEmpty()) {
            return null;
        }
        if (!(value instanceof Map)) {
            throw new JsonException(value instanceof List ? "a list is given" : "`" + value + "` is given");
        }
        Map<?, ?> members = (Map<?, ?>) value;
        return Map.class.isAssignableFrom(raw) ? map(members, shape, place) : bean(members, shape, place);
    }

    /** A single value stands for a list of it. */
    private static List<?> listed(Object value) {
        return value instanceof List ? (List<?>) value : Collections.singletonList(value);
    }

    private Object array(List<?> items, Shape shape, String place) {
        Object array = Array.newInstance(shape.raw.getComponentType(), items.size());
        for (int i = 0; i < items.size(); i++) {
            Array.set(array, i, value(items.get(i), shape.arguments[0], place + "[" + i + "]"));
        }
        return array;
    }

    @SuppressWarnings("unchecked")
    private Object collection(List<?> items, Shape shape, String place) throws Exception {
        Shape held = shape.raw == Iterable.class ? shape.argument(Iterable.class, 0)
                : shape.argument(Collection.class, 0);
        Collection<Object> made = emptyCollection(shape.raw);
        for (Object item : items) {
            made.add(value(item, held, place + "[" + made.size() + "]"));
        }
        return made;
    }

    @SuppressWarnings("unchecked")
    private static Collection<Object> emptyCollection(Class<?> raw) throws Exception {
        if (!isAbstract(raw)) {
            return (Collection<Object>) Bean.create(raw);
        }
        if (raw.isAssignableFrom(ArrayList.class)) {
            return new ArrayList<>();
        }
        if (raw.isAssignableFrom(HashSet.class)) {
            return new HashSet<>();
        }
        if (SortedSet.class.isAssignableFrom(raw)) {
            return new TreeSet<>();
        }
        return raw.isAssignableFrom(LinkedList.class) ? new LinkedList<>() : (Collection<Object>) new ArrayDeque<>();
    }

    private Object map(Map<?, ?> members, Shape shape, String place) throws Exception {
        Shape keys = shape.argument(Map.class, 0);
        Shape values = shape.argument(Map.class, 1);
        Map<Object, Object> made = emptyMap(shape.raw);
        for (Map.Entry<?, ?> member : members.entrySet()) {
            Object key = member.getKey();
            String below = place + "." + key;
            if (keys.raw != String.class && keys.raw != Object.class) {
                key = value(key, keys, below);
            }
            made.put(key, value(member.getValue(), values, below));
        }
        return made;
    }

    @SuppressWarnings("unchecked")
    private static Map<Object, Object> emptyMap(Class<?> raw) throws Exception {
        if (!isAbstract(raw)) {
            return (Map<Object, Object>) Bean.create(raw);
        }
        if (raw.isAssignableFrom(LinkedHashMap.class)) {
            return new LinkedHashMap<>();
        }
        return SortedMap.class.isAssignableFrom(raw) ? new TreeMap<>()
                : ConcurrentMap.class.isAssignableFrom(raw) ? new ConcurrentHashMap<>() : new LinkedHashMap<>();
    }

    private Object bean(Map<?, ?> members, Shape shape, String place) throws Exception {
        Class<?> raw = shape.raw;
        if (isAbstract(raw)) {
            throw new JsonException("it is abstract, and nothing says which class is meant");
        }
        Bean bean = Bean.of(raw);
        Map<java.lang.reflect.TypeVariable<?>, Shape> bound = shape.bindings();
        Bean.Making making = bean.begin();
        for (Map.Entry<?, ?> member : members.entrySet()) {
            Bean.Writable property = bean.writable(String.valueOf(member.getKey()));
            if (property != null) {
                Shape wanted = Shape.of(property.type, bound);
                making.set(property, value(member.getValue(), wanted, place + "." + member.getKey()));
            }
        }
        return making.finish();
    }

    private static boolean isAbstract(Class<?> raw) {
        return raw.isInterface() || Modifier.isAbstract(raw.getModifiers());
    }

    /** Where no type is asked for, a number with a fraction is a double. */
    private static Object plain(Object value) {
        if (value instanceof BigDecimal) {
            return ((BigDecimal) value).doubleValue();
        }
        if (value instanceof List) {
            List<Object> items = new ArrayList<>();
            for (Object item : (List<?>) value) {
                items.add(plain(item));
            }
            return items;
        }
        if (value instanceof Map) {
            Map<Object, Object> members = new LinkedHashMap<>();
            for (Map.Entry<?, ?> member : ((Map<?, ?>) value).entrySet()) {
                members.put(member.getKey(), plain(member.getValue()));
            }
            return members;
        }
        return value;
    }
}
