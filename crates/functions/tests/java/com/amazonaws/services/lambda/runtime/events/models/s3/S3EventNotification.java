// The documented shape of a class that functions bring along.
package com.amazonaws.services.lambda.runtime.events.models.s3;

import java.time.ZonedDateTime;
import java.util.List;

public class S3EventNotification {
    private final List<S3EventNotificationRecord> records;

    public S3EventNotification(List<S3EventNotificationRecord> records) {
        this.records = records;
    }

    public List<S3EventNotificationRecord> getRecords() {
        return records;
    }

    public static class S3EventNotificationRecord {
        private final String eventName;
        private final ZonedDateTime eventTime;
        private final S3ObjectEntity object;

        public S3EventNotificationRecord(String eventName, String eventTime, S3ObjectEntity object) {
            this.eventName = eventName;
            this.eventTime = eventTime == null ? null : ZonedDateTime.parse(eventTime);
            this.object = object;
        }

        public String getEventName() {
            return eventName;
        }

        public ZonedDateTime getEventTime() {
            return eventTime;
        }

        public S3ObjectEntity getObject() {
            return object;
        }
    }

    public static class S3ObjectEntity {
        private final String key;
        private final Long size;
        private final String eTag;

        @Deprecated
        public S3ObjectEntity(String key, Integer size) {
            this(key, size.longValue(), null);
        }

        public S3ObjectEntity(String key, Long size, String eTag) {
            this.key = key;
            this.size = size;
            this.eTag = eTag;
        }

        public String getKey() {
            return key;
        }

        public Long getSizeAsLong() {
            return size;
        }

        public String geteTag() {
            return eTag;
        }
    }
}
