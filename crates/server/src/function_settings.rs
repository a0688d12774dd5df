//! What functions are told once, by a server and by a run without one.

use std::path::Path;
use std::sync::Arc;

use aws::sigv4::AccessKey;
use functions::Settings;
use model::Clock;
use sandbox::Launcher;
use stack::Inputs;

/// Functions find the AWS port as they would find AWS, with credentials of their own.
pub(crate) fn of(
    state: &Path,
    clock: Arc<dyn Clock>,
    launcher: Launcher,
    inputs: &Inputs,
    (aws_url, key): (String, AccessKey),
) -> Settings {
    let mut settings = Settings::new(state, clock);
    settings.launcher = Some(launcher);
    if let Some(path) = inputs.environment.get("PATH") {
        settings.path = path.into();
    }
    let variables = [
        ("AWS_ENDPOINT_URL", aws_url),
        ("AWS_ACCESS_KEY_ID", key.id),
        ("AWS_SECRET_ACCESS_KEY", key.secret),
        ("AWS_SESSION_TOKEN", key.session_token.unwrap_or_default()),
    ];
    settings.variables.extend(variables.map(|(name, value)| (name.to_owned(), value)));
    settings
}
