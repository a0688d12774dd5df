// What a handler is told about its invocation.
package tidegate.bootstrap;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;

final class LambdaContext implements Context {
    private final Invocation invocation;

    LambdaContext(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public String getAwsRequestId() {
        return invocation.id;
    }

    @Override
    public String getLogGroupName() {
        return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
    }

    @Override
    public String getLogStreamName() {
        return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
    }

    @Override
    public String getFunctionName() {
        return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
    }

    @Override
    public String getFunctionVersion() {
        return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
    }

    @Override
    public String getInvokedFunctionArn() {
        return invocation.header("Lambda-Runtime-Invoked-Function-Arn");
    }

    @Override
    public CognitoIdentity getIdentity() {
        String told = invocation.header("Lambda-Runtime-Cognito-Identity");
        return told == null ? null : new Caller.Identity(told);
    }

    @Override
    public ClientContext getClientContext() {
        String told = invocation.header("Lambda-Runtime-Client-Context");
        return told == null ? null : new Caller(told);
    }

    @Override
    public int getRemainingTimeInMillis() {
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, invocation.deadline - System.currentTimeMillis()));
    }

    @Override
    public int getMemoryLimitInMB() {
        return Integer.parseInt(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
    }

    @Override
    public LambdaLogger getLogger() {
        return LambdaLogs.INSTANCE;
    }

    @Override
    public String getTenantId() {
        return invocation.header("Lambda-Runtime-Aws-Tenant-Id");
    }

    @Override
    public String getXrayTraceId() {
        return invocation.trace;
    }
}
