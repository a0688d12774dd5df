//! The short form of `scripts/soak`: load, reloads, new code, crashes and a drain at once.

use std::process::Command;

use crate::program::{repository, tidegate};

#[test]
fn nothing_is_lost_while_everything_happens_at_once() {
    let output = Command::new(repository().join("scripts/soak"))
        .arg("--binary")
        .arg(tidegate())
        .args(["--connections", "100", "--rate", "100", "--seconds", "6", "--reload-every", "0.5"])
        .output()
        .expect("python runs");
    let (report, progress) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{report}\n{progress}");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    for kind in ["python 200", "node 200", "crash 200", "upstream 200", "mock 200"] {
        assert!(report["answers"][kind].as_u64().is_some_and(|count| count > 0), "{report}");
    }
    assert!(report["events"]["reload"].as_u64().is_some_and(|count| count > 0), "{report}");
}
