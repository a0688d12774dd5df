//! Lambda's control and invocation API.

pub(crate) mod function_name;
mod invoke;

use crate::action::Operation;
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "lambda",
    too_large: invoke::too_large,
    actions: &[Operation::raw::<invoke::Invoke>()],
    ..Service::NEW
};
