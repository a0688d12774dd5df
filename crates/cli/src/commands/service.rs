//! `tidegate service`: the server as a service of systemd.

mod units;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Subcommand;
use serde_json::json;

use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::output;
use units::{Unit, Wanted};

/// Run `tidegate serve` as a service of systemd
#[derive(Debug, clap::Args)]
pub(crate) struct Service {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Install(Install),
    Uninstall(Uninstall),
}

/// Write the units, and start the service
///
/// systemd opens the sockets, so that the API may have port 80 without a server that runs as root, and no
/// request is refused while the server starts anew. The service runs as a user of its own, in a sandbox of
/// systemd's, and is started again when it dies.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate service install --dry-run
  sudo tidegate service install --host 0.0.0.0 --port 80
  tidegate service install --user

Afterwards:
  systemctl status tidegate
  sudo tidegate deploy shop        its state is in /var/lib/tidegate, its admin token too")]
struct Install {
    /// Print the units, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// For this user alone, while they are logged in
    #[arg(long)]
    user: bool,
    /// Address of the stacks' APIs; the other ports stay on this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: std::net::IpAddr,
    /// Port of the stacks' APIs
    #[arg(long, value_name = "PORT", default_value_t = 3000,
          value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Port for health, metrics and commands
    #[arg(long, value_name = "PORT", default_value_t = 4567,
          value_parser = clap::value_parser!(u16).range(1..))]
    admin_port: u16,
    /// Port of the AWS APIs
    #[arg(long, value_name = "PORT", default_value_t = 4566,
          value_parser = clap::value_parser!(u16).range(1..))]
    aws_port: u16,
    #[command(flatten)]
    output: Output,
}

/// Stop the service and remove its units; what it keeps stays
#[derive(Debug, clap::Args)]
struct Uninstall {
    /// The one of this user
    #[arg(long)]
    user: bool,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Service) -> Result<Exit, Failure> {
    match &command.act {
        Act::Install(command) => install(command),
        Act::Uninstall(command) => uninstall(command),
    }
}

fn install(command: &Install) -> Result<Exit, Failure> {
    let wanted = Wanted {
        program: std::env::current_exe()?,
        is_users: command.user,
        api: (command.host, command.port).into(),
        admin_port: command.admin_port,
        aws_port: command.aws_port,
    };
    let units = units::all(&wanted);
    let folder = folder(command.user)?;
    if command.dry_run {
        print(&folder, &units, &command.output)?;
        return Ok(Exit::Done);
    }
    std::fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    for unit in &units {
        let path = folder.join(unit.name);
        std::fs::write(&path, &unit.text).map_err(|error| unwritable(&path, &error))?;
    }
    systemctl(command.user, &["daemon-reload"])?;
    let names: Vec<&str> = units.iter().map(|unit| unit.name).collect();
    systemctl(command.user, &[&["enable", "--now"], &*names].concat())?;
    told(&command.output, "installed", &folder, &names)
}

fn uninstall(command: &Uninstall) -> Result<Exit, Failure> {
    let folder = folder(command.user)?;
    let there: Vec<&str> =
        units::NAMES.into_iter().filter(|name| folder.join(name).is_file()).collect();
    if there.is_empty() {
        let text = format!("no tidegate service is installed in {}", folder.display());
        return Err(Failure::new(Exit::NotFound, text));
    }
    systemctl(command.user, &[&["disable", "--now"], &*there].concat())?;
    for name in &there {
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
    }
    systemctl(command.user, &["daemon-reload"])?;
    told(&command.output, "removed", &folder, &there)
}

fn told(how: &Output, what: &str, folder: &Path, units: &[&str]) -> Result<Exit, Failure> {
    if how.is_json() {
        output::json(&json!({ "done": what, "folder": folder, "units": units }))?;
    } else {
        output::line(&format!("{what} {} in {}", units.join(" and "), folder.display()))?;
    }
    Ok(Exit::Done)
}

fn print(folder: &Path, units: &[Unit], how: &Output) -> Result<(), Failure> {
    for unit in units {
        let (path, text) = (folder.join(unit.name), &unit.text);
        if how.is_json() {
            output::json(&json!({ "file": path, "text": text }))?;
        } else {
            output::write(format!("# {}\n{text}\n", path.display()).as_bytes())?;
        }
    }
    Ok(())
}

/// Where systemd looks for units that people wrote.
fn folder(is_users: bool) -> Result<PathBuf, Failure> {
    if !is_users {
        return Ok(PathBuf::from("/etc/systemd/system"));
    }
    let variable = |wanted: &str| std::env::vars_os().find(|(name, _)| name == wanted);
    let folder = variable("XDG_CONFIG_HOME").map(|(_, folder)| PathBuf::from(folder));
    let home = || Some(PathBuf::from(variable("HOME")?.1).join(".config"));
    let folder = folder.filter(|folder| folder.is_absolute()).or_else(home);
    let folder = folder.ok_or_else(|| Failure::usage("there is no home folder for units"))?;
    Ok(folder.join("systemd/user"))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{}: {error}", path.display()))
        .help("run it with sudo, with --user for this user alone, or see --dry-run")
}

fn systemctl(is_users: bool, arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("systemctl");
    command.args(is_users.then_some("--user")).args(arguments);
    let shown = arguments.join(" ");
    let ended = command.status().map_err(|error| {
        Failure::failed(format!("systemctl {shown}: {error}"))
            .help("this machine seems to have no systemd; --dry-run prints the units")
    })?;
    if ended.success() {
        return Ok(());
    }
    Err(Failure::failed(format!("`systemctl {shown}` ended with {ended}"))
        .help("`systemctl status tidegate` and `journalctl -u tidegate` say more"))
}
