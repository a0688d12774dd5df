//! As its parent, on a Cluster of six nodes, each of whose primaries counts a third, and one of which is
//! killed half way.

use std::thread;
use std::time::Duration;

use drivers::redis::Redis;
use limits::{Key, Limits};

use super::part::{AT_ONCE, PROCESSES, Part, Sums};
use super::{
    BURST, INTERVAL, decisions, full_by, key_of, limits, name, quota, rate, run, take, time, used,
};
use crate::servers::{Cluster, Server, tell, tell_replica};

/// What a process waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between looks at the counts.
const LOOK: Duration = Duration::from_millis(5);

/// The primary that has a key.
fn owner(cluster: &Cluster, key: Key) -> usize {
    let get = format!("GET {}", name(key));
    let has = |node: &Server| !node.tell(&get).starts_with('-');
    cluster.nodes.iter().position(has).expect("a primary")
}

/// A key of the quota on each primary, with that.
fn one_on_each(cluster: &Cluster, limits: &Redis, limit: u64) -> Vec<(usize, Key)> {
    let quota = quota(limit);
    let mut keys: Vec<(usize, Key)> = Vec::new();
    for number in 0_u64.. {
        let key = limits.seed().key(&quota).text(&number.to_le_bytes()).finish();
        let primary = owner(cluster, key);
        if keys.iter().all(|(taken, _)| *taken != primary) {
            keys.push((primary, key));
        }
        if keys.len() == 3 {
            break;
        }
    }
    keys
}

/// What a primary had counted and its replica did not know when it took over.
struct Lost {
    of_quota: u64,
    of_rate: u64,
}

/// Kills a primary. Its replica takes over once it was asked what it knows.
fn fail(cluster: &mut Cluster, primary: usize, of_quota: Key, of_rate: Key) -> Lost {
    let replica = cluster.replica_of(primary).port;
    tell(replica, "CONFIG SET cluster-replica-no-failover yes");
    cluster.nodes[primary].kill();
    while !tell(replica, "INFO replication").contains("master_link_status:down") {
        thread::sleep(LOOK);
    }
    let gets = [of_quota, of_rate].map(|key| format!("GET {}", name(key)));
    let known = gets.each_ref().map(|get| tell_replica(replica, get));
    tell(replica, "CONFIG SET cluster-replica-no-failover no");
    let remains = cluster.nodes[primary].remains();
    let written = gets.each_ref().map(|get| remains.tell(get));
    // The rate may be counted elsewhere.
    let full = |value: &String| full_by(value).unwrap_or(0);
    Lost {
        of_quota: used(&written[0]) - used(&known[0]),
        of_rate: (full(&written[1]) - full(&known[1])) / INTERVAL,
    }
}

/// What the primary admitted and had not told its replica, which a machine with other work may let wait, is
/// admitted again, and no more: what it wrote down is held against what its replica knew. What it counted and
/// could not tell the caller is lost. What the others count stays exact.
#[test]
fn of_a_cluster_with_a_failover() {
    // What is answered has been written, though not to the disk.
    let mut cluster = Cluster::start_with(&["--appendonly", "yes", "--appendfsync", "no"]);
    let all = decisions(96_000);
    let limit = all / 10 * 9 / 3;
    run(async {
        let limits = limits(&cluster.url(), PATIENCE).await;
        let keys = one_on_each(&cluster, &limits, limit);
        let of_rate = key_of(&limits, &rate());
        let clock = owner(&cluster, of_rate);
        let began = time(&cluster.nodes[clock]);
        let mut admitted_by_rate = take(&limits, &rate(), u64::from(BURST)).await;

        let part = Part {
            url: cluster.url(),
            decisions: all / PROCESSES,
            limit,
            patience: PATIENCE,
            keys: keys.iter().map(|(_, key)| *key).collect(),
        };
        let processes = part.start();
        let (primary, key) = keys[0];
        let count = format!("GET {}", name(key));
        while used(&cluster.nodes[primary].tell(&count)) < limit / 2 {
            thread::sleep(LOOK);
        }
        let lost = fail(&mut cluster, primary, key, of_rate);
        let sums = Sums::of(processes);

        let by = |lost| format!("over a failover that lost {lost}");
        println!("{} of a quota of {limit} {}", sums.of_keys[0], by(lost.of_quota));
        println!("{:?} of a quota of {limit} on the other primaries", &sums.of_keys[1..]);
        let under_way = PROCESSES * AT_ONCE;
        let asked = all / under_way / 3 * under_way;
        for (index, admitted) in sums.of_keys.iter().enumerate() {
            let bound = limit + if index == 0 { lost.of_quota } else { 0 };
            assert!(*admitted <= bound, "{admitted} of {bound}");
            assert!(admitted + under_way >= bound.min(asked), "{admitted} of {bound}");
        }

        admitted_by_rate += sums.of_rate;
        // Whichever node has it by now: they are all of one machine.
        let alive = &cluster.nodes[usize::from(primary == 0)];
        let bound = u64::from(BURST) + (time(alive) - began) / INTERVAL + lost.of_rate;
        println!("{admitted_by_rate} of a rate, B+floor(R*t) and what was lost is {bound}");
        assert!(admitted_by_rate <= bound, "{admitted_by_rate}");
    });
}
