//! Mappings between real queues and a function that tests write.

mod batches;
mod failures;
mod ground;
mod lanes;
