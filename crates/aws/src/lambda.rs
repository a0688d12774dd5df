//! Lambda's control and invocation API.

mod create_event_source_mapping;
mod delete_event_source_mapping;
mod event_source_mappings;
pub(crate) mod function_name;
mod get_event_source_mapping;
mod invoke;
mod list_event_source_mappings;
mod update_event_source_mapping;

use crate::action::Operation;
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "lambda",
    too_large: invoke::too_large,
    actions: &[
        Operation::raw::<invoke::Invoke>(),
        Operation::rest::<create_event_source_mapping::CreateEventSourceMapping>(),
        Operation::rest::<delete_event_source_mapping::DeleteEventSourceMapping>(),
        Operation::rest::<get_event_source_mapping::GetEventSourceMapping>(),
        Operation::rest::<list_event_source_mappings::ListEventSourceMappings>(),
        Operation::rest::<update_event_source_mapping::UpdateEventSourceMapping>(),
    ],
    ..Service::NEW
};
