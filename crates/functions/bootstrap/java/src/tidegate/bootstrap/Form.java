// How values of one type are read from JSON and written as JSON: by the serializer that the function brings, or ours.
package tidegate.bootstrap;

import java.lang.reflect.Type;
import tidegate.bootstrap.json.Converter;
import tidegate.bootstrap.json.JsonWriter;
import tidegate.bootstrap.json.Shape;

abstract class Form {
    private static final String OWN_SERIALIZER =
            "META-INF/services/com.amazonaws.services.lambda.runtime.CustomPojoSerializer";

    abstract Object read(byte[] event) throws Exception;

    abstract byte[] write(Object value) throws Exception;

    static Form of(Type type, Shape shape) {
        if (ClassLoader.getSystemResource(OWN_SERIALIZER) != null) {
            return OwnSerializer.form(type);
        }
        return new Form() {
            private final boolean isEvent = shape.isAwsEvent();

            @Override
            Object read(byte[] event) {
                return Converter.read(event, shape);
            }

            @Override
            byte[] write(Object value) {
                return JsonWriter.write(value, isEvent);
            }
        };
    }
}
