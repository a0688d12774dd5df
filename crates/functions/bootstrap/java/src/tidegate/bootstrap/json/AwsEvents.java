// Names in AWS's events that do not follow from the names of their classes' methods.
package tidegate.bootstrap.json;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

final class AwsEvents {
    private static final String[] PACKAGES = {
        "com.amazonaws.services.lambda.runtime.events.",
        "com.amazonaws.services.s3.event.",
        "com.amazonaws.services.dynamodbv2.model.",
    };
    /** Their list of records has a capital letter. */
    private static final Set<String> OF_RECORDS = new HashSet<>(Arrays.asList("SQSEvent", "SNSEvent", "KinesisEvent",
            "KinesisTimeWindowEvent", "DynamodbEvent", "DynamodbTimeWindowEvent", "S3Event", "S3EventNotification",
            "CodeCommitEvent", "CloudFrontEvent"));
    /** All their names have a capital letter. */
    private static final Set<String> CAPITAL = new HashSet<>(
            Arrays.asList("SNSRecord", "SNS", "MessageAttribute", "StreamRecord", "CloudFormationCustomResourceEvent"));

    private AwsEvents() {}

    static boolean has(Class<?> type) {
        String name = type.getName();
        for (String prefix : PACKAGES) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /** What names have in common that mean the same property: `detail-type` and `detailType`. */
    static String folded(String name) {
        StringBuilder folded = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            if (Character.isLetterOrDigit(name.charAt(i))) {
                folded.append(name.charAt(i));
            }
        }
        return folded.toString().toLowerCase(Locale.ROOT);
    }

    /** How a property is written. */
    static String written(Class<?> type, String property) {
        String simple = type.getSimpleName();
        boolean isOfSns = type.getName().contains("SNSEvent$");
        if (property.equals("records") && OF_RECORDS.contains(simple)) {
            return "Records";
        }
        if (property.equals("eventSourceArn") && !isOfSns) {
            return "eventSourceARN";
        }
        if (property.equals("detailType") && simple.equals("ScheduledEvent")) {
            return "detail-type";
        }
        if (simple.equals("AttributeValue")) {
            return property.toUpperCase(Locale.ROOT);
        }
        if (isOfSns && property.equals("SNS")) {
            return "Sns";
        }
        boolean isCapital = CAPITAL.contains(simple) && (isOfSns || !simple.equals("MessageAttribute"));
        return isCapital ? Character.toUpperCase(property.charAt(0)) + property.substring(1) : property;
    }
}
