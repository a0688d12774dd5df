//! `tidegate generate-event`: an event as a source would send it, to try a function with.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use model::{Account, Clock, SystemClock};
use server::sample::{Chosen, Flag, SAMPLES, Sample};

use crate::exit::{Exit, Failure};
use crate::output;

const ABOUT: &str = "Print an event as a source would send it";
const LONG_ABOUT: &str = "\
Print an event as a source would send it

Where the server makes such events itself (requests, messages, schedules, events of the bus), the \
same code makes these; the others have the shapes that AWS documents. Ids and times are fresh.";
const EXAMPLES: &str = "\
Examples:
  tidegate generate-event sqs --body '{\"orderId\": \"7\"}' | tidegate invoke worker --event -
  tidegate generate-event apigateway http-api-proxy --method GET --path /greet/Ada
  tidegate generate-event s3 put --bucket photos --key cat.jpg > cat.json";

/// The command line is made of the samples that there are.
#[derive(Debug)]
pub(crate) enum GenerateEvent {
    Sample { sample: &'static Sample, chosen: Chosen },
    UnknownSource(String),
    UnknownKind { source: String, kind: String },
}

pub(crate) fn run(command: &GenerateEvent) -> Result<Exit, Failure> {
    let (sample, chosen) = match command {
        GenerateEvent::Sample { sample, chosen } => (sample, chosen),
        GenerateEvent::UnknownSource(source) => {
            let text = format!("no source is called `{source}`; there are {}", listed(&sources()));
            return Err(Failure::usage(text));
        }
        GenerateEvent::UnknownKind { source, kind } => {
            let kinds: Vec<_> = kinds_of(source).iter().map(|sample| sample.kind).collect();
            let text = format!("`{source}` has no kind `{kind}`, but {}", listed(&kinds));
            return Err(Failure::usage(text));
        }
    };
    let now = SystemClock::start().timestamp();
    let made = sample.event(chosen, &Account::default(), now, fastrand::u128(..));
    let event = made.map_err(|problem| Failure::usage(problem.to_string()))?;
    let event: serde_json::Value =
        serde_json::from_str(&event).map_err(|error| Failure::failed(error.to_string()))?;
    output::line(&format!("{event:#}"))?;
    Ok(Exit::Done)
}

impl Args for GenerateEvent {
    fn augment_args(command: Command) -> Command {
        let command = command.about(ABOUT).long_about(LONG_ABOUT).after_help(EXAMPLES);
        let command = command.subcommand_required(true).arg_required_else_help(true);
        command
            .allow_external_subcommands(true)
            .subcommand_value_name("SOURCE")
            .subcommand_help_heading("Sources")
            .subcommands(sources().into_iter().map(|source| of_source(source, &kinds_of(source))))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for GenerateEvent {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(ErrorKind::MissingSubcommand);
        let (source, of_source) = matches.subcommand().ok_or_else(missing)?;
        let kinds = kinds_of(source);
        let Some(first) = kinds.first() else { return Ok(Self::UnknownSource(source.to_owned())) };
        let (sample, given) = match of_source.subcommand() {
            Some((kind, given)) => match kinds.iter().find(|sample| sample.kind == kind) {
                Some(sample) => (sample, given),
                None => {
                    let (source, kind) = (source.to_owned(), kind.to_owned());
                    return Ok(Self::UnknownKind { source, kind });
                }
            },
            None => (first, of_source),
        };
        Ok(Self::Sample { sample, chosen: chosen(sample, given) })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Every source once, in the order of the samples.
fn sources() -> Vec<&'static str> {
    let mut sources: Vec<_> = SAMPLES.iter().map(|sample| sample.source).collect();
    sources.dedup();
    sources
}

fn kinds_of(source: &str) -> Vec<&'static Sample> {
    SAMPLES.iter().filter(|sample| sample.source == source).collect()
}

/// The only kind of a source need not be named.
fn of_source(source: &'static str, kinds: &[&'static Sample]) -> Command {
    let names: Vec<_> = kinds.iter().map(|sample| sample.kind).collect();
    let mut command = Command::new(source)
        .about(names.join(", "))
        .allow_external_subcommands(true)
        .subcommand_value_name("KIND")
        .subcommand_help_heading("Kinds")
        .disable_help_subcommand(true);
    for sample in kinds {
        command = command.subcommand(with_flags(Command::new(sample.kind), sample));
    }
    match kinds {
        [only] => {
            with_flags(command, only).about(names.join(", ")).args_conflicts_with_subcommands(true)
        }
        _ => command.subcommand_required(true).arg_required_else_help(true),
    }
}

fn with_flags(command: Command, sample: &'static Sample) -> Command {
    command.about(sample.about).args(sample.flags.iter().map(argument))
}

fn argument(flag: &'static Flag) -> Arg {
    let argument = Arg::new(flag.name).long(flag.name).value_name("VALUE").action(if flag.many {
        ArgAction::Append
    } else {
        ArgAction::Set
    });
    match flag.default {
        "" => argument.help(flag.about),
        default => argument.help(format!("{} [default: {default}]", flag.about)),
    }
}

fn chosen(sample: &'static Sample, given: &ArgMatches) -> Chosen {
    let values = |flag: &Flag| {
        let values = given.get_many::<String>(flag.name)?;
        Some((flag.name, values.cloned().collect()))
    };
    sample.flags.iter().filter_map(values).collect()
}
