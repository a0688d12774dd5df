//! Begins to use a store: looks whether it can keep limits, and agrees with other nodes on what keys
//! are hashed with.

use std::sync::Arc;

use limits::Seed;
use redis::{Script, Value};

use super::link::{Link, Target};
use super::naming::{Namespace, SLOTS};
use super::nodes;
use super::options::Options;
use super::problem::Problem;
use super::shared::{Health, SCRIPT, Shared};

/// Limits that are kept by a store. Clones share everything.
#[derive(Clone)]
pub struct Redis {
    pub(crate) shared: Arc<Shared>,
}

/// Connects to the store and looks at it. The runtime that this is awaited in watches over the store
/// from now on; requests are driven by the runtimes they come in on.
pub async fn connect(options: Options) -> Result<Redis, Problem> {
    let target = Target::find(&options).await?;
    let mut link = target.open().await?;
    look(&target, &mut link, &options).await?;
    let names = Namespace::of(&options.namespace);
    let seed = agree_on_seed(&target, &mut link, &names, &options).await?;
    let node = format!("{:016x}", fastrand::u64(..));
    let shared = Arc::new(Shared::new(options, target, seed, node, Script::new(SCRIPT)));
    nodes::try_slot(&shared, &mut link, &names.probe).await?;
    shared.load_script(&mut link).await;
    shared.share_link(Some(&link));
    tokio::spawn(nodes::watch(Arc::downgrade(&shared), Some(link)));
    Ok(Redis { shared })
}

impl Redis {
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Host and port of the store.
    pub fn address(&self) -> &str {
        &self.shared.target.at
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("store", &self.shared.target.at).finish_non_exhaustive()
    }
}

/// Whether it can be written to by scripts, all of it.
async fn look(target: &Target, link: &mut Link, options: &Options) -> Result<(), Problem> {
    if !target.is_a_cluster() {
        return Ok(());
    }
    let mut command = redis::cmd("CLUSTER");
    command.arg("INFO");
    let answer = target.call(link, &command, options.connect_timeout).await?;
    let text = match &answer {
        Value::BulkString(text) => String::from_utf8_lossy(text).into_owned(),
        Value::VerbatimString { text, .. } => text.clone(),
        _ => return Ok(()),
    };
    let value = |name: &str| {
        let lines = text.lines().filter_map(|line| line.trim().split_once(':'));
        lines.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
    };
    let served = value("cluster_slots_ok").unwrap_or_default();
    let state = value("cluster_state").unwrap_or_default();
    if served == SLOTS.to_string() && state == "ok" {
        return Ok(());
    }
    let cause = format!("{served} of {SLOTS} slots are served");
    Err(Problem::Incomplete { at: target.at.clone(), cause })
}

/// The first node to come chooses. Who has the store could learn it, and then choose keys that
/// collide: they could as well change what is counted.
async fn agree_on_seed(
    target: &Target,
    link: &mut Link,
    names: &Namespace,
    options: &Options,
) -> Result<Seed, Problem> {
    let (first, second) = (fastrand::u64(..), fastrand::u64(..));
    let mut set = redis::cmd("SET");
    set.arg(&names.seed).arg(format!("v1:{first:016x}:{second:016x}")).arg("NX");
    target.call(link, &set, options.connect_timeout).await?;
    let mut get = redis::cmd("GET");
    get.arg(&names.seed);
    let answer = target.call(link, &get, options.connect_timeout).await?;
    let refused = |cause: String| Problem::Refused { at: target.at.clone(), cause };
    let Value::BulkString(text) = answer else {
        return Err(refused(format!("`{}` is no seed", names.seed)));
    };
    let text = String::from_utf8_lossy(&text);
    let words = text.strip_prefix("v1:").and_then(|words| words.split_once(':'));
    let parsed = words.and_then(|(a, b)| {
        Some([u64::from_str_radix(a, 16).ok()?, u64::from_str_radix(b, 16).ok()?])
    });
    let seed = parsed.map(Seed::new);
    seed.ok_or_else(|| refused(format!("`{}` holds no seed; delete it", names.seed)))
}
