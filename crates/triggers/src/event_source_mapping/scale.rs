//! Decides how many lanes a mapping has. A lane polls for a batch, runs the function with it and
//! settles it, one after another; so lanes are the most invocations at a time.

/// When a mapping does not say.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
pub(crate) const MOST_LANES: usize = 1_250;

/// Where a mapping starts.
const FIRST: usize = 5;

/// How many lanes there may be now: more while batches succeed, fewer when the function is
/// throttled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    most: usize,
    allowed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// One more lane begins to poll.
    Grow,
    Stay,
    /// This lane ends.
    Shrink,
}

impl Scale {
    pub(crate) fn of(most_concurrent: Option<u32>) -> Self {
        let most = most_concurrent.map_or(MOST_LANES, |most| usize::try_from(most).unwrap_or(1));
        Self { most, allowed: FIRST.min(most) }
    }

    pub(crate) fn throttled(&mut self) {
        self.allowed = (self.allowed / 2).max(1);
    }

    pub(crate) fn succeeded(&mut self) {
        self.allowed = (self.allowed + 1).min(self.most);
    }

    /// A lane has a batch: somebody else has to poll now.
    pub(crate) fn on_batch(&self, lanes: usize, polling: usize) -> Step {
        let is_missing = polling == 0 && lanes < self.allowed;
        if is_missing { Step::Grow } else { Step::Stay }
    }

    /// A lane is about to poll, and is counted among those that do.
    pub(crate) fn on_poll(&self, lanes: usize, polling: usize) -> Step {
        let is_too_many = polling > 1 || lanes > self.allowed;
        if is_too_many && lanes > 1 { Step::Shrink } else { Step::Stay }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lane_polls_while_the_others_are_busy() {
        let scale = Scale::of(None);
        assert_eq!(scale.on_batch(1, 0), Step::Grow);
        assert_eq!(scale.on_batch(2, 1), Step::Stay, "somebody polls already");
        assert_eq!(scale.on_poll(2, 2), Step::Shrink, "two poll, and one is enough");
        assert_eq!(scale.on_poll(1, 1), Step::Stay, "the last lane goes on");
    }

    #[test]
    fn a_throttled_function_has_fewer_lanes_and_gets_them_back() {
        let mut scale = Scale::of(Some(8));
        assert_eq!(scale.on_batch(5, 0), Step::Stay, "five to begin with");
        scale.succeeded();
        assert_eq!(scale.on_batch(5, 0), Step::Grow);
        (0..10).for_each(|_| scale.succeeded());
        assert_eq!(scale.on_batch(8, 0), Step::Stay, "never more than declared");
        scale.throttled();
        assert_eq!(scale.on_poll(5, 1), Step::Shrink);
        assert_eq!(scale.on_batch(4, 0), Step::Stay);
        (0..5).for_each(|_| scale.throttled());
        assert_eq!(scale.on_poll(1, 1), Step::Stay, "one is always left");
        assert_eq!(Scale::of(Some(2)).on_batch(2, 0), Step::Stay);
    }
}
