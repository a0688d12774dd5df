//! A stack at a glance: what there is, and where each route leads.

mod resources;

use std::fmt::Write;

use model::handover::Receiver;
use model::{Action, Api, CacheSource, Engine, Integration, Limit, ManagedCache, Route, Stack};

use crate::counted::counted;

/// A few lines for people, in plain text.
pub(crate) fn of(stack: &Stack) -> String {
    let mut text = format!(
        "{}: {}, {}{}{}, {}\n",
        stack.name,
        counted(stack.functions.len(), "function"),
        match stack.processes.len() {
            0 => String::new(),
            1 => "1 process, ".to_owned(),
            many => format!("{many} processes, "),
        },
        match stack.caches.len() {
            0 => String::new(),
            many => format!("{}, ", counted(many, "cache")),
        },
        match stack.resources.len() {
            0 => counted(stack.upstreams.len(), "upstream"),
            _ => format!(
                "{}, {}",
                counted(stack.upstreams.len(), "upstream"),
                resources::totals(stack)
            ),
        },
        counted(stack.apis.iter().map(|api| api.routes.len()).sum::<usize>(), "route"),
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
    for cache in stack.caches.values() {
        let _ = match &cache.source {
            CacheSource::Managed(ManagedCache { engine, memory, .. }) => {
                let engine = engine.map_or("redis or valkey", Engine::name);
                writeln!(text, "  cache {}  {engine}  {memory}", cache.name)
            }
            CacheSource::Elsewhere(url) => writeln!(text, "  cache {}  {url:?}", cache.name),
        };
    }
    text.push_str(&resources::listed(stack));
    for api in &stack.apis {
        if stack.apis.len() > 1 || !api.hosts.is_empty() {
            let _ = writeln!(text, "  api {}  {}", api.name, hosts(api));
        }
        text.push_str(&routes(api));
    }
    text
}

fn hosts(api: &Api) -> String {
    match api.hosts.as_slice() {
        [] => "any host".to_owned(),
        hosts => hosts.join(", "),
    }
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
        Integration::Sequence(sequence) => {
            let steps = sequence.steps.iter().map(|step| step.name.as_str());
            format!("sequence {}", steps.collect::<Vec<_>>().join(", "))
        }
        Integration::Health(probes) => {
            let names = probes.iter().map(|probe| probe.name.as_str());
            format!("health of {}", names.collect::<Vec<_>>().join(", "))
        }
        Integration::Handover(handover) => match &handover.to {
            Receiver::Queue { name, .. } => format!("queue {name}"),
            Receiver::Topic(name) => format!("topic {name}"),
            Receiver::Function { name, .. } => format!("function {name} later"),
        },
        Integration::Mock(reply) => format!("mock {}", reply.status),
        Integration::Redirect { status, location } => format!("redirect {status} {location}"),
    }
}

fn limits(api: &Api, route: &Route) -> String {
    let all = api.limits.iter().chain(&route.limits).filter(|one| one.action != Action::Off);
    all.map(limit).collect::<Vec<_>>().join(", ")
}

fn limit(limit: &Limit) -> String {
    let by: Vec<String> = limit.by.iter().map(ToString::to_string).collect();
    let watched = match limit.action {
        Action::Enforce { percent: 100 } | Action::Off => String::new(),
        Action::Enforce { percent } => format!(" for {percent}%"),
        Action::Shadow => " (shadow)".to_owned(),
        Action::WhatIf => " (what if)".to_owned(),
    };
    format!("{} by {}{watched}", limit.rule, by.join("+"))
}
