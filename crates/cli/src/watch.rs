//! `--watch`: an answer that is shown anew every second.

use std::time::Duration;

use serde_json::Value;

use crate::arguments::Output;
use crate::exit::{Exit, Failure};
use crate::output;

const PAUSE: Duration = Duration::from_secs(1);

/// Shows what is seen until that fails, nobody reads it any more, or somebody interrupts it.
pub(crate) fn every_second(
    how: &Output,
    seen: impl Fn() -> Result<Value, Failure>,
    told: impl Fn(&Value) -> String,
) -> Result<Exit, Failure> {
    let moves = output::is_colourful(&std::io::stdout());
    loop {
        let seen = seen()?;
        how.tell(&seen, || picture(told(&seen), moves))?;
        std::thread::sleep(PAUSE);
    }
}

/// On a terminal, from the top of an empty screen.
fn picture(text: String, moves: bool) -> String {
    if moves { format!("\x1b[H\x1b[2J{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_is_cleared() {
        assert_eq!(picture("A\n".to_owned(), true), "\x1b[H\x1b[2JA\n");
        assert_eq!(picture("A\n".to_owned(), false), "A\n");
    }
}
