// The documented shape of an interface that functions bring along; compiled against, and never shipped.
package com.amazonaws.services.lambda.runtime;

/** Told by the appender of log4j that it is there. */
public final class LambdaRuntimeInternal {
    private static boolean useLog4jAppender;

    private LambdaRuntimeInternal() {}

    public static void setUseLog4jAppender(boolean use) {
        useLog4jAppender = use;
    }

    public static boolean getUseLog4jAppender() {
        return useLog4jAppender;
    }
}
