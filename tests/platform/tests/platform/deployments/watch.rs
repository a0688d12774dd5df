//! A folder that is deployed on every save.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use super::shop::Shop;
use crate::program::tidegate;

/// `tidegate deploy --watch`, with what it says on either stream.
struct Watching {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Watching {
    fn begin(shop: &Shop) -> Self {
        // Whoever is started in the background may be deaf to Ctrl-C, and its children with it.
        let mut child = Command::new("env")
            .arg("--default-signal=INT")
            .arg(tidegate())
            .args(["deploy", "shop", "--watch"])
            .current_dir(shop.folder())
            .env("TIDEGATE_STATE", "state")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tidegate starts");
        let out = lines(child.stdout.take().expect("piped"));
        let err = lines(child.stderr.take().expect("piped"));
        Self { child, out, err }
    }

    fn ends(mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.expect("a process"), rustix::process::Signal::INT)
            .expect("it runs");
        self.child.wait().expect("it ends");
    }
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let _ = told.send(line);
        }
    });
    heard
}

fn line_with(lines: &Receiver<String>, text: &str) -> String {
    let mut before = Vec::new();
    loop {
        match lines.recv_timeout(crate::http::PATIENCE) {
            Ok(line) if line.contains(text) => return line,
            Ok(line) => before.push(line),
            Err(_) => panic!("nobody says `{text}`, but {before:#?}"),
        }
    }
}

#[test]
fn every_save_is_deployed_and_a_broken_one_changes_nothing() {
    let shop = Shop::serve();
    shop.write("one", "");
    let watching = Watching::begin(&shop);
    line_with(&watching.out, "deployed shop, revision 1");
    line_with(&watching.err, "every save is deployed from now on");
    assert_eq!(shop.versions(), ["one"; 2]);

    shop.write("two", "");
    line_with(&watching.out, "deployed shop, revision 2 in ");
    assert_eq!(shop.versions(), ["two"; 2]);

    // One that cannot be read.
    shop.add("tidegate.yaml", "name: shop\nfunktions: {}\n");
    line_with(&watching.err, "unknown key `funktions`");
    assert_eq!(shop.versions(), ["two"; 2]);
    // One that does not start.
    shop.write("three", "raise Exception('not today')\n");
    line_with(&watching.err, "not today");
    assert_eq!(shop.versions(), ["two"; 2]);

    shop.write("three", "");
    let line = line_with(&watching.out, "deployed shop, revision 3 in ");
    assert!(line.contains("contents"), "{line}");
    assert_eq!(shop.versions(), ["three"; 2]);
    watching.ends();
    assert_eq!(shop.versions(), ["three"; 2]);
}

#[test]
fn a_server_that_does_not_answer_is_told_and_not_that_an_export_is_missing() {
    let shop = Shop::serve();
    let template = "\
Resources:
  Jobs: { Type: AWS::SSM::Parameter, Properties: { Name: jobs, Type: String, Value: !ImportValue base-jobs } }
";
    shop.add_beside("user/template.yaml", template);
    let deploys = || crate::program::run(shop.folder(), &["deploy", "user"]);
    let said = deploys().env("TIDEGATE_STATE", "state").said();
    assert!(said.err.contains("no stack exports `base-jobs`"), "{said:?}");
    let said = deploys().env("TIDEGATE_STATE", "elsewhere").said();
    assert!(said.err.contains("no server is running on "), "{said:?}");
    let said = deploys().env("TIDEGATE_STATE", "state").env("TIDEGATE_TOKEN", "wrong").said();
    assert!(said.err.contains("token"), "{said:?}");
    assert!(!said.err.contains("exports"), "{said:?}");
}
