// The serializer that a function brings as a service; only one is allowed.
package tidegate.bootstrap;

import com.amazonaws.services.lambda.runtime.CustomPojoSerializer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Type;
import java.util.Iterator;
import java.util.ServiceLoader;

final class OwnSerializer {
    private static CustomPojoSerializer found;

    private OwnSerializer() {}

    static Form form(Type type) {
        CustomPojoSerializer serializer = find();
        return new Form() {
            @Override
            Object read(byte[] event) {
                return serializer.fromJson(new ByteArrayInputStream(event), type);
            }

            @Override
            byte[] write(Object value) {
                ByteArrayOutputStream output = new ByteArrayOutputStream(1024);
                serializer.toJson(value, output, type);
                return output.toByteArray();
            }
        };
    }

    private static CustomPojoSerializer find() {
        if (found == null) {
            Iterator<CustomPojoSerializer> all =
                    ServiceLoader.load(CustomPojoSerializer.class, ClassLoader.getSystemClassLoader()).iterator();
            found = all.next();
            if (all.hasNext()) {
                throw new Fault(
                        "Too many serializers provided inside the META-INF/services folder, only one is allowed");
            }
        }
        return found;
    }
}
