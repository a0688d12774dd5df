// What an invocation is given to: a call with values, or one with streams.
package tidegate.bootstrap;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

abstract class Handler {
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

    /** Returns the answer. */
    abstract byte[] handle(Invocation invocation) throws Throwable;

    /** Takes the event as a value, and returns one. */
    interface Call {
        Object call(Object event, Invocation invocation) throws Throwable;
    }

    /** Takes the event as bytes, and writes the answer. */
    interface StreamCall {
        void call(InputStream input, OutputStream output, Invocation invocation) throws Throwable;
    }

    /** Without a type for the event or the answer, there is none. */
    static Handler of(Call call, Form event, Form answer) {
        return new Handler() {
            @Override
            byte[] handle(Invocation invocation) throws Throwable {
                Object value = null;
                try {
                    if (event != null) {
                        value = event.read(invocation.event);
                    }
                } catch (Throwable thrown) {
                    throw new RuntimeException("An error occurred during JSON parsing", thrown);
                }
                Object result = call.call(value, invocation);
                try {
                    return answer == null ? NULL : answer.write(result);
                } catch (Throwable thrown) {
                    throw new RuntimeException("An error occurred during JSON serialization of response", thrown);
                }
            }
        };
    }

    static Handler of(StreamCall call, boolean writes) {
        return new Handler() {
            @Override
            byte[] handle(Invocation invocation) throws Throwable {
                ByteArrayOutputStream output = new ByteArrayOutputStream(1024);
                call.call(new ByteArrayInputStream(invocation.event), output, invocation);
                return writes ? output.toByteArray() : NULL;
            }
        };
    }
}
