//! Names of queues and topics, whose bounds AWS sets apart: `.fifo` at the end of one means
//! something.

use super::NameProblem;

/// The end of a FIFO queue's or topic's name, which counts towards its length.
const FIFO: &str = ".fifo";

fn check(text: &str, max: usize) -> Result<(), NameProblem> {
    let stem = text.strip_suffix(FIFO).unwrap_or(text);
    super::check(text, stem, &['-', '_'], max)
}

/// Accepts at most 80 characters.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
fn check_queue(text: &str) -> Result<(), NameProblem> {
    check(text, 80)
}

/// Accepts at most 256 characters.
/// <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>
fn check_topic(text: &str) -> Result<(), NameProblem> {
    check(text, 256)
}

names! {
    check_queue;
    /// Names a queue.
    QueueName,
}

names! {
    check_topic;
    /// Names a topic.
    TopicName,
}

impl QueueName {
    pub fn is_fifo(&self) -> bool {
        self.as_str().ends_with(FIFO)
    }
}

impl TopicName {
    pub fn is_fifo(&self) -> bool {
        self.as_str().ends_with(FIFO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_makes_it_fifo() {
        let fifo = |text| QueueName::parse(text).map(|name| name.is_fifo());
        assert_eq!(fifo("jobs"), Ok(false));
        assert_eq!(fifo("jobs.fifo"), Ok(true));
        assert_eq!(fifo("jobs.lifo"), Err(NameProblem::Character('.')));
        assert_eq!(fifo(".fifo"), Err(NameProblem::Empty));
    }

    #[test]
    fn a_queue_has_80_characters_and_a_topic_256() {
        let long = "x".repeat(81);
        assert_eq!(QueueName::parse(&long), Err(NameProblem::TooLong { max: 80, actual: 81 }));
        assert!(TopicName::parse(&long).is_ok());
    }
}
