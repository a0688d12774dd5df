//! A small stock of prepared sandboxes, so that a start does not wait for one to be built. It is laid in
//! after the first start: a server without functions pays nothing for it.

use super::failure::Failure;
use super::keeper::Layers;
use super::prepared::Prepared;
use super::workshop::Workshop;
use crate::ResourceLimits;
use crate::message::StartRequest;

/// Starts mostly come one at a time; a burst is built as it comes.
const SIZE: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Stock {
    prepared: Vec<Prepared>,
    /// What the next start will probably ask for: what the last one did. `None` while nobody asks.
    expected: Option<Order>,
}

/// What is decided when a sandbox is prepared. Only limits can be changed later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) layers: Layers,
    pub(super) limits: ResourceLimits,
    pub(super) temporary: model::ByteSize,
}

impl Stock {
    /// A sandbox for this request: from stock, else built now.
    pub(super) fn take(
        &mut self,
        workshop: &mut Workshop,
        request: &StartRequest<'_>,
    ) -> Result<Prepared, Failure> {
        let order = Order {
            layers: workshop.layers(request.mode),
            limits: request.limits,
            temporary: request.temporary,
        };
        if !order.layers.is_confined() {
            return workshop.prepare(&order);
        }
        self.expected = Some(order);
        match self.prepared.iter().position(|prepared| prepared.suits(&request.limits)) {
            Some(index) => Ok(self.prepared.remove(index)),
            None => workshop.prepare(&order),
        }
    }

    pub(super) fn is_short(&self) -> bool {
        self.expected.is_some_and(|expected| {
            self.prepared.iter().filter(|prepared| prepared.suits(&expected.limits)).count() < SIZE
        })
    }

    /// Adds one, in the place of one that is of no use any more.
    pub(super) fn add(&mut self, workshop: &mut Workshop) {
        let Some(expected) = self.expected else { return };
        let useless = self.prepared.iter().position(|prepared| !prepared.suits(&expected.limits));
        if let Some(index) = useless {
            let useless = self.prepared.remove(index);
            let has_failed = useless.has_ended();
            useless.discard();
            if has_failed {
                // Another would fail too; the next start tries again, and reports what it meets.
                self.expected = None;
                return;
            }
        }
        match workshop.prepare(&expected) {
            Ok(prepared) => self.prepared.push(prepared),
            Err(_) => self.expected = None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.expected = None;
        self.prepared.drain(..).for_each(Prepared::discard);
    }
}
