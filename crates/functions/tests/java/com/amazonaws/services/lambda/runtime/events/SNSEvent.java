// The documented shape of a class that functions bring along: its getter and setter do not agree on a name.
package com.amazonaws.services.lambda.runtime.events;

import java.util.List;

public class SNSEvent {
    private List<SNSRecord> records;

    public List<SNSRecord> getRecords() {
        return records;
    }

    public void setRecords(List<SNSRecord> records) {
        this.records = records;
    }

    public static class SNSRecord {
        private SNS sns;

        public SNS getSNS() {
            return sns;
        }

        public void setSns(SNS sns) {
            this.sns = sns;
        }
    }

    public static class SNS {
        private String message;
        private String topicArn;

        public String getMessage() {
            return message;
        }

        public void setMessage(String message) {
            this.message = message;
        }

        public String getTopicArn() {
            return topicArn;
        }

        public void setTopicArn(String topicArn) {
            this.topicArn = topicArn;
        }
    }
}
