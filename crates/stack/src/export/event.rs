//! What starts functions: events of the Serverless Application Model, which make what permits them, too.

use model::EventSourceMapping;
use model::topic::function_of;

use super::Export;
use super::block::{self, Block};
use super::ids::pascal;
use crate::yaml::Node;

impl Export<'_> {
    /// A queue whose messages a function gets.
    pub(super) fn mapping(&mut self, mapping: &EventSourceMapping) {
        let EventSourceMapping {
            id: _,
            queue,
            function,
            enabled,
            batch,
            window,
            filters,
            most_concurrent,
            reports_failures,
            tags: _,
        } = mapping;
        let Some((function, _)) = function_of(function) else { return };
        let mut block = Block::new();
        block.put("Queue", self.text(queue.as_str(), &[]));
        block.unless("BatchSize", *batch, 10);
        block.unless("MaximumBatchingWindowInSeconds", window.as_secs(), 0);
        block.unless("Enabled", *enabled, true);
        if let Some(most) = most_concurrent {
            let mut scaling = Block::new();
            scaling.plain("MaximumConcurrency", most);
            block.put("ScalingConfig", scaling.node());
        }
        if *reports_failures {
            let reports = block::text("ReportBatchItemFailures");
            block.put("FunctionResponseTypes", block::list(vec![reports]));
        }
        if !filters.is_empty() {
            let one = |filter: &String| {
                let mut block = Block::new();
                block.text("Pattern", filter);
                block.node()
            };
            let mut criteria = Block::new();
            criteria.put("Filters", block::list(filters.iter().map(one).collect()));
            block.put("FilterCriteria", criteria.node());
        }
        self.start(&function, &pascal(queue.resource()), of("SQS", block));
    }
}

pub(super) fn of(kind: &str, properties: Block) -> Node {
    let mut event = Block::new();
    event.text("Type", kind);
    event.put("Properties", properties.node());
    event.node()
}
