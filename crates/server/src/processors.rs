//! Which processor a worker has to itself, among its like.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors that this process may use, one for each worker if there are as many. A worker that stays
/// on one, and the environments it drives beside it, wake each other without disturbing another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Processors {
    numbers: Vec<usize>,
}

impl Processors {
    pub(crate) fn shared_out_to(workers: usize) -> Self {
        let Ok(allowed) = sched_getaffinity(None) else { return Self::default() };
        let numbers: Vec<_> =
            (0..CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number)).collect();
        Self { numbers: if numbers.len() == workers { numbers } else { Vec::new() } }
    }

    /// Keeps the calling thread on the worker's own processor, if it has one.
    pub(crate) fn bind(&self, worker: usize) {
        if let Some(number) = self.numbers.get(worker) {
            keep_on(&[*number]);
        }
    }

    /// Lets the calling thread run on any of them again.
    pub(crate) fn unbind(&self) {
        if !self.numbers.is_empty() {
            keep_on(&self.numbers);
        }
    }
}

/// A refusal leaves the thread where it was, which is no worse than before.
fn keep_on(numbers: &[usize]) {
    let mut set = CpuSet::new();
    numbers.iter().for_each(|number| set.set(*number));
    let _ = sched_setaffinity(None, &set);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Vec<usize> {
        let set = sched_getaffinity(None).expect("readable");
        (0..CpuSet::MAX_CPU).filter(|number| set.is_set(*number)).collect()
    }

    #[test]
    fn a_worker_is_bound_only_where_each_has_a_processor() {
        let all = allowed();
        for workers in [all.len(), all.len() + 1] {
            let bound = std::thread::spawn(move || {
                let processors = Processors::shared_out_to(workers);
                processors.bind(0);
                let bound = allowed();
                processors.unbind();
                (bound, allowed())
            });
            let own = if workers == all.len() { vec![all[0]] } else { all.clone() };
            assert_eq!(bound.join().expect("no panic"), (own, all.clone()), "{workers} workers");
        }
    }
}
