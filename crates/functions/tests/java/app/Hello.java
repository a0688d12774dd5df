// Tells what a handler is told.
package app;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

public class Hello implements RequestHandler<Map<String, Object>, Map<String, Object>> {
    @Override
    public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("event", event);
        told.put("id", context.getAwsRequestId());
        told.put("arn", context.getInvokedFunctionArn());
        told.put("name", context.getFunctionName());
        told.put("memory", context.getMemoryLimitInMB());
        told.put("version", context.getFunctionVersion());
        told.put("group", context.getLogGroupName());
        int left = context.getRemainingTimeInMillis();
        told.put("left", left > 0 && left <= 20_000);
        told.put("trace", System.getProperty("com.amazonaws.xray.traceHeader"));
        told.put("same", context.getXrayTraceId().equals(System.getProperty("com.amazonaws.xray.traceHeader")));
        told.put("root", System.getenv("LAMBDA_TASK_ROOT").equals(System.getProperty("user.dir")));
        told.put("client", context.getClientContext() == null ? "none" : context.getClientContext().getCustom());
        told.put("execution", System.getenv("AWS_EXECUTION_ENV"));
        try {
            told.put("stdin", System.in.read());
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return told;
    }
}
