// Reads the JSON of each file named, whose first line names a type, and prints what comes of it, as JSON again.
package cases;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.io.PrintStream;
import tidegate.bootstrap.json.Converter;
import tidegate.bootstrap.json.JsonException;
import tidegate.bootstrap.json.JsonWriter;
import tidegate.bootstrap.json.Shape;

public class Cases {
    public static void main(String[] files) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String file : files) {
            String text = new String(Files.readAllBytes(Paths.get(file)), StandardCharsets.UTF_8);
            String[] lines = text.substring(0, text.indexOf("\n---\n")).split("\n");
            Shape shape = Shape.of(Types.class.getDeclaredField(lines[0]).getGenericType());
            for (int i = 1; i < lines.length; i++) {
                out.println(come(lines[i], shape));
            }
            out.println("---");
        }
    }

    private static String come(String json, Shape shape) {
        try {
            Object value = Converter.read(json.getBytes(StandardCharsets.UTF_8), shape);
            String kind = value == null || shape.raw != Object.class ? "" : value.getClass().getSimpleName() + " ";
            return kind + new String(JsonWriter.write(value, shape.isAwsEvent()), StandardCharsets.UTF_8);
        } catch (JsonException refused) {
            return "! " + refused.getMessage();
        }
    }
}
