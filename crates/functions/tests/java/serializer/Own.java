// A serializer of the function's own, which reads and writes in its own way.
package serializer;

import com.amazonaws.services.lambda.runtime.CustomPojoSerializer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;

public class Own implements CustomPojoSerializer {
    @Override
    public <T> T fromJson(InputStream input, Type type) {
        return fromJson(new Scanner(input, "UTF-8").useDelimiter("\\A").next(), type);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T fromJson(String input, Type type) {
        return (T) (input.length() + " characters for a " + type.getTypeName());
    }

    @Override
    public <T> void toJson(T value, OutputStream output, Type type) {
        try {
            output.write(("[\"" + value + "\"]").getBytes(StandardCharsets.UTF_8));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    public static class Handler {
        public String same(String event) {
            return event;
        }
    }
}
