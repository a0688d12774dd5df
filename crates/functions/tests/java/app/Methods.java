// Handlers that are methods.
package app;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

public class Methods {
    public static class Refused extends RuntimeException {
        public Refused(String why, Throwable cause) {
            super(why, cause);
        }
    }

    private int calls;

    public static String shout(String text) {
        return text.toUpperCase() + "!";
    }

    public int sum(List<Integer> numbers, Context context) {
        calls++;
        return calls * 1000 + numbers.stream().mapToInt(Integer::intValue).sum();
    }

    public int sum(List<Integer> fewer) {
        throw new IllegalStateException("the longer one is meant");
    }

    public void nothing() {}

    public void copy(InputStream input, OutputStream output) throws IOException {
        int c;
        while ((c = input.read()) >= 0) {
            output.write(c);
        }
    }

    public String id(Context context) {
        return context.getAwsRequestId();
    }

    public Object fail(String how) throws Exception {
        switch (how) {
            case "refuse":
                throw new Refused("not today", new IOException("the disk"));
            case "wordless":
                throw new IllegalStateException();
            case "memory":
                List<byte[]> all = new ArrayList<>();
                while (true) {
                    all.add(new byte[1 << 20]);
                }
            case "depth":
                return fail("depth");
            case "exit":
                System.exit(7);
                return null;
            case "sleep":
                Thread.sleep(600_000);
                return null;
            case "loop":
                List<Object> self = new ArrayList<>();
                self.add(self);
                return self;
            default:
                return how;
        }
    }

    public String print(String text, Context context) {
        System.out.println("plain ä");
        System.out.print("unfinished");
        System.err.println("to standard error");
        context.getLogger().log("two\nlines");
        context.getLogger().log("leveled", LogLevel.WARN);
        System.out.println("HTTP/1.1 200 OK\r\n\r\n");
        return text;
    }
}
