//! A small stock of prepared sandboxes, so that a start does not wait for one to be built. It is laid in
//! once a start is expected, or was made: a server without functions pays nothing for it.

use super::failure::Failure;
use super::keeper::Layers;
use super::prepared::Prepared;
use super::workshop::Workshop;
use crate::ResourceLimits;
use crate::message::{Expected, StartRequest};

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

    /// Prepares for a start that is likely to come. What was asked for last is the better guess.
    pub(super) fn expect(&mut self, workshop: &Workshop, expected: &Expected) {
        let layers = workshop.layers(expected.mode);
        if self.expected.is_none() && layers.is_confined() {
            let Expected { limits, temporary, .. } = *expected;
            self.expected = Some(Order { layers, limits, temporary });
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
