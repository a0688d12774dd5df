//! Systems Manager's Parameter Store: settings and secrets that programs look up.

mod add_tags_to_resource;
mod delete_parameter;
mod delete_parameters;
mod describe_parameters;
mod errors;
mod filter;
mod get_parameter;
mod get_parameter_history;
mod get_parameters;
mod get_parameters_by_path;
mod list_tags_for_resource;
mod name;
mod parameter;
mod put_parameter;
mod remove_tags_from_resource;

use serde::Serialize;

use crate::action::Operation;
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "ssm",
    target: Some("AmazonSSM"),
    actions: &[
        Operation::json::<get_parameter::GetParameter>(),
        Operation::json::<get_parameters::GetParameters>(),
        Operation::json::<get_parameters_by_path::GetParametersByPath>(),
        Operation::json::<put_parameter::PutParameter>(),
        Operation::json::<delete_parameter::DeleteParameter>(),
        Operation::json::<delete_parameters::DeleteParameters>(),
        Operation::json::<describe_parameters::DescribeParameters>(),
        Operation::json::<get_parameter_history::GetParameterHistory>(),
        Operation::json::<add_tags_to_resource::AddTagsToResource>(),
        Operation::json::<remove_tags_from_resource::RemoveTagsFromResource>(),
        Operation::json::<list_tags_for_resource::ListTagsForResource>(),
    ],
    ..Service::NEW
};

/// An action that answers nothing.
#[derive(Serialize)]
struct Done {}
