//! Lambda's control and invocation API.

mod add_permission;
mod alias_configuration;
mod belongings;
mod change;
mod code;
mod configuration;
mod create_alias;
mod create_event_source_mapping;
mod create_function;
mod create_function_url_config;
mod delete_alias;
mod delete_event_source_mapping;
mod delete_function;
mod delete_function_concurrency;
mod delete_function_event_invoke_config;
mod delete_function_url_config;
mod delete_provisioned_concurrency_config;
mod download_code;
mod environment;
mod event_invoke_config;
pub(crate) mod event_source_mappings;
pub(crate) mod function_name;
mod function_urls;
mod get_account_settings;
mod get_alias;
mod get_event_source_mapping;
mod get_function;
mod get_function_concurrency;
mod get_function_configuration;
mod get_function_event_invoke_config;
mod get_function_url_config;
mod get_policy;
mod get_provisioned_concurrency_config;
mod invoke;
mod invoke_async;
mod invoke_with_response_stream;
mod list_aliases;
mod list_event_source_mappings;
mod list_function_event_invoke_configs;
mod list_function_url_configs;
mod list_functions;
mod list_provisioned_concurrency_configs;
mod list_tags;
mod list_versions_by_function;
mod named;
mod page;
mod problem;
mod provisioned;
mod publish_version;
mod put_function_concurrency;
mod put_function_event_invoke_config;
mod put_provisioned_concurrency_config;
mod remove_permission;
mod revision;
mod statements;
mod tag_resource;
mod tags;
mod unsupported;
mod untag_resource;
mod update_alias;
mod update_event_source_mapping;
mod update_function_code;
mod update_function_configuration;
mod update_function_event_invoke_config;
mod update_function_url_config;

use crate::action::Operation;
use crate::protocol::MOST_BYTES;
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "lambda",
    actions: &[
        Operation::raw::<invoke::Invoke>().within(MOST_BYTES, invoke::too_large),
        Operation::rest::<create_event_source_mapping::CreateEventSourceMapping>(),
        Operation::rest::<delete_event_source_mapping::DeleteEventSourceMapping>(),
        Operation::rest::<get_event_source_mapping::GetEventSourceMapping>(),
        Operation::rest::<list_event_source_mappings::ListEventSourceMappings>(),
        Operation::rest::<update_event_source_mapping::UpdateEventSourceMapping>(),
        Operation::raw::<invoke_async::InvokeAsync>().within(MOST_BYTES, invoke::too_large),
        Operation::raw::<invoke_with_response_stream::InvokeWithResponseStream>()
            .within(MOST_BYTES, invoke::too_large),
        Operation::rest::<create_function_url_config::CreateFunctionUrlConfig>(),
        Operation::rest::<delete_function_url_config::DeleteFunctionUrlConfig>(),
        Operation::rest::<get_function_url_config::GetFunctionUrlConfig>(),
        Operation::rest::<list_function_url_configs::ListFunctionUrlConfigs>(),
        Operation::rest::<update_function_url_config::UpdateFunctionUrlConfig>(),
        Operation::rest::<add_permission::AddPermission>(),
        Operation::rest::<create_alias::CreateAlias>(),
        Operation::rest::<create_function::CreateFunction>()
            .within(code::REQUEST_BYTES, code::too_large),
        Operation::rest::<delete_alias::DeleteAlias>(),
        Operation::rest::<delete_function::DeleteFunction>(),
        Operation::rest::<delete_function_concurrency::DeleteFunctionConcurrency>(),
        Operation::rest::<delete_function_event_invoke_config::DeleteFunctionEventInvokeConfig>(),
        Operation::rest::<delete_provisioned_concurrency_config::DeleteProvisionedConcurrencyConfig>(
        ),
        Operation::raw::<download_code::DownloadCode>(),
        Operation::rest::<get_account_settings::GetAccountSettings>(),
        Operation::rest::<get_alias::GetAlias>(),
        Operation::rest::<get_function::GetFunction>(),
        Operation::rest::<get_function_concurrency::GetFunctionConcurrency>(),
        Operation::rest::<get_function_configuration::GetFunctionConfiguration>(),
        Operation::rest::<get_function_event_invoke_config::GetFunctionEventInvokeConfig>(),
        Operation::rest::<get_policy::GetPolicy>(),
        // Before the one of the same path that asks for no list.
        Operation::rest::<list_provisioned_concurrency_configs::ListProvisionedConcurrencyConfigs>(
        ),
        Operation::rest::<get_provisioned_concurrency_config::GetProvisionedConcurrencyConfig>(),
        Operation::rest::<list_aliases::ListAliases>(),
        Operation::rest::<list_function_event_invoke_configs::ListFunctionEventInvokeConfigs>(),
        Operation::rest::<list_functions::ListFunctions>(),
        Operation::rest::<list_tags::ListTags>(),
        Operation::rest::<list_versions_by_function::ListVersionsByFunction>(),
        Operation::rest::<publish_version::PublishVersion>(),
        Operation::rest::<put_function_concurrency::PutFunctionConcurrency>(),
        Operation::rest::<put_function_event_invoke_config::PutFunctionEventInvokeConfig>(),
        Operation::rest::<put_provisioned_concurrency_config::PutProvisionedConcurrencyConfig>(),
        Operation::rest::<remove_permission::RemovePermission>(),
        Operation::rest::<tag_resource::TagResource>(),
        Operation::rest::<untag_resource::UntagResource>(),
        Operation::rest::<update_alias::UpdateAlias>(),
        Operation::rest::<update_function_code::UpdateFunctionCode>()
            .within(code::REQUEST_BYTES, code::too_large),
        Operation::rest::<update_function_configuration::UpdateFunctionConfiguration>(),
        Operation::rest::<update_function_event_invoke_config::UpdateFunctionEventInvokeConfig>(),
    ],
    ..Service::NEW
};
