//! One file per command.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod deploy;
pub(crate) mod destroy;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod env;
pub(crate) mod export;
pub(crate) mod generate_event;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod invoke;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod logs;
pub(crate) mod ls;
pub(crate) mod man;
pub(crate) mod outputs;
pub(crate) mod queues;
pub(crate) mod replay;
pub(crate) mod restore;
pub(crate) mod rollback;
pub(crate) mod schedules;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod service;
pub(crate) mod synth;
pub(crate) mod topics;
pub(crate) mod triggers;
pub(crate) mod up;

use crate::arguments::{Command, Tidegate};
use crate::exit::{Exit, Failure};

pub(crate) fn run(tidegate: Tidegate) -> Result<Exit, Failure> {
    match tidegate.command {
        Command::Up(command) => up::run(command),
        Command::Serve(command) => serve::run(command),
        Command::Service(command) => service::run(&command),
        Command::Deploy(command) => deploy::run(&command),
        Command::Diff(command) => diff::run(&command),
        Command::Rollback(command) => rollback::run(&command),
        Command::Ls(command) => ls::run(&command),
        Command::Outputs(command) => outputs::run(&command),
        Command::Destroy(command) => destroy::run(&command),
        Command::Login(command) => login::run(&command),
        Command::Logout(command) => logout::run(&command),
        Command::Check(command) => check::run(&command),
        Command::Synth(command) => synth::run(&command),
        Command::Import(command) => import::run(&command),
        Command::Export(command) => export::run(&command),
        Command::Invoke(command) => invoke::run(&command),
        Command::GenerateEvent(command) => generate_event::run(&command),
        Command::Logs(command) => logs::run(&command),
        Command::Limits(command) => limits::run(&command),
        Command::Keys(command) => keys::run(command),
        Command::Audit(command) => audit::run(&command),
        Command::Backup(command) => backup::run(&command),
        Command::Replay(command) => replay::run(&command),
        Command::Restore(command) => restore::run(&command),
        Command::Queues(command) => queues::run(command),
        Command::Schedules(command) => schedules::run(&command),
        Command::Topics(command) => topics::run(&command),
        Command::Triggers(command) => triggers::run(&command),
        Command::Init(command) => init::run(&command),
        Command::Env(command) => env::run(&command),
        Command::Doctor(command) => doctor::run(&command),
        Command::Schema(command) => schema::run(&command),
        Command::Completions(command) => completions::run(&command),
        Command::Man(command) => man::run(&command),
    }
}
