//! One of AWS's clients, and how a program that uses it is run.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::TestPlatform;
use crate::program::repository;

pub(super) fn folder() -> PathBuf {
    repository().join("tests/sdk")
}

pub(super) struct Client {
    pub(super) name: &'static str,
    /// The program in a service's folder.
    file: &'static str,
    /// What runs it: a program and what comes before the file's name.
    interpreter: (PathBuf, &'static [&'static str]),
    /// What asks for each row of a folder's `refused.json`, likewise.
    refused: (PathBuf, &'static str),
    /// Where it looks for modules.
    modules: (&'static str, PathBuf),
}

const EMPTY: &str = "name: sdk\napis: {}\n";
/// The first line of a program that needs a client that speaks JSON.
const JSON_ONLY: &str = "# JSON only";

impl Client {
    pub(super) fn boto3() -> Self {
        Self::python("boto3", "target/tools/python/bin/python")
    }

    /// The last boto3 that speaks awsQuery to SQS.
    pub(super) fn boto3_query() -> Self {
        Self::python("boto3_query", "target/tools/python-query/bin/python")
    }

    fn python(name: &'static str, interpreter: &'static str) -> Self {
        let python = repository().join(interpreter);
        let refused = (python.clone(), "refused.py");
        let interpreter = (python, &["-B"][..]);
        Self { name, file: "python.py", interpreter, refused, modules: ("PYTHONPATH", folder()) }
    }

    pub(super) fn javascript() -> Self {
        let modules = repository().join("target/tools/javascript/node_modules");
        let interpreter = (PathBuf::from("node"), &[][..]);
        let refused = (PathBuf::from("node"), "refused.cjs");
        let modules = ("NODE_PATH", modules);
        Self { name: "javascript", file: "javascript.cjs", interpreter, refused, modules }
    }

    pub(super) fn aws_cli() -> Self {
        let modules = ("BASH_ENV", folder().join("asked.sh"));
        let interpreter = (PathBuf::from("/bin/bash"), &["-euo", "pipefail"][..]);
        // What Debian's aws-cli is installed for.
        let refused = (PathBuf::from("/usr/bin/python3"), "refused_cli.py");
        Self { name: "aws_cli", file: "aws_cli.sh", interpreter, refused, modules }
    }

    pub(super) fn all() -> [Self; 4] {
        [Self::boto3(), Self::boto3_query(), Self::javascript(), Self::aws_cli()]
    }

    /// Whether a service's folder has a program for this client.
    pub(super) fn program_in(&self, service: &Path) -> bool {
        let Ok(program) = std::fs::read_to_string(service.join(self.file)) else { return false };
        self.name != "boto3_query" || !program.starts_with(JSON_ONLY)
    }

    /// Runs a service's program on a server that has the stack of its folder.
    pub(super) fn runs(&self, service: &str) {
        let (interpreter, arguments) = &self.interpreter;
        let mut command = Command::new(interpreter);
        command.args(*arguments).arg(folder().join(service).join(self.file));
        self.succeeds(service, command);
    }

    /// Asks for all that a service must refuse, on a server that has the stack of its folder.
    pub(super) fn is_refused(&self, service: &str) {
        let (interpreter, file) = &self.refused;
        let mut command = Command::new(interpreter);
        command.arg(folder().join(file)).arg(folder().join(service)).arg(self.name);
        self.succeeds(service, command);
    }

    /// Has a program compare what it has with the client's own models; no server takes part.
    pub(super) fn compares(&self, program: &str) {
        let mut command = Command::new(&self.interpreter.0);
        command.args(self.interpreter.1).arg(folder().join(program));
        succeeded(self.name, command);
    }

    fn succeeds(&self, service: &str, mut command: Command) {
        let stack = tempfile::tempdir().expect("a folder");
        copy(&folder().join(service), stack.path());
        let manifest = stack.path().join("tidegate.yaml");
        if !manifest.exists() {
            std::fs::write(&manifest, EMPTY).expect("written");
        }
        let platform = TestPlatform::start_in(stack, &[], &[]);
        self.lead(&mut command, &platform);
        succeeded(&format!("{service}/{}", self.name), command);
    }

    /// Leads a program to the server, with nothing of the user's own settings.
    fn lead(&self, command: &mut Command, platform: &TestPlatform) {
        let home = platform.folder().to_owned();
        command
            .env(self.modules.0, &self.modules.1)
            .env("HOME", &home)
            .env("AWS_CONFIG_FILE", home.join("none"))
            .env("AWS_SHARED_CREDENTIALS_FILE", home.join("none"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", &platform.aws)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("API_URL", &platform.api)
            .env("STACK", &home);
    }
}

fn succeeded(what: &str, mut command: Command) {
    let interpreter = Path::new(command.get_program());
    let is_there = interpreter.is_relative() || interpreter.exists();
    assert!(is_there, "{} is missing: run scripts/setup", interpreter.display());
    let output = command.output().expect("the client runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{what}: {out}{err}");
}

/// Files and folders, as they are.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a service's folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            std::fs::create_dir(&target).expect("created");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}
