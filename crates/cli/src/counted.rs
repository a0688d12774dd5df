//! Numbers of things, in words: `1 message`, `2 messages`.

use std::fmt::Display;

pub(crate) fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    if number == N::from(1) {
        return format!("1 {noun}");
    }
    match noun.strip_suffix("cy") {
        Some(stem) => format!("{number} {stem}cies"),
        None => format!("{number} {noun}s"),
    }
}

/// For lines that came faster than they were read.
pub(crate) fn lines_missed(lines: u64) -> String {
    let were = if lines == 1 { "was" } else { "were" };
    format!("({} {were} not shown)", counted(lines, "line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one() {
        assert_eq!(counted(0_u64, "message"), "0 messages");
        assert_eq!(counted(1_u64, "message"), "1 message");
        assert_eq!(lines_missed(1), "(1 line was not shown)");
        assert_eq!(lines_missed(3), "(3 lines were not shown)");
        assert_eq!(counted(2_usize, "provisioned concurrency"), "2 provisioned concurrencies");
    }
}
