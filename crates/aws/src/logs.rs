//! CloudWatch Logs, to read: functions' logs as groups, streams and events.

mod describe_log_groups;
mod describe_log_streams;
mod events;
mod filter_log_events;
mod filter_pattern;
mod get_log_events;

use crate::action::Operation;
use crate::service::Service;
#[cfg(feature = "fuzzing")]
pub(crate) use filter_pattern::FilterPattern;

pub(crate) static SERVICE: Service = Service {
    name: "logs",
    target: Some("Logs_20140328"),
    actions: &[
        Operation::json::<describe_log_groups::DescribeLogGroups>(),
        Operation::json::<describe_log_streams::DescribeLogStreams>(),
        Operation::json::<filter_log_events::FilterLogEvents>(),
        Operation::json::<get_log_events::GetLogEvents>(),
    ],
    ..Service::NEW
};
