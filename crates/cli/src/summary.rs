//! A stack at a glance: what there is, and where each route leads.

use std::fmt::Write;

use model::{Api, Integration, Route, Stack, Throttle};

/// A few lines for people, in plain text.
pub(crate) fn of(stack: &Stack) -> String {
    let mut text = format!(
        "{}: {}, {}{}, {}\n",
        stack.name,
        count(stack.functions.len(), "function"),
        match stack.processes.len() {
            0 => String::new(),
            1 => "1 process, ".to_owned(),
            many => format!("{many} processes, "),
        },
        count(stack.upstreams.len(), "upstream"),
        count(stack.apis.iter().map(|api| api.routes.len()).sum(), "route"),
    );
    for function in stack.functions.values() {
        let _ = writeln!(
            text,
            "  function {}  {}  {}  {:?}",
            function.name, function.runtime, function.memory, function.timeout
        );
    }
    for process in stack.processes.values() {
        let _ = writeln!(
            text,
            "  process {}  {}  {}",
            process.name,
            process.command.join(" "),
            process.memory
        );
    }
    for api in &stack.apis {
        text.push_str(&routes(api));
    }
    text
}

/// One line per route: where it is, what it calls, what limits it.
pub(crate) fn routes(api: &Api) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    for route in &api.routes {
        table.add_row([
            route_key(api, route),
            format!("-> {}", target(&route.integration)),
            limits(api, route),
        ]);
    }
    let mut text = String::new();
    for line in table.lines() {
        let _ = writeln!(text, "  {}", line.trim());
    }
    text
}

fn route_key(api: &Api, route: &Route) -> String {
    if api.stage == "$default" {
        return route.key();
    }
    match route.key().split_once(' ') {
        Some((method, path)) => format!("{method} /{}{path}", api.stage),
        None => format!("/{} {}", api.stage, route.key()),
    }
}

pub(crate) fn target(integration: &Integration) -> String {
    match integration {
        Integration::Function { function, .. } => format!("function {function}"),
        Integration::Upstream { upstream, path: None, .. } => format!("upstream {upstream}"),
        Integration::Upstream { upstream, path: Some(path), .. } => {
            format!("upstream {upstream} {path}")
        }
        Integration::Mock(reply) => format!("mock {}", reply.status),
        Integration::Redirect { status, location } => format!("redirect {status} {location}"),
    }
}

fn limits(api: &Api, route: &Route) -> String {
    let all = api.throttles.iter().chain(&route.throttles).map(throttle);
    all.collect::<Vec<_>>().join(", ")
}

fn throttle(throttle: &Throttle) -> String {
    format!("{} burst {} by {}", throttle.rate, throttle.burst, by(throttle))
}

fn by(throttle: &Throttle) -> String {
    use model::ThrottleKey::{Api, Header, Ip, PathParameter, Route};
    let names = throttle.by.iter().map(|key| match key {
        Ip => "ip".to_owned(),
        Header(name) => format!("header {name}"),
        Route => "route".to_owned(),
        PathParameter(name) => format!("{{{name}}}"),
        Api => "api".to_owned(),
    });
    names.collect::<Vec<_>>().join("+")
}

fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
