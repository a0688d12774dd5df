// A handler whose types are bound by a class in between.
package app;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;

abstract class Answering<T> implements RequestHandler<T, T> {}

public class Orders extends Answering<Order> {
    @Override
    public Order handleRequest(Order order, Context context) {
        order.setNumber(order.getNumber() + 1);
        order.note = order.getLines().get(0).getSku();
        return order;
    }
}
