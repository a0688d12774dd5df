//! Processes.

use std::collections::BTreeMap;

use model::{Process, ProcessHealth, ProcessName, Restart};

use super::{Kind, Scope};
use crate::manifest::{self, Tool};
use crate::problem::{Code, Problem};
use crate::shape::{Named, Placed};

/// What `build: cargo` makes.
const BUILT: &str = "./bootstrap";

type Written = Named<manifest::Name<ProcessName>, manifest::Process>;

impl Scope<'_> {
    pub(super) fn processes(&mut self) -> BTreeMap<ProcessName, Process> {
        let Some(written) = &self.manifest.processes else {
            return BTreeMap::new();
        };
        let mut processes = BTreeMap::new();
        for (named, process) in written.readable() {
            self.own_name(named);
            if let Some(process) = self.process(named, process) {
                processes.insert(named.key.0.clone(), process);
            }
        }
        processes
    }

    /// Logs are kept by name.
    fn own_name(&mut self, named: &Written) {
        let mut functions = self.manifest.functions.iter().flat_map(|all| all.places());
        if let Some((_, span)) = functions.find(|(name, _)| *name == named.text) {
            let message = format!("a process and a function are both called `{}`", named.text);
            let problem = Problem::new(Code::Conflict, message)
                .at(named.span, "")
                .related(span, "the function")
                .help("their logs go by name; rename one of them");
            self.problems.push(problem);
        }
    }

    fn process(&mut self, named: &Written, written: &manifest::Process) -> Option<Process> {
        let command = self.command(named, written);
        let kind = if written.build.is_some() { Kind::Sources } else { Kind::Folder };
        let code = written.code.as_ref().and_then(|code| self.existing(code, kind));
        let build = written.build.as_ref().map(|build| self.tool(&named.text, build));
        let health = written.health.as_ref();
        Some(Process {
            name: named.key.0.clone(),
            code: code?,
            build,
            command: command?,
            environment: self.environment(written.environment.as_ref()),
            port: self.port(written),
            health: ProcessHealth {
                path: health.map(|health| health.path.value.0.clone()),
                interval: health.map_or(model::process::INTERVAL, |health| health.interval.0),
                timeout: health.map_or(model::process::PATIENCE, |health| health.timeout.0),
                unhealthy_after: health.map_or(0, |health| health.unhealthy_after.as_u32()),
            },
            restart: self.restart(written),
            start_timeout: written.start_timeout.0,
            stop_timeout: written.stop_timeout.0,
            memory: written.memory.0,
            data: written.data,
            sandbox: written.sandbox.unwrap_or(self.manifest.sandbox),
        })
    }

    fn command(&mut self, named: &Written, written: &manifest::Process) -> Option<Vec<String>> {
        let is_cargo = written.build.as_ref().is_some_and(|b| b.tool.value == Tool::Cargo);
        match &written.command {
            Some(command) => Some(command.0.iter().map(|word| word.as_str().to_owned()).collect()),
            None if is_cargo => Some(vec![BUILT.to_owned()]),
            // Written, and refused.
            None if written.record().key("command").is_some() => None,
            None => {
                let message = format!("the process `{}` has no `command`", named.text);
                let help = "name its program, such as `command: ./server`; `build: cargo` has one";
                let problem = Problem::new(Code::MissingKey, message).at(named.span, "");
                self.problems.push(problem.help(help));
                None
            }
        }
    }

    fn port(&mut self, written: &manifest::Process) -> String {
        let variable = &written.port;
        let taken = written.environment.iter().flat_map(|all| all.places());
        if let Some((_, span)) = taken.into_iter().find(|(name, _)| *name == variable.value.0) {
            let message = format!("the platform itself sets `{}`: the port", variable.value.0);
            let problem = Problem::new(Code::Conflict, message).at(span, "");
            self.problems.push(problem.help("remove it, or name another variable with `port`"));
        }
        variable.value.0.clone()
    }

    fn restart(&mut self, written: &manifest::Process) -> Restart {
        let Some(restart) = &written.restart else { return Restart::default() };
        let (first, longest) = (restart.first.value.0, restart.longest.value.0);
        if first > longest {
            let message = "the first pause is longer than the longest";
            let place = restart.record().key("first").unwrap_or(restart.longest.span);
            let problem = Problem::new(Code::Range, message).at(place, "");
            self.problems.push(problem.help("make `first` shorter, or `longest` longer"));
        }
        Restart { first, longest }
    }
}
