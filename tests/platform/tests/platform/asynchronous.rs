//! Asynchronous invocations of the real server: what was accepted outlives it.

use rustix::process::Signal;

use crate::TestPlatform;
use crate::http::Connection;

const STACK: &str = "\
name: later
functions:
  mark: { runtime: python3.11, code: mark, handler: index.handler, concurrency: 2, data: true, timeout: 60s }
";

/// Leaves a mark when it begins, waits until it may end, and leaves another.
const MARK: &str = "\
import os, time
def handler(event, context):
    def mark(what):
        with open(os.path.join(os.environ['TIDEGATE_DATA'], what), 'a') as file:
            file.write(f\"{event['number']}\\n\")
    mark('begun')
    while not os.path.exists(os.path.join(os.environ['TIDEGATE_DATA'], 'open')):
        time.sleep(0.005)
    mark('ended')
";

fn accept(platform: &TestPlatform, number: u32) {
    let target = "/2015-03-31/functions/mark/invocations";
    let headers = [("x-amz-invocation-type", "Event")];
    let body = format!("{{\"number\": {number}}}");
    let mut connection = Connection::open(&platform.aws);
    let answer = connection.request("POST", target, &headers, body.as_bytes());
    assert_eq!((answer.status, answer.text()), (202, ""));
}

/// The numbers that a file of the stack's data has.
fn marks(platform: &TestPlatform, file: &str) -> Vec<u32> {
    let path = platform.path(&format!(".tidegate/data/{file}"));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| line.parse().expect("a number")).collect()
}

fn until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn what_was_accepted_is_run_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", STACK), ("mark/index.py", MARK)]);
    let mut platform = TestPlatform::serve_folder(folder.path());
    (0..20).for_each(|number| accept(&platform, number));
    until(|| marks(&platform, "begun").len() == 2);
    platform.signal(Signal::KILL);
    assert!(!platform.wait().success());

    let platform = TestPlatform::serve_folder(folder.path());
    accept(&platform, 20);
    platform.save(".tidegate/data/open", "");
    let ended = || {
        let mut ended = marks(&platform, "ended");
        ended.sort_unstable();
        ended
    };
    until(|| ended().len() == 21);
    assert_eq!(ended(), (0..21).collect::<Vec<_>>());
    assert_eq!(marks(&platform, "begun").len(), 23, "what was cut short began once more");
}
