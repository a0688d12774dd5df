//! The machine loses power: what the page cache held and the disk did not is gone. A file system on a
//! loop device is shut down without a flush. That takes root; root without loop devices says so by
//! `TIDEGATE_TEST_POWER=off`.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use model::QueueName;
use store::{Claim, Discipline, Message, MessageId, MessageStore, Put};

use super::*;

const FOLDER: &str = "TIDEGATE_TEST_POWER_FOLDER";
const HERE: &str = "TIDEGATE_TEST_POWER";
/// The control: the store acknowledges without a sync.
pub(super) const UNSYNCED: &str = "TIDEGATE_TEST_UNSYNCED";
const PRODUCERS: usize = 16;
/// How many acknowledgements each run waits for.
const RUNS: [usize; 3] = [40, 400, 2_500];

/// Whether this process is the control.
pub(in crate::sqlite) fn is_synced() -> bool {
    std::env::var_os(UNSYNCED).is_none()
}

#[test]
#[ignore = "no test by itself: the next ones start it as a process, and take its disk away"]
fn sends_until_the_power_is_cut() {
    let folder = std::env::var_os(FOLDER).expect("the folder of the store");
    let store = Arc::new(open(&Path::new(&folder).join("store.db")).expect("opened"));
    let name = QueueName::parse("jobs").expect("a name");
    let queue = block_on(store.make_queue(name, Discipline::Standard, [1; 16])).expect("made").id;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    runtime.expect("a runtime").block_on(async {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    for number in 0_u64.. {
                        let body = format!("{producer}.{number}");
                        let put = Put::new(Message {
                            id: MessageId::random(fastrand::u128(..).to_ne_bytes()),
                            sent: Timestamp(1),
                            group: None,
                            body: body.as_str().into(),
                            extras: None,
                            md5: None,
                        });
                        // It fails once the disk has gone.
                        if store.put(queue, vec![put]).await.is_err() {
                            std::future::pending::<()>().await;
                        }
                        println!("\nkept {body}");
                    }
                })
            })
            .collect();
        for producer in producers {
            producer.await.expect("never ends");
        }
    });
}

#[test]
fn what_was_acknowledged_survives_a_loss_of_power() {
    if !can_cut_the_power() {
        return;
    }
    for most in RUNS {
        let (acknowledged, kept) = cut_after(most, false);
        let lost = acknowledged.difference(&kept).count();
        assert_eq!(lost, 0, "of {} acknowledged", acknowledged.len());
        assert!(acknowledged.len() >= most);
    }
}

/// What the test above would see of a store that acknowledges too early.
#[test]
fn without_syncs_a_loss_of_power_loses_messages() {
    if !can_cut_the_power() {
        return;
    }
    let (acknowledged, kept) = cut_after(2_500, true);
    let lost = acknowledged.difference(&kept).count();
    assert!(lost > 0, "none of {} was lost: the harness proves nothing", acknowledged.len());
}

fn can_cut_the_power() -> bool {
    if std::env::var_os(HERE).is_some_and(|here| here == "off") {
        eprintln!("not tried: {HERE}=off says that this machine has no loop devices");
        return false;
    }
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("not tried: it takes root to mount a disk whose power can be cut");
    }
    is_root
}

/// Gives what was acknowledged before the power was cut, and what was there after it.
fn cut_after(most: usize, unsynced: bool) -> (HashSet<String>, HashSet<String>) {
    let disk = Disk::new();
    let this = std::env::current_exe().expect("a test knows its program");
    let mut command = Command::new(this);
    command
        .args(["--exact", "sqlite::tests::power::sends_until_the_power_is_cut"])
        .args(["--ignored", "--nocapture"])
        .env(FOLDER, disk.mounted())
        .stdout(Stdio::piped());
    if unsynced {
        command.env(UNSYNCED, "1");
    }
    let switch = disk.switch();
    let mut child = command.spawn().expect("started");
    let out = BufReader::new(child.stdout.take().expect("piped"));
    let (enough, is_enough) = std::sync::mpsc::channel();
    // Reads on until the power is cut: a writer that waits for its reader has nothing to lose.
    let reader = std::thread::spawn(move || {
        let mut acknowledged = HashSet::new();
        for line in out.lines().map_while(Result::ok) {
            let Some(body) = line.strip_prefix("kept ") else { continue };
            acknowledged.insert(body.to_owned());
            if acknowledged.len() == most {
                enough.send(()).expect("somebody waits");
            }
        }
        acknowledged
    });
    is_enough.recv().expect("enough is acknowledged before the process ends");
    stop(&child);
    lose_power(switch);
    child.kill().expect("killed");
    child.wait().expect("waited");
    let acknowledged = reader.join().expect("read");
    disk.mount_again();
    let kept = all(&disk.mounted());
    (acknowledged, kept)
}

/// A store that is damaged or empty has lost everything.
fn all(folder: &Path) -> HashSet<String> {
    let Ok(store) = open(&folder.join("store.db")) else { return HashSet::new() };
    let name = QueueName::parse("jobs").expect("a name");
    let made = block_on(store.make_queue(name, Discipline::Standard, [1; 16]));
    let Ok(made) = made else { return HashSet::new() };
    let claim = Claim {
        most: usize::MAX,
        most_in_flight: usize::MAX,
        now: Timestamp(2),
        until: Timestamp(3),
        sent_since: Timestamp(0),
    };
    let claims = block_on(store.claim(made.id, claim));
    let messages = claims.map(|claims| claims.messages).unwrap_or_default();
    messages.into_iter().map(|one| one.message.body.into()).collect()
}

/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`: nothing that is not on the disk gets there.
const CUT: &str = "import fcntl, os, struct, sys
disk = os.open(sys.argv[1], os.O_RDONLY)
os.write(1, b'r')
os.read(0, 1)
fcntl.ioctl(disk, 0x8004587D, struct.pack('I', 2))";

/// Power leaves the processor with the disk. A process that ran on would be told by ext4 that a sync is
/// done which the shutdown overtook, since its journal takes what was given up for what was written.
fn stop(child: &Child) {
    let process = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let process = process.expect("a process that runs");
    rustix::process::kill_process(process, rustix::process::Signal::STOP).expect("stopped");
}

fn lose_power(mut switch: Child) {
    switch.stdin.take().expect("piped").write_all(b"\n").expect("written");
    assert!(switch.wait().expect("waited").success(), "the power was not cut");
}

/// An ext4 file system in a file.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Self { folder };
        let image = std::fs::File::create(disk.image()).expect("an image");
        image.set_len(256 << 20).expect("sparse");
        std::fs::create_dir(disk.mounted()).expect("a folder");
        disk.run("mkfs.ext4", &["-q", "-F", "IMAGE"]);
        disk.mount();
        disk
    }

    fn image(&self) -> std::path::PathBuf {
        self.folder.path().join("disk")
    }

    fn mounted(&self) -> std::path::PathBuf {
        self.folder.path().join("mounted")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(program);
        for argument in arguments {
            match *argument {
                "IMAGE" => command.arg(self.image()),
                "MOUNTED" => command.arg(self.mounted()),
                plain => command.arg(plain),
            };
        }
        let output = command.output().expect("a program of the system");
        assert!(
            output.status.success(),
            "{program} failed, which needs root and a loop device ({HERE}=off leaves this out): {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn mount(&self) {
        self.run("mount", &["-o", "loop", "IMAGE", "MOUNTED"]);
    }

    /// Waits for a line, so that no start of a program lies between the decision and the cut.
    fn switch(&self) -> Child {
        let mut command = Command::new("python3");
        command.args(["-c", CUT]).arg(self.mounted());
        let mut switch =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
        let mut ready = [0];
        switch.stdout.as_mut().expect("piped").read_exact(&mut ready).expect("ready");
        switch
    }

    /// As another machine would that gets the disk: on this one, a process with mounts of its own may hold
    /// on to the one that was shut down.
    fn mount_again(&self) {
        self.run("umount", &["MOUNTED"]);
        let moved = self.folder.path().join("moved");
        self.run("cp", &["--sparse=always", "IMAGE", moved.to_str().expect("UTF-8")]);
        std::fs::rename(&moved, self.image()).expect("renamed");
        self.mount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The folder cannot be removed while it is mounted.
        let _ = Command::new("umount").arg("-l").arg(self.mounted()).output();
    }
}
