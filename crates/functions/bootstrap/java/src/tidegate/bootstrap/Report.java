// An error as the platform and the log are told of it.
package tidegate.bootstrap;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import tidegate.bootstrap.json.JsonWriter;

final class Report {
    private static final String OWN = "tidegate.bootstrap.";

    final String message;
    /** A class name, as Lambda has it. */
    final String type;
    private final StackTraceElement[] frames;
    /** For the log. */
    final String trace;

    private Report(String message, String type, StackTraceElement[] frames, String trace) {
        this.message = message;
        this.type = type;
        this.frames = frames;
        this.trace = trace;
    }

    static Report of(Throwable thrown) {
        if (thrown instanceof Fault) {
            Throwable cause = thrown.getCause();
            String type = cause == null ? "Runtime.BadFunctionCode" : cause.getClass().getName();
            return new Report(thrown.getMessage(), type, new StackTraceElement[0], cause == null ? "" : trace(cause));
        }
        String message = thrown.getLocalizedMessage();
        String type = thrown.getClass().getName();
        String trace = trace(thrown);
        return new Report(message == null ? type : message, type, thrown.getStackTrace(), trace);
    }

    /** What Lambda answers for a failed invocation. */
    byte[] document() {
        StringBuilder out = new StringBuilder(256);
        out.append("{\"errorMessage\":");
        JsonWriter.text(message, out);
        out.append(",\"errorType\":");
        JsonWriter.text(type, out);
        out.append(",\"stackTrace\":[");
        for (int i = 0; i < frames.length; i++) {
            if (i > 0) {
                out.append(',');
            }
            JsonWriter.text(frames[i].toString(), out);
        }
        return out.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String trace(Throwable thrown) {
        cut(thrown, Collections.newSetFromMap(new IdentityHashMap<>()));
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    /** Leaves out what called the function. */
    private static void cut(Throwable thrown, Set<Throwable> seen) {
        if (thrown == null || !seen.add(thrown)) {
            return;
        }
        StackTraceElement[] frames = thrown.getStackTrace();
        for (int i = 0; i < frames.length; i++) {
            if (frames[i].getClassName().startsWith(OWN)) {
                StackTraceElement[] own = new StackTraceElement[i];
                System.arraycopy(frames, 0, own, 0, i);
                thrown.setStackTrace(own);
                break;
            }
        }
        cut(thrown.getCause(), seen);
        for (Throwable suppressed : thrown.getSuppressed()) {
            cut(suppressed, seen);
        }
    }
}
