//! Event source mappings: queues whose messages functions get.

use super::Lowering;
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::{Node, Value};

impl<'a> Lowering<'a> {
    pub(super) fn event_source_mapping(&mut self, resource: &'a Resource<'a>) {
        let span = resource.key.span;
        let whole = Node::mapping(span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        let function = bag.take("FunctionName").and_then(|node| self.function_named(node));
        let source = bag.take("EventSourceArn");
        let Some(function) = function else { return };
        self.trigger(resource.id(), span, function, source, bag);
    }

    /// `bag` holds what is left of an event source mapping, or of an event of SAM.
    pub(super) fn trigger(
        &mut self,
        id: &str,
        span: Span,
        function: String,
        source: Option<&Node>,
        mut bag: Bag<'_>,
    ) {
        let mut draft = Draft::new(span);
        let Some(source) = source else {
            return self.refuse("this names no queue whose messages the function gets", span);
        };
        let Some(queue) = self.queue_named(source) else { return };
        draft.put("queue", queue);
        draft.put("function", Node::text(span, function));
        draft.put_some("batch", self.plain_of(bag.take("BatchSize"), ""));
        draft.put_some("window", self.plain_of(bag.take("MaximumBatchingWindowInSeconds"), "s"));
        let enabled = self.plain_of(bag.take("Enabled"), "");
        draft.put_some("enabled", enabled.map(lower));
        let scaling = bag.take("ScalingConfig").and_then(|node| node.get("MaximumConcurrency"));
        draft.put_some("concurrency", self.plain_of(scaling, ""));
        if let Some(types) = bag.take("FunctionResponseTypes") {
            let reports = |it: &Node| it.as_text() == Some("ReportBatchItemFailures");
            let reports = types.items().iter().any(reports);
            draft.put("partial_failures", Node::plain(types.span, reports.to_string()));
        }
        let filters = bag.take("FilterCriteria").and_then(|node| node.get("Filters"));
        if let Some(filters) = filters {
            let mut all = Vec::new();
            for filter in filters.items() {
                let pattern = filter.get("Pattern").cloned();
                all.extend(self.parsed(pattern.as_ref()));
            }
            draft.put("filters", Node::list(filters.span, all));
        }
        bag.note(&["MetricsConfig", "KmsKeyArn", "Tags"], self.told);
        bag.finish(self.told);
        self.native.add("triggers", id, span, draft.node(), self.told);
    }
}

/// `True` is as true as `true`.
pub(super) fn lower(mut node: Node) -> Node {
    if let Value::Scalar(scalar) = &mut node.value {
        scalar.text.make_ascii_lowercase();
    }
    node
}
