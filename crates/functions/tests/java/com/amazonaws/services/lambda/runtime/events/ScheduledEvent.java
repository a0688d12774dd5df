// The documented shape of a class that functions bring along.
package com.amazonaws.services.lambda.runtime.events;

import java.util.Date;
import java.util.Map;

public class ScheduledEvent {
    private String detailType;
    private Date time;
    private Map<String, Object> detail;

    public String getDetailType() {
        return detailType;
    }

    public void setDetailType(String detailType) {
        this.detailType = detailType;
    }

    public Date getTime() {
        return time;
    }

    public void setTime(Date time) {
        this.time = time;
    }

    public Map<String, Object> getDetail() {
        return detail;
    }

    public void setDetail(Map<String, Object> detail) {
        this.detail = detail;
    }
}
