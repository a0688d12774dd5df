// The documented shape of a class that functions bring along: a flag whose field begins with `is`.
package com.amazonaws.services.lambda.runtime.events;

import java.util.Map;

public class APIGatewayV2HTTPEvent {
    private Map<String, String> headers;
    private String body;
    private boolean isBase64Encoded;

    public Map<String, String> getHeaders() {
        return headers;
    }

    public void setHeaders(Map<String, String> headers) {
        this.headers = headers;
    }

    public String getBody() {
        return body;
    }

    public void setBody(String body) {
        this.body = body;
    }

    public boolean isBase64Encoded() {
        return isBase64Encoded;
    }

    public void setBase64Encoded(boolean isBase64Encoded) {
        this.isBase64Encoded = isBase64Encoded;
    }
}
