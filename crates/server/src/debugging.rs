//! What a server changes about a stack so that somebody can look at one of its functions in peace.

use std::time::Duration;

use functions::Debugger;
use model::{Integration, Stack};

use crate::trouble::Trouble;

/// Longer than anybody looks.
const UNTIMED: Duration = Duration::from_hours(24);

/// Lets routes wait for the function that is debugged. The stack must have it.
pub(crate) fn wait_for(debugger: Option<&Debugger>, stack: &mut Stack) -> Result<(), Trouble> {
    let Some(Debugger { function, .. }) = debugger else { return Ok(()) };
    if !stack.functions.contains_key(function) {
        let all: Vec<&str> = stack.functions.keys().map(|name| name.as_str()).collect();
        return Err(Trouble::from(format!(
            "--function {function}: the stack has no such function; it has {}",
            if all.is_empty() { "none".to_owned() } else { all.join(", ") }
        )));
    }
    let routes = stack.apis.iter_mut().flat_map(|api| &mut api.routes);
    for route in routes {
        if matches!(&route.integration, Integration::Function { function: called, .. } if called == function)
        {
            route.timeout = UNTIMED;
        }
    }
    Ok(())
}
