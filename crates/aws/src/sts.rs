//! Security Token Service: who somebody is.

mod get_caller_identity;

use crate::action::Operation;
use crate::protocol::{Lists, query::Voice};
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "sts",
    query: Some(Voice {
        version: "2011-06-15",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        lists: Lists::Wrapped,
    }),
    actions: &[Operation::query::<get_caller_identity::GetCallerIdentity>()],
    ..Service::NEW
};
