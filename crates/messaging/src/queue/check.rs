//! What a message and a request must be like.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

use std::time::Duration;

use model::{AttributeData, AttributeValue, Queue};

use super::{Outgoing, QueueError};

const MOST_ATTRIBUTES: usize = 10;
const MOST_DELAY: Duration = Duration::from_mins(15);
pub(crate) const MOST_VISIBILITY: Duration = Duration::from_hours(12);
pub(crate) const MOST_WAIT: Duration = Duration::from_secs(20);
/// All messages of one batch together.
pub(crate) const MOST_BATCH_BYTES: usize = 1_048_576;

pub(crate) fn outgoing(queue: &Queue, message: &Outgoing) -> Result<(), QueueError> {
    if message.body.is_empty() {
        return Err(QueueError::Missing("MessageBody"));
    }
    if let Some(stranger) = stranger(&message.body) {
        return Err(QueueError::InvalidContents(stranger));
    }
    attributes(&message.attributes)?;
    let actual = size(message);
    if actual > queue.most_bytes as usize {
        let queue_name = queue.name.to_string();
        return Err(QueueError::TooLong { queue: queue_name, actual, most: queue.most_bytes });
    }
    if let Some(delay) = message.delay {
        self::delay(queue, delay)?;
    }
    if let Some(group) = &message.group {
        token("MessageGroupId", group)?;
    }
    if let Some(id) = &message.deduplication {
        token("MessageDeduplicationId", id)?;
    }
    fifo(queue, message)
}

fn delay(queue: &Queue, delay: Duration) -> Result<(), QueueError> {
    let seconds = delay.as_secs();
    if delay > MOST_DELAY {
        return Err(QueueError::invalid("DelaySeconds", seconds, "it must be between 0 and 900"));
    }
    if queue.fifo.is_some() && delay != queue.delay {
        let reason =
            "a FIFO queue's delay holds for all its messages; set the queue's DelaySeconds";
        return Err(QueueError::invalid("DelaySeconds", seconds, reason));
    }
    Ok(())
}

fn fifo(queue: &Queue, message: &Outgoing) -> Result<(), QueueError> {
    let Some(fifo) = queue.fifo else {
        return match &message.deduplication {
            Some(id) => {
                let reason =
                    "the request includes a parameter that is not valid for this queue type";
                Err(QueueError::invalid("MessageDeduplicationId", id, reason))
            }
            None => Ok(()),
        };
    };
    if message.group.is_none() {
        return Err(QueueError::Missing("MessageGroupId"));
    }
    if message.deduplication.is_none() && !fifo.deduplicates_content {
        let reason = "the queue should either have ContentBasedDeduplication enabled or \
                      MessageDeduplicationId provided explicitly";
        return Err(QueueError::invalid("MessageDeduplicationId", "", reason));
    }
    Ok(())
}

/// The first character that no message may have.
fn stranger(text: &str) -> Option<char> {
    // Most texts have no byte that could be part of one, which is found out for many bytes at once.
    let is_odd = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0xef;
    let mut pieces = text.as_bytes().chunks(128);
    let has_odd = pieces.any(|piece| piece.iter().fold(false, |odd, byte| odd | is_odd(*byte)));
    if has_odd { text.chars().find(|c| !is_allowed(*c)) } else { None }
}

/// #x9, #xA, #xD, and from #x20 on all but surrogates, #xFFFE and #xFFFF.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Up to 128 letters, digits and punctuation marks.
pub(crate) fn token(parameter: &'static str, text: &str) -> Result<(), QueueError> {
    if model::is_message_token(text) {
        return Ok(());
    }
    let reason = "it can only include alphanumeric and punctuation characters, 1 to 128 in length";
    Err(QueueError::invalid(parameter, text, reason))
}

/// Names and types count towards it.
pub(crate) fn size(message: &Outgoing) -> usize {
    let attributes = message.attributes.iter().map(|(name, value)| {
        let value_bytes = match &value.value {
            AttributeData::Text(text) => text.len(),
            AttributeData::Binary(bytes) => bytes.len(),
        };
        name.len() + value.data_type.len() + value_bytes
    });
    message.body.len() + attributes.sum::<usize>()
}

fn attributes(attributes: &[(String, AttributeValue)]) -> Result<(), QueueError> {
    const PARAMETER: &str = "MessageAttributes";
    if attributes.len() > MOST_ATTRIBUTES {
        let reason = "a message has at most 10 attributes";
        return Err(QueueError::invalid(PARAMETER, attributes.len(), reason));
    }
    for (at, (name, value)) in attributes.iter().enumerate() {
        if !is_attribute_name(name) {
            let reason = "a name has 1 to 256 letters, digits, `_`, `-` and `.`, no `.` at an end or \
                          after another, and does not begin with `AWS.` or `Amazon.`";
            return Err(QueueError::invalid(PARAMETER, name, reason));
        }
        if attributes[..at].iter().any(|(other, _)| other == name) {
            return Err(QueueError::invalid(PARAMETER, name, "it is there twice"));
        }
        if let Some(reason) = wrong_value(value) {
            return Err(QueueError::invalid(PARAMETER, name, reason));
        }
    }
    Ok(())
}

fn is_attribute_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let has_good_dots = !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
    let is_made_well =
        name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    (1..=256).contains(&name.len()) && !is_reserved && has_good_dots && is_made_well
}

fn wrong_value(value: &AttributeValue) -> Option<&'static str> {
    let kind = value.data_type.split('.').next().unwrap_or_default();
    if value.data_type.len() > 256 {
        return Some("its type has more than 256 characters");
    }
    match (kind, &value.value) {
        ("String", AttributeData::Text(text)) if text.is_empty() => Some("its value is empty"),
        ("String", AttributeData::Text(text)) if stranger(text).is_some() => {
            Some("its value has a character that no message may have")
        }
        ("Number", AttributeData::Text(text)) if !is_number(text) => {
            Some("its value is no number of at most 38 digits from 10^-128 to 10^126")
        }
        ("Binary", AttributeData::Binary(bytes)) if bytes.is_empty() => Some("its value is empty"),
        ("String" | "Number", AttributeData::Text(_)) | ("Binary", AttributeData::Binary(_)) => {
            None
        }
        ("String" | "Number" | "Binary", _) => Some("its type and its value do not fit"),
        _ => Some("its type must begin with `String`, `Number` or `Binary`"),
    }
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
fn is_number(text: &str) -> bool {
    let Some(number) = text.parse::<f64>().ok().filter(|number| number.is_finite()) else {
        return false;
    };
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let counted = digits.trim_matches('0').len();
    let is_zero = counted == 0;
    is_zero || counted <= 38 && (1e-128..=1e126).contains(&number.abs())
}

pub(crate) fn visibility(timeout: Duration) -> Result<(), QueueError> {
    if timeout <= MOST_VISIBILITY {
        return Ok(());
    }
    let reason = "it must be between 0 and 43200";
    Err(QueueError::invalid("VisibilityTimeout", timeout.as_secs(), reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_found_wherever_they_are() {
        let others = [0, 1, 8, 9, 0xa, 0xb, 0xd, 0x1f, 0x20, 0x7f, 0x80, 0xd7ff, 0xe000, 0xf000];
        let ends = [0xfeff, 0xfffd, 0xfffe, 0xffff, 0x1_0000, 0x1_fffe, 0x10_ffff];
        for c in others.into_iter().chain(ends).filter_map(char::from_u32) {
            for before in [0, 1, 126, 127, 128, 300] {
                let text = format!("{}{c}é{}", "x".repeat(before), "y".repeat(before));
                let expected = (!is_allowed(c)).then_some(c);
                assert_eq!(stranger(&text), expected, "{c:?} after {before}");
            }
        }
    }

    #[test]
    fn numbers_have_bounds() {
        for text in ["0", "-1.5", "1e126", "-1e-128", "0e999", &"9".repeat(38), "000100.0"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "x", "nan", "inf", "1e127", "1e-129", "1e999", &"9".repeat(39)] {
            assert!(!is_number(text), "{text}");
        }
    }
}
