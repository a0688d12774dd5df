// Runs a Java function: loads its handler and speaks the Lambda Runtime API, one invocation after the other.
package tidegate.bootstrap;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOError;
import java.io.IOException;
import java.io.PrintStream;

public final class Bootstrap {
    /** Where AWS's tracing looks for the header of the invocation. */
    private static final String TRACE = "com.amazonaws.xray.traceHeader";

    private Bootstrap() {}

    public static void main(String[] none) throws IOException {
        Channel channel = new Channel();
        // The channel is standard input, which a function cannot disturb then.
        System.setIn(new ByteArrayInputStream(new byte[0]));
        System.setOut(stream(FileDescriptor.out));
        System.setErr(stream(FileDescriptor.err));
        Handler handler = load(channel);
        channel.next();
        while (true) {
            Invocation invocation = channel.receive();
            boolean survives = serve(handler, invocation, channel);
            if (!survives) {
                System.exit(1);
            }
        }
    }

    /** Whatever the machine's locale is, logs are read as UTF-8. */
    private static PrintStream stream(FileDescriptor file) throws IOException {
        return new PrintStream(new BufferedOutputStream(new FileOutputStream(file), 8192), true, "UTF-8");
    }

    private static Handler load(Channel channel) throws IOException {
        try {
            Handler handler = Loader.load(System.getenv("_HANDLER"));
            Logs.takeOver();
            return handler;
        } catch (Throwable thrown) {
            Report report = Report.of(thrown);
            Logs.error(report, null);
            flush();
            channel.fail(report);
            System.exit(1);
            throw new AssertionError();
        }
    }

    /** Returns whether the machine may go on after this. */
    private static boolean serve(Handler handler, Invocation invocation, Channel channel) throws IOException {
        if (invocation.trace == null) {
            System.clearProperty(TRACE);
        } else {
            System.setProperty(TRACE, invocation.trace);
        }
        Logs.begin(invocation);
        boolean survives = true;
        byte[] answer = null;
        Report report = null;
        try {
            answer = handler.handle(invocation);
        } catch (Throwable thrown) {
            survives = !(thrown instanceof VirtualMachineError || thrown instanceof IOError);
            report = Report.of(thrown);
            Logs.error(report, invocation);
        }
        // What the function's code set for itself is not for the next invocation.
        Thread.interrupted();
        flush();
        if (report == null) {
            channel.answer(invocation, answer);
        } else {
            channel.fail(invocation, report, survives);
        }
        return survives;
    }

    private static void flush() {
        System.out.flush();
        System.err.flush();
    }
}
