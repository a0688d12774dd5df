// The connection to the Runtime API: one kept-alive HTTP/1.1 connection that is inherited as standard input, read and
// written with one call each per invocation.
package tidegate.bootstrap;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

final class Channel {
    private static final String API = "/2018-06-01/runtime/";
    private static final byte[] NEXT = bytes("GET " + API + "invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n");
    private static final byte[] END = bytes("\r\n\r\n");
    private static final byte[] LENGTH = bytes("\r\nContent-Length: ");

    private final FileInputStream input = new FileInputStream(FileDescriptor.in);
    private final FileOutputStream output = new FileOutputStream(FileDescriptor.in);
    /** What was read and not yet used, from `start` to `end`. */
    private byte[] buffer = new byte[16 * 1024];
    private int start;
    private int end;

    /** Asks for the first invocation. */
    void next() throws IOException {
        output.write(NEXT);
    }

    /** Answers and asks for the next invocation. */
    void answer(Invocation invocation, byte[] body) throws IOException {
        send("invocation/" + invocation.id + "/response", "", body, NEXT);
    }

    void fail(Invocation invocation, Report report, boolean goesOn) throws IOException {
        byte[] after = goesOn ? NEXT : new byte[0];
        send("invocation/" + invocation.id + "/error", kind(report), report.document(), after);
        if (!goesOn) {
            await();
        }
    }

    /** Reports that the function could not be loaded. */
    void fail(Report report) throws IOException {
        send("init/error", kind(report), report.document(), new byte[0]);
        await();
    }

    private static String kind(Report report) {
        return "Lambda-Runtime-Function-Error-Type: " + report.type + "\r\n";
    }

    private void send(String path, String headers, byte[] body, byte[] after) throws IOException {
        byte[] head = bytes("POST " + API + path + " HTTP/1.1\r\nHost: runtime\r\n" + headers
                + "Content-Length: " + body.length + "\r\n\r\n");
        byte[] all = Arrays.copyOf(head, head.length + body.length + after.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        System.arraycopy(after, 0, all, head.length + body.length, after.length);
        output.write(all);
    }

    /** The next answer that carries an invocation; others only confirm, or refuse and are told. */
    Invocation receive() throws IOException {
        while (true) {
            int head;
            while ((head = find(END, start, end)) < 0) {
                more();
            }
            int size = number(LENGTH, head);
            int body = head + END.length - start;
            while (end - start < body + size) {
                more(body + size);
            }
            int from = start;
            int content = from + body;
            start = content + size;
            int status = status(from);
            if (status == 200) {
                String text = new String(buffer, from, content - from, StandardCharsets.ISO_8859_1);
                return new Invocation(text, Arrays.copyOfRange(buffer, content, content + size));
            }
            if (status != 202 && status != 100) {
                String said = new String(buffer, content, size, StandardCharsets.UTF_8);
                System.err.println("Runtime API: " + status + " " + said);
            }
        }
    }

    /** Lets the platform take what was sent before this process ends. */
    private void await() throws IOException {
        input.read(buffer, 0, 1);
    }

    private void more() throws IOException {
        more(end - start + 1);
    }

    /** Reads once, with room for `needed` bytes in all. */
    private void more(int needed) throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
        }
        if (buffer.length - start < needed || end == buffer.length) {
            int size = Math.max(needed, end - start + 4096);
            byte[] larger = size > buffer.length ? new byte[size] : buffer;
            System.arraycopy(buffer, start, larger, 0, end - start);
            buffer = larger;
            end -= start;
            start = 0;
        }
        int count = input.read(buffer, end, buffer.length - end);
        if (count <= 0) {
            // The platform closed the channel: this environment is retired.
            System.exit(0);
        }
        end += count;
    }

    /** Of `HTTP/1.1 200 OK`. */
    private int status(int from) {
        return (buffer[from + 9] - '0') * 100 + (buffer[from + 10] - '0') * 10 + buffer[from + 11] - '0';
    }

    /** The number in a header of the head that ends at `head`. */
    private int number(byte[] name, int head) {
        int at = find(name, start, head);
        int number = 0;
        for (int i = at + name.length; at >= 0 && i < head && buffer[i] >= '0' && buffer[i] <= '9'; i++) {
            number = number * 10 + buffer[i] - '0';
        }
        return number;
    }

    private int find(byte[] what, int from, int to) {
        for (int i = from; i + what.length <= to; i++) {
            int same = 0;
            while (same < what.length && buffer[i + same] == what[same]) {
                same++;
            }
            if (same == what.length) {
                return i;
            }
        }
        return -1;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
