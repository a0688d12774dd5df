// Finds the properties of a class, by the rules of JavaBeans, in the order of its fields.
package tidegate.bootstrap.json;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

final class Properties {
    private Properties() {}

    /** Of an instance, those of superclasses first. */
    static List<Field> fields(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        Class<?> parent = type.getSuperclass();
        if (parent != null && parent != Object.class) {
            fields.addAll(fields(parent));
        }
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
                fields.add(field);
            }
        }
        return fields;
    }

    private static boolean isRecord(Class<?> type) {
        return type.getSuperclass() != null && type.getSuperclass().getName().equals("java.lang.Record");
    }

    /** The constructor that takes every field, where a class is made by it. */
    static Constructor<?> canonical(Class<?> type, List<Field> fields) {
        boolean mayBe = isRecord(type) || AwsEvents.has(type) && setters(type).isEmpty();
        Constructor<?> found = null;
        for (Constructor<?> candidate : mayBe ? type.getDeclaredConstructors() : new Constructor<?>[0]) {
            if (candidate.getParameterCount() != fields.size()) {
                continue;
            }
            if (found == null || takes(candidate, fields)) {
                found = candidate;
            }
        }
        return found != null && found.getParameterCount() == 0 ? null : found;
    }

    private static boolean takes(Constructor<?> constructor, List<Field> fields) {
        Class<?>[] types = fields.stream().map(Field::getType).toArray(Class<?>[]::new);
        return Arrays.equals(constructor.getParameterTypes(), types);
    }

    static Map<String, Bean.Writable> parameters(Constructor<?> canonical, List<Field> fields) {
        Map<String, Bean.Writable> found = new HashMap<>();
        for (int i = 0; i < fields.size(); i++) {
            found.put(fields.get(i).getName(),
                    new Bean.Writable(canonical.getGenericParameterTypes()[i], null, null, i));
        }
        return found;
    }

    static Collection<Bean.Readable> readable(Class<?> type, List<Field> fields) {
        Map<String, Method> getters = new HashMap<>();
        for (Method method : type.getMethods()) {
            String name = isRecord(type) ? component(method, fields) : told(type, method);
            Method known = name == null ? null : getters.get(name);
            // Of `isX` and `getX`, and of what a subclass narrows.
            boolean isBetter = known == null || known.getReturnType().isAssignableFrom(method.getReturnType())
                    && (method.getName().startsWith("get") || known.getName().startsWith("is"));
            if (name != null && isBetter) {
                getters.put(name, method);
            }
        }
        Map<String, Bean.Readable> found = new LinkedHashMap<>();
        for (Field field : fields) {
            Method getter = getters.remove(field.getName());
            boolean isOpen = Modifier.isPublic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers());
            if (getter != null || isOpen) {
                add(type, field.getName(), getter, field, found);
            }
        }
        getters.keySet().stream().sorted(Comparator.naturalOrder())
                .forEach(name -> add(type, name, getters.get(name), null, found));
        return new ArrayList<>(found.values());
    }

    private static void add(
            Class<?> type, String name, Method getter, Field field, Map<String, Bean.Readable> found) {
        if (getter != null) {
            Bean.open(getter);
        } else {
            Bean.open(field);
        }
        String written = AwsEvents.has(type) ? AwsEvents.written(type, name) : name;
        found.putIfAbsent(written, new Bean.Readable(written, getter, field));
    }

    private static String component(Method method, List<Field> fields) {
        boolean isOne = method.getParameterCount() == 0
                && fields.stream().anyMatch(field -> field.getName().equals(method.getName()));
        return isOne ? method.getName() : null;
    }

    /** The property that a getter tells, or null. */
    private static String told(Class<?> type, Method method) {
        Class<?> told = method.getReturnType();
        boolean mayBe = method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers())
                && !method.isBridge() && told != void.class && method.getDeclaringClass() != Object.class;
        if (!mayBe) {
            return null;
        }
        String name = method.getName();
        if (name.startsWith("get") && name.length() > 3) {
            return decapitalized(name.substring(3));
        }
        boolean isFlag = told == boolean.class || told == Boolean.class && AwsEvents.has(type);
        if (!name.startsWith("is") || name.length() < 3 || !isFlag) {
            return null;
        }
        // In AWS's events it is `isBase64Encoded`, which is the field's name.
        boolean isField = AwsEvents.has(type) && fields(type).stream().anyMatch(field -> field.getName().equals(name));
        return isField ? name : decapitalized(name.substring(2));
    }

    /** Two capitals stay: `getURL` tells `URL`. */
    private static String decapitalized(String name) {
        if (name.length() > 1 && Character.isUpperCase(name.charAt(0)) && Character.isUpperCase(name.charAt(1))) {
            return name;
        }
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    static Map<String, Bean.Writable> setters(Class<?> type) {
        Map<String, Bean.Writable> found = new HashMap<>();
        for (Field field : type.getFields()) {
            int modifiers = field.getModifiers();
            if ((modifiers & (Modifier.STATIC | Modifier.FINAL | Modifier.TRANSIENT)) == 0) {
                Bean.open(field);
                found.put(field.getName(), new Bean.Writable(field.getGenericType(), null, field, 0));
            }
        }
        Map<String, Method> chosen = new HashMap<>();
        for (Class<?> level = type; level != null && level != Object.class; level = level.getSuperclass()) {
            for (Method method : level.getDeclaredMethods()) {
                if (isSetter(method)) {
                    chosen.merge(decapitalized(method.getName().substring(3)), method, Properties::better);
                }
            }
        }
        chosen.forEach((name, method) -> {
            Bean.open(method);
            found.put(name, new Bean.Writable(method.getGenericParameterTypes()[0], method, null, 0));
        });
        return found;
    }

    private static boolean isSetter(Method method) {
        return method.getName().startsWith("set") && method.getName().length() > 3
                && method.getParameterCount() == 1 && !method.isBridge() && !Modifier.isStatic(method.getModifiers());
    }

    /** Of two setters: the one that takes what the getter tells, then the subclass's. */
    private static Method better(Method one, Method other) {
        boolean isSame = one.getDeclaringClass() == other.getDeclaringClass();
        return isSame && !fits(one) && fits(other) ? other : one;
    }

    private static boolean fits(Method setter) {
        String name = setter.getName().substring(3);
        for (Method method : setter.getDeclaringClass().getMethods()) {
            boolean isGetter = method.getName().equals("get" + name) || method.getName().equals("is" + name);
            if (isGetter && method.getParameterCount() == 0) {
                return method.getReturnType() == setter.getParameterTypes()[0];
            }
        }
        return false;
    }

    static Map<String, Bean.Writable> folded(Map<String, Bean.Writable> writable) {
        Map<String, Bean.Writable> folded = new HashMap<>();
        writable.forEach((name, property) -> {
            folded.put(AwsEvents.folded(name), property);
            folded.putIfAbsent("is" + AwsEvents.folded(name), property);
        });
        return folded;
    }
}
