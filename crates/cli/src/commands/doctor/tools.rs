//! Interpreters and build tools.

use std::process::Command;

use super::{Finding, Status};

/// A program, how to ask for its version, and who misses it.
struct Tool {
    topic: &'static str,
    name: &'static str,
    ask: &'static [&'static str],
    help: &'static str,
}

const TOOLS: [Tool; 7] = [
    Tool {
        topic: "interpreters",
        name: "python3",
        ask: &["python3", "-c", "import sys; print(sys.version.split()[0], sys.executable)"],
        help: "python3.x functions need it: install python3",
    },
    Tool {
        topic: "interpreters",
        name: "node",
        ask: &["node", "-p", "process.versions.node + ' ' + process.execPath"],
        help: "nodejsX.x functions need it: install nodejs",
    },
    Tool {
        topic: "interpreters",
        name: "java",
        ask: &["java", "-version"],
        help: "javaX functions need it: install a JRE, such as default-jre-headless",
    },
    Tool {
        topic: "build tools",
        name: "cargo",
        ask: &["cargo", "--version"],
        help: "`build: cargo` needs it: https://rustup.rs",
    },
    Tool {
        topic: "build tools",
        name: "uv",
        ask: &["uv", "--version"],
        help: "`build: python` is faster with it, and falls back to pip: https://docs.astral.sh/uv",
    },
    Tool {
        topic: "build tools",
        name: "pip",
        ask: &["python3", "-m", "pip", "--version"],
        help: "`build: python` needs it or uv: install python3-pip",
    },
    Tool {
        topic: "build tools",
        name: "npm",
        ask: &["npm", "--version"],
        help: "`build: npm` needs it: install npm",
    },
];

pub(crate) fn look() -> Vec<Finding> {
    TOOLS.iter().map(find).collect()
}

fn find(tool: &Tool) -> Finding {
    match first_line(tool.ask) {
        Some(line) => Finding::ok(tool.topic, tool.name, line),
        None => Finding::ok(tool.topic, tool.name, "not found").not_ok(Status::Absent, tool.help),
    }
}

fn first_line(command: &[&str]) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let out = Command::new(program).args(arguments).output().ok().filter(|o| o.status.success())?;
    // Java tells its version as an error, and the options that it was given before.
    let told = [out.stdout, out.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let mut lines = told.iter().flat_map(|text| text.lines());
    lines.find(|line| !line.starts_with("Picked up ")).map(|line| line.trim().to_owned())
}
