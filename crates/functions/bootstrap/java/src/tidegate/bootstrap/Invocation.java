// One invocation: its event, and what the platform says about it.
package tidegate.bootstrap;

final class Invocation {
    final byte[] event;
    final String id;
    final String trace;
    /** Milliseconds since the epoch. */
    final long deadline;
    private final String head;
    private Object context;

    Invocation(String head, byte[] event) {
        this.head = head;
        this.event = event;
        id = header("Lambda-Runtime-Aws-Request-Id");
        trace = header("Lambda-Runtime-Trace-Id");
        String until = header("Lambda-Runtime-Deadline-Ms");
        deadline = until == null ? 0 : Long.parseLong(until);
    }

    /** The platform spells names as its documentation does. */
    String header(String name) {
        int at = head.indexOf("\r\n" + name + ": ");
        if (at < 0) {
            return null;
        }
        int from = at + name.length() + 4;
        return head.substring(from, head.indexOf("\r\n", from));
    }

    /** Made when a handler takes one: a function that takes none need not bring AWS's interfaces. */
    Object context() {
        if (context == null) {
            context = new LambdaContext(this);
        }
        return context;
    }
}
