// JSON that is not, or that does not fit what is asked for.
package tidegate.bootstrap.json;

public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1;

    JsonException(String message) {
        super(message);
    }

    JsonException(String message, Throwable cause) {
        super(message, cause);
    }
}
