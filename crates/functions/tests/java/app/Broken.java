// Classes that cannot be used.
package app;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;

public class Broken {
    private Broken() {}

    public static class Static implements RequestHandler<String, String> {
        static final int NUMBER = Integer.parseInt("none");

        @Override
        public String handleRequest(String event, Context context) {
            return event;
        }
    }

    public static class Made implements RequestHandler<String, String> {
        public Made() {
            throw new UnsupportedOperationException("no configuration");
        }

        @Override
        public String handleRequest(String event, Context context) {
            return event;
        }
    }

    public class Inner implements RequestHandler<String, String> {
        @Override
        public String handleRequest(String event, Context context) {
            return event;
        }
    }
}
