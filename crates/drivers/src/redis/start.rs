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

/// A store that can keep limits, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Host and port.
    pub at: String,
    pub version: String,
    /// By what it can lose what was counted, and what keeps it from that.
    pub losses: Vec<&'static str>,
}

/// Connects to the store and looks at it. The runtime that this is awaited in watches over the store
/// from now on; requests are driven by the runtimes they come in on.
pub async fn connect(options: Options) -> Result<Redis, Problem> {
    let (shared, link) = begin(options).await?;
    shared.share_link(Some(&link));
    tokio::spawn(nodes::watch(Arc::downgrade(&shared), Some(link)));
    Ok(Redis { shared })
}

/// Looks at the store as [`connect`] does. Nodes that share it hear nothing of that.
pub async fn examine(options: Options) -> Result<Examined, Problem> {
    let (shared, mut link) = begin(options).await?;
    let target = &shared.target;
    let mut command = redis::cmd("INFO");
    command.arg("everything");
    let info = match target.is_a_cluster() {
        true => None,
        false => text(&target.call(&mut link, &command, shared.options.connect_timeout).await?),
    };
    Ok(Examined::of(target.at.clone(), info.as_deref()))
}

async fn begin(options: Options) -> Result<(Arc<Shared>, Link), Problem> {
    let target = Target::find(&options).await?;
    let mut link = target.open().await?;
    look(&target, &mut link, &options).await?;
    let names = Namespace::of(&options.namespace);
    let seed = agree_on_seed(&target, &mut link, &names, &options).await?;
    let node = format!("{:016x}", fastrand::u64(..));
    let shared = Arc::new(Shared::new(options, target, seed, node, Script::new(SCRIPT)));
    nodes::try_slot(&shared, &mut link, &names.probe).await?;
    shared.load_script(&mut link).await;
    Ok((shared, link))
}

impl Examined {
    /// Nodes of a Cluster may differ in what they say.
    fn of(at: String, info: Option<&str>) -> Self {
        let Some(info) = info else {
            return Self { at, version: "Cluster".to_owned(), losses: Vec::new() };
        };
        let said = |name: &str| field(info, name).unwrap_or_default();
        let (name, version) = match said("valkey_version") {
            "" => ("Redis", said("redis_version")),
            version => ("Valkey", version),
        };
        let mut losses = Vec::new();
        if said("aof_enabled") == "0" {
            losses.push("a restart loses what was counted; set `appendonly yes`");
        }
        if !matches!(said("maxmemory"), "" | "0") && said("maxmemory_policy") != "noeviction" {
            losses.push("it forgets counts once it is full; set `maxmemory-policy noeviction`");
        }
        Self { at, version: format!("{name} {version}"), losses }
    }
}

/// The value of a line `name:value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.trim().split_once(':'));
    lines.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn text(answer: &Value) -> Option<String> {
    match answer {
        Value::BulkString(text) => Some(String::from_utf8_lossy(text).into_owned()),
        Value::VerbatimString { text, .. } => Some(text.clone()),
        _ => None,
    }
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
    let Some(text) = text(&answer) else { return Ok(()) };
    let served = field(&text, "cluster_slots_ok").unwrap_or_default();
    let state = field(&text, "cluster_state").unwrap_or_default();
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
