//! Standard output and standard error that are pipes: whose reader went away, or who wants no movement.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{GREET, GREETER};
use crate::TestPlatform;
use crate::program::tidegate;

/// A pipe whose reading end is closed.
fn unread() -> std::io::PipeWriter {
    std::io::pipe().expect("a pipe").1
}

#[test]
fn an_answer_and_its_exit_code_need_nobody_who_reads_standard_error() {
    let platform = TestPlatform::start(&[("tidegate.yaml", GREETER), ("greet/index.py", GREET)]);
    let unheard = |arguments: &[&str]| {
        let mut command = Command::new(tidegate());
        command.args(arguments).current_dir(platform.folder()).stderr(unread());
        let output = command.output().expect("tidegate ends");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let answer = (Some(0), "\"Hello, Ada!\"\n".to_owned());
    let event = r#"{"name":"Ada"}"#;
    assert_eq!(unheard(&["invoke", "greet", "-e", event]), answer);
    assert_eq!(unheard(&["invoke", "greet", "--local", "-e", event]), answer);
    let (exit, told) = unheard(&["invoke", "greet"]);
    assert!(exit == Some(3) && told.contains("KeyError"), "{exit:?} {told}");
    assert_eq!(unheard(&["invoke", "nobody"]), (Some(4), String::new()));
    assert_eq!(unheard(&["check", "nowhere"]), (Some(2), String::new()));
}

#[test]
fn what_is_watched_through_a_pipe_does_not_move() {
    let stack = format!("{GREETER}queues: {{ jobs: {{}} }}\n");
    let platform = TestPlatform::start(&[("tidegate.yaml", &*stack), ("greet/index.py", GREET)]);
    for (command, header) in [("queues", "QUEUE"), ("limits", "LIMIT")] {
        let mut watching = Command::new(tidegate())
            .args([command, "-w", "--admin", &platform.admin])
            .stdout(Stdio::piped())
            .spawn()
            .expect("tidegate starts");
        let lines = BufReader::new(watching.stdout.take().expect("piped")).lines();
        let mut shown = Vec::new();
        for line in lines.map_while(Result::ok) {
            shown.push(line);
            if shown.iter().filter(|line| line.contains(header)).count() == 2 {
                break;
            }
        }
        watching.kill().expect("it still watches");
        watching.wait().expect("ended");
        assert!(shown.iter().all(|line| !line.contains('\x1b')), "{shown:?}");
        assert_eq!(shown.iter().filter(|line| line.starts_with(header)).count(), 2, "{shown:?}");
    }
}
