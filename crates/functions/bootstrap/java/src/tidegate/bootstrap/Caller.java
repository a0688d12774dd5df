// What the caller of an invocation told about itself.
package tidegate.bootstrap;

import com.amazonaws.services.lambda.runtime.Client;
import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import tidegate.bootstrap.json.JsonReader;

final class Caller implements ClientContext, Client {
    private final Map<?, ?> told;
    private final Map<?, ?> client;

    Caller(String json) {
        told = object(parse(json));
        client = object(told.get("client"));
    }

    /** A header carries its UTF-8 as single bytes. */
    private static Object parse(String header) {
        return new JsonReader(header.getBytes(StandardCharsets.ISO_8859_1), false).document();
    }

    private static Map<?, ?> object(Object value) {
        return value instanceof Map ? (Map<?, ?>) value : new LinkedHashMap<>();
    }

    private static String text(Map<?, ?> of, String name) {
        Object value = of.get(name);
        return value == null ? null : value.toString();
    }

    private Map<String, String> texts(String name) {
        if (told.get(name) == null) {
            return null;
        }
        Map<String, String> texts = new LinkedHashMap<>();
        Map<?, ?> values = object(told.get(name));
        for (Object key : values.keySet()) {
            texts.put(key.toString(), text(values, key.toString()));
        }
        return texts;
    }

    @Override
    public Client getClient() {
        return told.get("client") == null ? null : this;
    }

    @Override
    public Map<String, String> getCustom() {
        return texts("custom");
    }

    @Override
    public Map<String, String> getEnvironment() {
        return texts("env");
    }

    @Override
    public String getInstallationId() {
        return text(client, "installation_id");
    }

    @Override
    public String getAppTitle() {
        return text(client, "app_title");
    }

    @Override
    public String getAppVersionName() {
        return text(client, "app_version_name");
    }

    @Override
    public String getAppVersionCode() {
        return text(client, "app_version_code");
    }

    @Override
    public String getAppPackageName() {
        return text(client, "app_package_name");
    }

    /** Of who signed in through Amazon Cognito. */
    static final class Identity implements CognitoIdentity {
        private final Map<?, ?> told;

        Identity(String json) {
            told = object(parse(json));
        }

        @Override
        public String getIdentityId() {
            return text(told, "cognitoIdentityId");
        }

        @Override
        public String getIdentityPoolId() {
            return text(told, "cognitoIdentityPoolId");
        }
    }
}
