//! The command line as it is written. What a command does with it is in the command's own file.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::commands::{
    audit, backup, check, completions, deploy, destroy, diff, doctor, env, export, generate_event,
    import, init, invoke, keys, limits, login, logout, logs, ls, man, outputs, queues, replay,
    restore, rollback, schedules, schema, serve, service, synth, token, topics, triggers, up,
};
use crate::exit::{Exit, Failure};
use crate::output;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// A serverless platform in one binary: an API gateway that enforces what you declare, and
/// functions written for AWS Lambda that run unchanged behind it.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, styles = STYLES, max_term_width = 100, after_help = EXAMPLES)]
#[command(disable_help_subcommand = true, infer_subcommands = false)]
pub(crate) struct Tidegate {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Start here:
  tidegate init hello --template python   write a small stack into ./hello
  tidegate up hello                       serve it, and reload on every save
  curl http://127.0.0.1:3000/

Every flag of `up` can be set as TIDEGATE_<FLAG>; a flag wins over the environment.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Up(up::Up),
    Serve(serve::Serve),
    Service(service::Service),
    Deploy(deploy::Deploy),
    Diff(diff::Diff),
    Rollback(rollback::Rollback),
    Ls(ls::Ls),
    Outputs(outputs::Outputs),
    Destroy(destroy::Destroy),
    Login(login::Login),
    Logout(logout::Logout),
    Token(token::Token),
    Check(check::Check),
    Synth(synth::Synth),
    Import(import::Import),
    Export(export::Export),
    Invoke(invoke::Invoke),
    Replay(replay::Replay),
    GenerateEvent(generate_event::GenerateEvent),
    Logs(logs::Logs),
    Limits(limits::Limits),
    Keys(keys::Keys),
    Queues(queues::Queues),
    Schedules(schedules::Schedules),
    Topics(topics::Topics),
    Triggers(triggers::Triggers),
    Audit(audit::Audit),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Env(env::Env),
    Init(init::Init),
    Doctor(doctor::Doctor),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// How results are printed, said before or after the name of a subcommand.
#[derive(Debug, clap::Args)]
pub(crate) struct Output {
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, env = "TIDEGATE_OUTPUT")]
    pub(crate) output: Format,
}

impl Output {
    pub(crate) fn is_json(&self) -> bool {
        self.output == Format::Json
    }

    /// Prints an answer for programs, or as it is told to people, and is done.
    pub(crate) fn tell(
        &self,
        answer: &impl Serialize,
        told: impl FnOnce() -> String,
    ) -> Result<Exit, Failure> {
        if self.is_json() {
            output::json(answer)?;
        } else {
            output::write(told().as_bytes())?;
        }
        Ok(Exit::Done)
    }
}

/// Which running server a command talks to. Where a command has subcommands, it may be said before or after
/// their names.
#[derive(Debug, clap::Args)]
pub(crate) struct Server {
    /// Folder of the stack whose server is meant [default: the nearest tidegate.yaml upwards]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// The server's state folder [default: .tidegate beside the manifest]
    #[arg(long, global = true, value_name = "DIR", env = "TIDEGATE_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// The server's admin URL, instead of finding it through the state folder
    #[arg(long, global = true, value_name = "URL", env = "TIDEGATE_ADMIN")]
    pub(crate) admin: Option<String>,
    /// A server that `tidegate login` remembers; `local` is this machine's [default: the stack's own
    /// while it runs, else the one logged in to last]
    #[arg(long, global = true, value_name = "NAME", env = "TIDEGATE_SERVER")]
    pub(crate) server: Option<String>,
}

/// Which server stacks are deployed to.
#[derive(Debug, clap::Args)]
pub(crate) struct Daemon {
    /// A server that `tidegate login` remembers; `local` is this machine's [default: the one
    /// logged in to last, or `local`]
    #[arg(long, global = true, value_name = "NAME", env = "TIDEGATE_SERVER")]
    pub(crate) server: Option<String>,
    /// The server's state folder [default: that of `tidegate serve`]
    #[arg(long, value_name = "DIR", env = "TIDEGATE_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// The server's admin URL, instead of finding it through the state folder
    #[arg(long, value_name = "URL", env = "TIDEGATE_ADMIN")]
    pub(crate) admin: Option<String>,
}

/// That `given`, which says what a command without a subcommand shows, stands before a subcommand.
pub(crate) fn misplaced(given: &str, command: &str, subcommand: &str) -> Failure {
    Failure::usage(format!("`{given}` means nothing before `{subcommand}`"))
        .help(format!("`tidegate {command} {subcommand} --help` says what it takes"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Tidegate;

    #[test]
    fn the_definitions_hold_together() {
        Tidegate::command().debug_assert();
    }

    /// What the last command of a line has of an argument.
    fn given(line: &str, name: &str) -> Option<String> {
        let words = std::iter::once("tidegate").chain(line.split(' '));
        let matches = Tidegate::command().try_get_matches_from(words).expect(line);
        let mut last = &matches;
        while let Some((_, within)) = last.subcommand() {
            last = within;
        }
        let mut values = last.get_raw(name)?;
        values.next_back().map(|value| value.to_string_lossy().into_owned())
    }

    #[test]
    fn the_server_is_said_before_or_after_a_subcommand() {
        for (command, subcommand) in [
            ("limits", "pause ip ip=192.0.2.7"),
            ("limits", "resume ip ip=192.0.2.7"),
            ("limits", "reset ip ip=192.0.2.7"),
            ("limits", "what-if public --end"),
            ("keys", "list"),
            ("keys", "create partner --plan basic"),
            ("keys", "usage partner"),
            ("queues", "peek jobs"),
            ("queues", "purge jobs --yes"),
            ("schedules", "run nightly"),
        ] {
            for (name, flag) in [
                ("dir", "--dir shop"),
                ("state", "--state shop"),
                ("admin", "--admin shop"),
                ("server", "--server shop"),
            ] {
                let before = format!("{command} {flag} {subcommand}");
                let after = format!("{command} {subcommand} {flag}");
                let both = format!("{command} {flag}-other {subcommand} {flag}");
                for line in [before, after, both] {
                    assert_eq!(given(&line, name).as_deref(), Some("shop"), "{line}");
                }
            }
            let line = format!("{command} --output json {subcommand}");
            assert_eq!(given(&line, "output").as_deref(), Some("json"), "{line}");
        }
    }

    #[test]
    fn every_argument_is_described() {
        let (mut commands, mut bare) = (vec![Tidegate::command()], Vec::new());
        while let Some(command) = commands.pop() {
            let without = command.get_arguments().filter(|argument| argument.get_help().is_none());
            bare.extend(without.map(|argument| format!("{} {argument}", command.get_name())));
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(bare.is_empty(), "{bare:?}");
    }

    #[test]
    fn what_names_the_server_is_no_part_of_a_run_without_one() {
        let all = Tidegate::command();
        for name in ["invoke", "replay"] {
            let command = all.find_subcommand(name).expect("a command");
            let headings = command.get_arguments().filter_map(|argument| {
                argument.get_help_heading().map(|_| argument.get_id().as_str())
            });
            let expected = ["local", "env_vars", "debug_port", "allow_unsupported", "parameters"];
            assert_eq!(headings.collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn every_flag_of_up_can_be_set_in_the_environment() {
        let command = Tidegate::command();
        let up = command.find_subcommand("up").expect("a command");
        for flag in up.get_arguments().filter(|argument| argument.get_long().is_some()) {
            let name = flag.get_long().expect("filtered").to_uppercase().replace('-', "_");
            let variable = flag.get_env().and_then(|variable| variable.to_str());
            assert_eq!(variable, Some(&*format!("TIDEGATE_{name}")));
        }
    }
}
