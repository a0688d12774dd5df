// The logger of a handler's context.
package tidegate.bootstrap;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.nio.charset.StandardCharsets;

final class LambdaLogs implements LambdaLogger {
    static final LambdaLogs INSTANCE = new LambdaLogs();

    private LambdaLogs() {}

    @Override
    public void log(String message) {
        Logs.message(String.valueOf(message), null);
    }

    @Override
    public void log(byte[] message) {
        log(new String(message, StandardCharsets.UTF_8));
    }

    @Override
    public void log(String message, LogLevel level) {
        String name = String.valueOf(level);
        Logs.message(String.valueOf(message), "UNDEFINED".equals(name) ? null : name);
    }

    @Override
    public void log(byte[] message, LogLevel level) {
        log(new String(message, StandardCharsets.UTF_8), level);
    }
}
