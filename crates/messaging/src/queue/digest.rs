//! The MD5 sums by which clients find out that a message arrived whole.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>

mod together;

use md5::{Digest, Md5};
use model::{AttributeData, AttributeValue};

use together::LANES;

pub fn of_body(body: &str) -> [u8; 16] {
    Md5::digest(body.as_bytes()).into()
}

/// Of several bodies at once, which takes a fraction of the time.
pub(crate) fn of_bodies(bodies: &[&str]) -> Vec<[u8; 16]> {
    let mut sums = Vec::with_capacity(bodies.len());
    for some in bodies.chunks(LANES) {
        match some.len() {
            1 => sums.push(of_body(some[0])),
            2..=4 => sums.extend_from_slice(&together::digests::<4>(some)[..some.len()]),
            _ => sums.extend_from_slice(&together::digests::<LANES>(some)[..some.len()]),
        }
    }
    sums
}

/// `None` of no attributes.
pub fn of_attributes<'a>(
    attributes: impl IntoIterator<Item = &'a (String, AttributeValue)>,
) -> Option<String> {
    let mut sorted: Vec<_> = attributes.into_iter().collect();
    if sorted.is_empty() {
        return None;
    }
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut encoded = Vec::new();
    for (name, value) in sorted {
        let (kind, bytes) = match &value.value {
            AttributeData::Text(text) => (1_u8, text.as_bytes()),
            AttributeData::Binary(bytes) => (2, bytes.as_slice()),
        };
        push(&mut encoded, name.as_bytes());
        push(&mut encoded, value.data_type.as_bytes());
        encoded.push(kind);
        push(&mut encoded, bytes);
    }
    Some(hex(&Md5::digest(&encoded)))
}

/// Of the one system attribute that a sender may give.
pub fn of_trace_header(header: &str) -> Option<String> {
    let value = AttributeData::Text(header.to_owned());
    let value = AttributeValue { data_type: "String".to_owned(), value };
    of_attributes([&("AWSTraceHeader".to_owned(), value)])
}

fn push(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend(bytes);
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = Vec::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend([byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
    }
    String::from_utf8(text).expect("digits are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, data_type: &str, value: AttributeData) -> (String, AttributeValue) {
        (name.to_owned(), AttributeValue { data_type: data_type.to_owned(), value })
    }

    /// The sums are those that other implementations publish for the same attributes.
    #[test]
    fn sums_are_those_of_other_implementations() {
        let text = |text: &str| AttributeData::Text(text.to_owned());
        let simple = attribute("attribName1", "String", text("attribValue 1"));
        let number = "4563442423554324324264524243.32543234";
        let number = attribute("customNumberTypeAttrib", "Number.float", text(number));
        let bytes = AttributeData::Binary(b"Hello binary world!".to_vec());
        let binary = attribute("binaryAttribute", "Binary", bytes);
        let check = |attributes: &[&(String, AttributeValue)], expected: &str| {
            assert_eq!(of_attributes(attributes.iter().copied()).as_deref(), Some(expected));
        };
        check(&[&simple], "19e27d4e946b072f3f58da80d94fd778");
        check(&[&number], "9fe1b90bbd9965bdf77bac517c7d2495");
        check(&[&binary], "31a92b15d92f8db860eda32aceb656c3");
        check(&[&simple, &number, &binary], "c932db14a896c663f83c260297d594ff");
        assert_eq!(of_attributes([]), None);
        assert_eq!(hex(&of_body("hello world")), "5eb63bbbe01eeed093cb22bb8f5acdc3");
    }
}
