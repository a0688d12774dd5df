// A type with its arguments, every variable replaced by what it stands for.
package tidegate.bootstrap.json;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

public final class Shape {
    private static final Shape[] NONE = {};
    static final Shape OBJECT = of(Object.class);

    public final Class<?> raw;
    /** As it was declared. */
    public final Type type;
    /** Of an array, what it holds. */
    final Shape[] arguments;

    private Shape(Class<?> raw, Type type, Shape[] arguments) {
        this.raw = raw;
        this.type = type;
        this.arguments = arguments;
    }

    public static Shape of(Type type) {
        return of(type, Collections.emptyMap());
    }

    public static Shape of(Type type, Map<TypeVariable<?>, Shape> bound) {
        if (type instanceof Class) {
            Class<?> raw = (Class<?>) type;
            return new Shape(raw, raw, raw.isArray() ? new Shape[] {of(raw.getComponentType())} : NONE);
        }
        if (type instanceof ParameterizedType) {
            Type[] given = ((ParameterizedType) type).getActualTypeArguments();
            Shape[] arguments = new Shape[given.length];
            for (int i = 0; i < given.length; i++) {
                arguments[i] = of(given[i], bound);
            }
            return new Shape((Class<?>) ((ParameterizedType) type).getRawType(), type, arguments);
        }
        if (type instanceof GenericArrayType) {
            Shape held = of(((GenericArrayType) type).getGenericComponentType(), bound);
            return new Shape(Array.newInstance(held.raw, 0).getClass(), type, new Shape[] {held});
        }
        if (type instanceof WildcardType) {
            return of(((WildcardType) type).getUpperBounds()[0], bound);
        }
        Shape known = bound.get(type);
        return known != null ? known : of(erased(((TypeVariable<?>) type).getBounds()[0]));
    }

    /** A variable may be bound by itself, so only the class of the bound counts. */
    private static Class<?> erased(Type bound) {
        if (bound instanceof Class) {
            return (Class<?>) bound;
        }
        if (bound instanceof ParameterizedType) {
            return (Class<?>) ((ParameterizedType) bound).getRawType();
        }
        return erased(((TypeVariable<?>) bound).getBounds()[0]);
    }

    /** What the variables of this type and of all its supertypes stand for. */
    public Map<TypeVariable<?>, Shape> bindings() {
        Map<TypeVariable<?>, Shape> bound = new HashMap<>();
        bind(bound);
        return bound;
    }

    private void bind(Map<TypeVariable<?>, Shape> bound) {
        TypeVariable<?>[] variables = raw.getTypeParameters();
        for (int i = 0; i < variables.length && variables.length == arguments.length; i++) {
            bound.put(variables[i], arguments[i]);
        }
        Type parent = raw.getGenericSuperclass();
        if (parent != null) {
            of(parent, bound).bind(bound);
        }
        for (Type parentInterface : raw.getGenericInterfaces()) {
            of(parentInterface, bound).bind(bound);
        }
    }

    /** What the supertype's variable stands for. */
    Shape argument(Class<?> supertype, int index) {
        if (raw == supertype && arguments.length > index) {
            return arguments[index];
        }
        Shape found = bindings().get(supertype.getTypeParameters()[index]);
        return found == null ? OBJECT : found;
    }

    /** Whether JSON's own maps, lists and values are all that is asked for. */
    boolean isPlain() {
        if (raw == Object.class) {
            return true;
        }
        boolean holds = raw == Map.class || raw == java.util.LinkedHashMap.class || raw == java.util.List.class
                || raw == java.util.ArrayList.class || raw == java.util.Collection.class;
        if (!holds) {
            return false;
        }
        for (int i = 0; i < arguments.length; i++) {
            boolean isKey = i == 0 && arguments.length == 2;
            if (isKey ? arguments[i].raw != String.class && arguments[i].raw != Object.class
                    : arguments[i].raw != Object.class) {
                return false;
            }
        }
        return true;
    }

    /** One of AWS's events, whose names and times follow rules of their own. */
    public boolean isAwsEvent() {
        return AwsEvents.has(raw);
    }

    @Override
    public String toString() {
        return type.getTypeName();
    }
}
