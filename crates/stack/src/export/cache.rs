//! Caches that the platform runs, as clusters of ElastiCache.

use model::{CacheSource, Engine, ManagedCache};

use super::Export;
use super::block::Block;
use super::ids::Sort;

/// The smallest there is.
const NODE: &str = "cache.t4g.micro";

impl Export<'_> {
    pub(super) fn caches(&mut self) {
        let stack = self.stack;
        for (name, cache) in &stack.caches {
            // The address of one that runs elsewhere is a parameter, where it is asked for.
            let CacheSource::Managed(cache) = &cache.source else { continue };
            self.cluster(name.as_str(), cache);
        }
    }

    fn cluster(&mut self, name: &str, cache: &ManagedCache) {
        let ManagedCache {
            engine,
            version,
            memory,
            persistent,
            when_full: _,
            password,
            sandbox: _,
        } = cache;
        let mut block = Block::new();
        block.text("Engine", engine.map_or("redis", Engine::name));
        if let Some(version) = version {
            block.text("EngineVersion", version);
        }
        block.text("CacheNodeType", NODE);
        let id = self.id(Sort::Cache, name);
        if *engine == Some(Engine::Valkey) {
            block.text("ReplicationGroupDescription", name);
            block.plain("NumCacheClusters", 1);
            self.add(&id, "AWS::ElastiCache::ReplicationGroup", block);
        } else {
            block.plain("NumCacheNodes", 1);
            self.add(&id, "AWS::ElastiCache::CacheCluster", block);
        }
        let mut told = vec![format!("a cluster `{NODE}` stands for {memory} of memory")];
        if *password {
            told.push("nobody asks for its password".to_owned());
        }
        if *persistent {
            told.push("its data do not survive it".to_owned());
        }
        told.push("functions reach it inside of its VPC only".to_owned());
        let message = format!("the cache `{name}` on AWS: {}", told.join("; "));
        self.note(message, &["caches", name]);
    }
}
