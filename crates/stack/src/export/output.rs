//! What the stack tells.

use model::StackOutput;

use super::Export;
use super::block::Block;
use crate::yaml::Node;

impl Export<'_> {
    pub(super) fn outputs(&mut self) -> Option<Node> {
        let stack = self.stack;
        let mut all = Block::new();
        for (name, output) in &stack.outputs {
            let StackOutput { value, description, export } = output;
            let mut block = Block::new();
            block.put("Value", self.text_at(&["outputs", name, "value"], value));
            if let Some(description) = description {
                block.text("Description", description);
            }
            if let Some(export) = export {
                let mut name = Block::new();
                name.text("Name", export);
                block.put("Export", name.node());
            }
            all.put(name, block.node());
        }
        (!all.is_empty()).then(|| all.node())
    }
}
