// Finds a function's handler by its name: `package.Class`, which implements one of Lambda's interfaces, or
// `package.Class::method`.
package tidegate.bootstrap;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Map;
import tidegate.bootstrap.json.Shape;

final class Loader {
    private Loader() {}

    static Handler load(String name) throws Throwable {
        int colons = name.lastIndexOf("::");
        String className = colons < 0 ? name : name.substring(0, colons);
        String method = colons < 0 ? null : name.substring(colons + 2);
        if (className.isEmpty() || "".equals(method)) {
            throw new Fault("Invalid handler: `" + name + "'");
        }
        Class<?> found = find(className);
        return method == null ? implementation(found) : Methods.find(found, method);
    }

    private static Class<?> find(String name) {
        try {
            return Class.forName(name, true, ClassLoader.getSystemClassLoader());
        } catch (ClassNotFoundException thrown) {
            throw new Fault("Class not found: " + name, thrown);
        } catch (Throwable thrown) {
            String why = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
            throw new Fault("Error loading class " + name + why, thrown);
        }
    }

    private static Handler implementation(Class<?> found) throws Throwable {
        if (isStreamHandler(found)) {
            RequestStreamHandler handler = (RequestStreamHandler) instance(found);
            return Handler.of((input, output, invocation) ->
                    handler.handleRequest(input, output, (Context) invocation.context()), true);
        }
        if (isRequestHandler(found)) {
            return typed(found);
        }
        throw new Fault("Class does not implement an appropriate handler interface: " + found.getName());
    }

    private static boolean isStreamHandler(Class<?> found) {
        try {
            return RequestStreamHandler.class.isAssignableFrom(found);
        } catch (NoClassDefFoundError absent) {
            return false;
        }
    }

    static boolean isRequestHandler(Class<?> found) {
        try {
            return RequestHandler.class.isAssignableFrom(found);
        } catch (NoClassDefFoundError absent) {
            return false;
        }
    }

    private static Handler typed(Class<?> found) throws Throwable {
        TypeVariable<?>[] variables = RequestHandler.class.getTypeParameters();
        Map<TypeVariable<?>, Shape> bound = Shape.of(found).bindings();
        Shape event = bound.get(variables[0]);
        Shape answer = bound.get(variables[1]);
        if (event == null || answer == null) {
            throw new Fault("Class " + found.getName()
                    + " does not implement RequestHandler with concrete type parameters");
        }
        return Handler.of(call(instance(found)), form(event.type, event), form(answer.type, answer));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    static Handler.Call call(Object instance) {
        RequestHandler handler = (RequestHandler) instance;
        return (event, invocation) -> handler.handleRequest(event, (Context) invocation.context());
    }

    /** Nothing is read or written where nothing is meant. */
    static Form form(Type type, Shape shape) {
        return shape.raw == void.class || shape.raw == Void.class ? null : Form.of(type, shape);
    }

    static Object instance(Class<?> found) throws Throwable {
        Constructor<?> constructor;
        try {
            constructor = found.getConstructor();
        } catch (NoSuchMethodException thrown) {
            boolean isInner = found.getEnclosingClass() != null && !Modifier.isStatic(found.getModifiers());
            throw new Fault("Class " + found.getName() + (isInner
                    ? " cannot be instantiated because it is a non-static inner class"
                    : " has no public zero-argument constructor"), thrown);
        }
        try {
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
