//! Clusters of ElastiCache, as caches that the platform runs.

use super::Lowering;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::Node;

/// As much as the smallest node of AWS has.
const MEMORY: &str = "512MB";

/// What says where a cluster runs and who maintains it.
const NOTED: [&str; 33] = [
    "AZMode",
    "AtRestEncryptionEnabled",
    "AutoMinorVersionUpgrade",
    "AutomaticFailoverEnabled",
    "CacheNodeType",
    "CacheParameterGroupName",
    "CacheSecurityGroupNames",
    "CacheSubnetGroupName",
    "ClusterMode",
    "EngineVersion",
    "IpDiscovery",
    "KmsKeyId",
    "LogDeliveryConfigurations",
    "MultiAZEnabled",
    "NetworkType",
    "NotificationTopicArn",
    "NumCacheClusters",
    "NumCacheNodes",
    "NumNodeGroups",
    "Port",
    "PreferredAvailabilityZone",
    "PreferredAvailabilityZones",
    "PreferredCacheClusterAZs",
    "PreferredMaintenanceWindow",
    "PrimaryClusterId",
    "ReplicasPerNodeGroup",
    "SecurityGroupIds",
    "SnapshotName",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
    "Tags",
    "TransitEncryptionMode",
    "VpcSecurityGroupIds",
];

impl<'a> Lowering<'a> {
    pub(super) fn cache(&mut self, resource: &'a Resource<'a>) {
        let span = resource.key.span;
        let mut bag = self.bag(resource);
        bag.accept(&["ClusterName", "ReplicationGroupId", "ReplicationGroupDescription"]);
        bag.note(&NOTED, self.told);
        let mut draft = Draft::new(span);
        if let Some(engine) = bag.take("Engine")
            && let Some(text) = self.text(Some(engine))
        {
            match &*text {
                "redis" => draft.put("engine", Node::plain(engine.span, "redis")),
                "valkey" => draft.put("engine", Node::plain(engine.span, "valkey")),
                other => {
                    self.told
                        .unsupported(format!("the engine `{other}` is not supported"), engine.span);
                }
            }
        }
        if let Some(node) = bag.take("TransitEncryptionEnabled")
            && self.flag(Some(node)) == Some(true)
        {
            self.told.unsupported("caches that speak TLS are not supported", node.span);
        }
        bag.finish(self.told);
        draft.put("memory", Node::plain(span, MEMORY));
        // Clients in AWS's network bring no password along.
        draft.put("password", Node::plain(span, "false"));
        self.native.add("caches", resource.id(), span, draft.node(), self.told);
    }
}
