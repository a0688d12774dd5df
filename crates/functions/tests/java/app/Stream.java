// Answers what it is sent, in capitals.
package app;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

public class Stream implements RequestStreamHandler {
    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        int c;
        while ((c = input.read()) >= 0) {
            output.write(c == '\n' ? c : Character.toUpperCase((char) c));
        }
    }
}
