// A class by its properties: what its getters and public fields tell, what its setters take. Records, and those of
// AWS's events that have no setters, are made by their constructors.
package tidegate.bootstrap.json;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

final class Bean {
    private static final Map<Class<?>, Bean> KNOWN = new ConcurrentHashMap<>();

    final Collection<Readable> readable;
    private final Map<String, Writable> writable;
    /** Other spellings, of AWS's events. */
    private final Map<String, Writable> folded;
    private final Class<?> type;
    /** Null where setters do. */
    private final Constructor<?> canonical;

    private Bean(Class<?> type) {
        this.type = type;
        List<Field> fields = Properties.fields(type);
        canonical = Properties.canonical(type, fields);
        readable = Properties.readable(type, fields);
        writable = canonical == null ? Properties.setters(type) : Properties.parameters(canonical, fields);
        folded = AwsEvents.has(type) ? Properties.folded(writable) : null;
    }

    static Bean of(Class<?> type) {
        Bean known = KNOWN.get(type);
        if (known == null) {
            known = new Bean(type);
            KNOWN.put(type, known);
        }
        return known;
    }

    /** Null for what the class knows nothing of. */
    Writable writable(String name) {
        Writable found = writable.get(name);
        return found != null || folded == null ? found : folded.get(AwsEvents.folded(name));
    }

    Making begin() throws Exception {
        return new Making();
    }

    static Object create(Class<?> type) throws Exception {
        Constructor<?> constructor;
        try {
            constructor = type.getDeclaredConstructor();
        } catch (NoSuchMethodException absent) {
            throw new JsonException("the class has no constructor without arguments");
        }
        return call(constructor);
    }

    private static Object call(Constructor<?> constructor, Object... given) throws Exception {
        open(constructor);
        try {
            return constructor.newInstance(given);
        } catch (InvocationTargetException thrown) {
            throw unwrapped(thrown);
        }
    }

    private static Exception unwrapped(InvocationTargetException thrown) {
        Throwable cause = thrown.getCause();
        if (cause instanceof Error) {
            throw (Error) cause;
        }
        return (Exception) cause;
    }

    /** What may not be opened is used as far as it is public. */
    static void open(AccessibleObject member) {
        try {
            member.setAccessible(true);
        } catch (RuntimeException refused) {
            // A module keeps its own to itself.
        }
    }

    /** An object while its properties are read. */
    final class Making {
        private final Object made;
        private final Object[] given;

        private Making() throws Exception {
            made = canonical == null ? create(type) : null;
            given = canonical == null ? null : new Object[canonical.getParameterCount()];
            for (int i = 0; given != null && i < given.length; i++) {
                given[i] = Scalars.nothing(canonical.getParameterTypes()[i]);
            }
        }

        void set(Writable property, Object value) throws Exception {
            if (given != null) {
                given[property.index] = value;
                return;
            }
            try {
                if (property.field != null) {
                    property.field.set(made, value);
                } else {
                    property.setter.invoke(made, value);
                }
            } catch (InvocationTargetException thrown) {
                throw unwrapped(thrown);
            }
        }

        Object finish() throws Exception {
            return given == null ? made : call(canonical, given);
        }
    }

    /** A property that is told. */
    static final class Readable {
        final String name;
        final Method getter;
        private final Field field;

        Readable(String name, Method getter, Field field) {
            this.name = name;
            this.getter = getter;
            this.field = field;
        }

        Object get(Object of) {
            try {
                return getter == null ? field.get(of) : getter.invoke(of);
            } catch (InvocationTargetException thrown) {
                throw new JsonException("`" + name + "` of a " + of.getClass().getName() + " cannot be told: "
                        + thrown.getCause(), thrown.getCause());
            } catch (IllegalAccessException hidden) {
                throw new JsonException("`" + name + "` of a " + of.getClass().getName() + " is hidden", hidden);
            }
        }
    }

    /** A property that is taken: by a setter, a field, or the constructor's argument at `index`. */
    static final class Writable {
        final Type type;
        private final Method setter;
        private final Field field;
        private final int index;

        Writable(Type type, Method setter, Field field, int index) {
            this.type = type;
            this.setter = setter;
            this.field = field;
            this.index = index;
        }
    }
}
