// Records, in and out.
package modern;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.List;

public class Points implements RequestHandler<Points.Shape, Points.Summary> {
    public record Point(int x, double y) {}

    public record Shape(String name, List<Point> points) {}

    public record Summary(String name, Point last, int count) {}

    @Override
    public Summary handleRequest(Shape shape, Context context) {
        return new Summary(shape.name(), shape.points().get(shape.points().size() - 1), shape.points().size());
    }
}
