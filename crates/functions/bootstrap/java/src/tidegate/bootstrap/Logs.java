// What the runtime writes into a function's log, in the format that the function asks for.
package tidegate.bootstrap;

import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.time.Instant;
import tidegate.bootstrap.json.JsonWriter;

final class Logs {
    private static final boolean JSON = "JSON".equalsIgnoreCase(System.getenv("AWS_LAMBDA_LOG_FORMAT"));
    private static final int LEAST = rank(System.getenv("AWS_LAMBDA_LOG_LEVEL"));
    private static String requestId;
    private static boolean mayHaveAppender = isThere("com/amazonaws/services/lambda/runtime/LambdaRuntimeInternal");

    private Logs() {}

    private static int rank(String level) {
        switch (level == null ? "" : level.toUpperCase()) {
            case "TRACE":
                return 1;
            case "DEBUG":
                return 2;
            case "INFO":
                return 3;
            case "WARN":
                return 4;
            case "ERROR":
                return 5;
            case "FATAL":
                return 6;
            default:
                return 0;
        }
    }

    /** Looked for first: a debugger would stop at the error. */
    private static boolean isThere(String name) {
        return ClassLoader.getSystemResource(name + ".class") != null;
    }

    /** Libraries find the runtime's logger in a static field. */
    static void takeOver() {
        if (!isThere("com/amazonaws/services/lambda/runtime/LambdaRuntime")) {
            return;
        }
        try {
            Class<?> runtime = Class.forName("com.amazonaws.services.lambda.runtime.LambdaRuntime");
            Field logger = runtime.getDeclaredField("logger");
            logger.setAccessible(true);
            logger.set(null, LambdaLogs.INSTANCE);
        } catch (ReflectiveOperationException | LinkageError absent) {
            // Interfaces that log by themselves.
        }
    }

    static void begin(Invocation invocation) {
        requestId = invocation.id;
        if (mayHaveAppender) {
            tellAppender();
        }
    }

    /** AWS's appenders for log4j take the request's id from its thread's context. */
    private static void tellAppender() {
        try {
            if (!com.amazonaws.services.lambda.runtime.LambdaRuntimeInternal.getUseLog4jAppender()) {
                return;
            }
        } catch (LinkageError absent) {
            mayHaveAppender = false;
            return;
        }
        boolean isTold = put("org.apache.logging.log4j.ThreadContext", String.class);
        isTold |= put("org.apache.log4j.MDC", Object.class);
        mayHaveAppender = isTold;
    }

    private static boolean put(String className, Class<?> value) {
        try {
            Method put = Class.forName(className).getMethod("put", String.class, value);
            put.invoke(null, "AWSRequestId", requestId);
            return true;
        } catch (ReflectiveOperationException | LinkageError absent) {
            return false;
        }
    }

    static void error(Report report, Invocation invocation) {
        write(report.message + ": " + report.type + "\n" + report.trace, "ERROR", JSON);
    }

    /** A message of the function's own; without a level it is never held back. */
    static void message(String message, String level) {
        if (level != null && rank(level) < LEAST) {
            return;
        }
        write(level == null || JSON ? message : "[" + level + "] " + message, level, JSON);
    }

    private static void write(String message, String level, boolean asJson) {
        PrintStream out = System.out;
        if (!asJson) {
            // A carriage return keeps a message of several lines in one record.
            String line = message.endsWith("\n") ? message.substring(0, message.length() - 1) : message;
            out.println(line.replace('\n', '\r'));
            return;
        }
        StringBuilder record = new StringBuilder(message.length() + 128);
        record.append("{\"timestamp\":\"").append(Instant.ofEpochMilli(System.currentTimeMillis()));
        record.append("\",\"message\":");
        JsonWriter.text(message, record);
        record.append(",\"level\":\"").append(level == null ? "UNDEFINED" : level).append('"');
        if (requestId != null) {
            record.append(",\"AWSRequestId\":\"").append(requestId).append('"');
        }
        out.println(record.append('}'));
    }
}
