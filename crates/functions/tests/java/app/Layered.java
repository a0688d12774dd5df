// Uses a class of a layer, and tells where it runs.
package app;

import java.util.Arrays;
import java.util.List;

public class Layered {
    public List<Object> run(Object event) throws ReflectiveOperationException {
        String word = Class.forName("layered.Word").getConstructor().newInstance().toString();
        return Arrays.asList(event, word, System.getProperty("user.dir"));
    }
}
