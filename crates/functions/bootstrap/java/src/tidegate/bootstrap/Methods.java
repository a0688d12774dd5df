// A handler that is a method: which of several with its name is meant, and what it takes.
package tidegate.bootstrap;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tidegate.bootstrap.json.Shape;

final class Methods {
    private static final String CONTEXT = "com.amazonaws.services.lambda.runtime.Context";

    private Methods() {}

    static Handler find(Class<?> found, String name) throws Throwable {
        List<Method> candidates = new ArrayList<>();
        try {
            for (Method method : found.getMethods()) {
                if (method.getName().equals(name)) {
                    candidates.add(method);
                }
            }
        } catch (NoClassDefFoundError thrown) {
            throw new Fault("Error loading method " + name + " on class " + found.getName(), thrown);
        }
        candidates.sort((a, b) -> a.isBridge() == b.isBridge() ? weight(b) - weight(a) : a.isBridge() ? 1 : -1);
        for (Method method : candidates) {
            Handler handler = handler(found, method);
            if (handler != null) {
                return handler;
            }
        }
        throw new Fault("No public method named " + name
                + " with appropriate method signature found on class " + found.getName());
    }

    /** Longer signatures come first; a context at the end counts twice. */
    private static int weight(Method method) {
        Class<?>[] taken = method.getParameterTypes();
        return taken.length + (taken.length > 0 && isContext(taken[taken.length - 1]) ? 1 : 0);
    }

    private static boolean isContext(Class<?> type) {
        return type.getName().equals(CONTEXT);
    }

    /** Null when no event could be given to it. */
    private static Handler handler(Class<?> found, Method method) throws Throwable {
        Class<?>[] taken = method.getParameterTypes();
        int count = taken.length;
        boolean context = count > 0 && isContext(taken[count - 1]);
        int values = context ? count - 1 : count;
        boolean input = values > 0 && taken[0] == InputStream.class;
        boolean output = values > 0 && taken[values - 1] == OutputStream.class;
        if (input || output) {
            return values == (input ? 1 : 0) + (output ? 1 : 0) ? streams(found, method, input, output, context) : null;
        }
        if (values > 1) {
            return null;
        }
        return values(found, method, values == 1, context);
    }

    private static Handler streams(Class<?> found, Method method, boolean in, boolean out, boolean context)
            throws Throwable {
        Object instance = instance(found, method);
        return Handler.of((input, output, invocation) -> {
            List<Object> given = new ArrayList<>(3);
            if (in) {
                given.add(input);
            }
            if (out) {
                given.add(output);
            }
            if (context) {
                given.add(invocation.context());
            }
            invoke(method, instance, given.toArray());
        }, out);
    }

    private static Handler values(Class<?> found, Method method, boolean takes, boolean context) throws Throwable {
        Object instance = instance(found, method);
        Map<TypeVariable<?>, Shape> bound = Shape.of(found).bindings();
        Type returned = method.getGenericReturnType();
        Form answer = Loader.form(returned, Shape.of(returned, bound));
        Form event = null;
        if (takes) {
            Type type = method.getGenericParameterTypes()[0];
            event = Loader.form(type, Shape.of(type, bound));
        }
        boolean isInterface = takes && context && !Modifier.isStatic(method.getModifiers())
                && method.getName().equals("handleRequest") && Loader.isRequestHandler(found);
        if (isInterface) {
            return Handler.of(Loader.call(instance), event, answer);
        }
        Handler.Call call = (value, invocation) -> {
            if (takes && context) {
                return invoke(method, instance, value, invocation.context());
            }
            if (takes) {
                return invoke(method, instance, value);
            }
            return context ? invoke(method, instance, invocation.context()) : invoke(method, instance);
        };
        return Handler.of(call, event, answer);
    }

    private static Object instance(Class<?> found, Method method) throws Throwable {
        method.setAccessible(true);
        return Modifier.isStatic(method.getModifiers()) ? null : Loader.instance(found);
    }

    private static Object invoke(Method method, Object instance, Object... given) throws Throwable {
        try {
            return method.invoke(instance, given);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
