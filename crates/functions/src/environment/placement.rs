//! Decides whether an environment runs on its driver's processor, where neither has to wake another, or
//! wherever there is room.

/// So many invocations in a row must begin under the same wish before it is followed.
const SETTLED: u32 = 64;

#[derive(Debug, Default)]
pub(super) struct Placement {
    /// Where it runs, if not anywhere.
    processor: Option<u16>,
    /// Where it should run lately, and for how many invocations.
    wanted: Option<u16>,
    times: u32,
}

impl Placement {
    /// An invocation is about to begin. Returns whether the environment is to be placed as wanted.
    pub(super) fn begin(&mut self, wanted: Option<u16>) -> bool {
        if wanted != self.wanted {
            (self.wanted, self.times) = (wanted, 0);
        }
        self.times = self.times.saturating_add(1);
        if wanted == self.processor || self.times < SETTLED {
            return false;
        }
        self.processor = wanted;
        true
    }

    /// The wish was wrong. Returns whether the environment was bound to a processor until now.
    pub(super) fn end(&mut self) -> bool {
        self.times = 0;
        self.processor.take().is_some()
    }

    pub(super) fn is_bound(&self) -> bool {
        self.processor.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of invocations until the wish is followed.
    fn until_placed(placement: &mut Placement, wanted: Option<u16>) -> u32 {
        (1..).find(|_| placement.begin(wanted)).expect("placed some time")
    }

    #[test]
    fn it_is_placed_once_the_wish_has_lasted() {
        let mut placement = Placement::default();
        assert!(!placement.begin(Some(0)));
        assert_eq!(until_placed(&mut placement, Some(1)), SETTLED);
        assert!(!placement.begin(Some(1)), "it is there already");
        assert!(!placement.begin(None) && placement.is_bound(), "for a moment");
        assert_eq!(until_placed(&mut placement, Some(0)), SETTLED, "its home is another");
        assert_eq!(until_placed(&mut placement, None), SETTLED);
        assert!(!placement.is_bound());
    }

    #[test]
    fn it_is_let_go_at_once() {
        let mut placement = Placement::default();
        assert!(!placement.end());
        until_placed(&mut placement, Some(1));
        assert!(placement.end() && !placement.is_bound());
        assert_eq!(until_placed(&mut placement, Some(1)), SETTLED);
    }
}
