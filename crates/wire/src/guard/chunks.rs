//! A chunked body.

use super::Refusal;
use super::field::Field;

/// Sixteen digits would be the whole of 64 bits; hyper keeps marks at the top.
const LONGEST_SIZE: u8 = 15;
const LONGEST_EXTENSION: u16 = 1024;

/// Where in a chunked body the next byte stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chunks {
    Size { size: u64, digits: u8 },
    Extension { size: u64, length: u16 },
    SizeEnd { size: u64 },
    Content { left: u64 },
    ContentEnd { seen: u8 },
    Trailer(Trailer),
}

/// The fields after the last chunk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Trailer {
    line: Vec<u8>,
    total: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Over,
}

impl Default for Chunks {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl Chunks {
    /// Follows the body through `bytes`: how many belong to it, and whether it ends there.
    pub(super) fn follow(
        &mut self,
        bytes: &[u8],
        longest_trailer: usize,
    ) -> Result<(usize, Progress), (usize, Refusal)> {
        let mut at = 0;
        while at < bytes.len() {
            if let Self::Content { left } = self {
                let step = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                *left -= step as u64;
                at += step;
                if *left == 0 {
                    *self = Self::ContentEnd { seen: 0 };
                }
                continue;
            }
            let progress =
                self.step(bytes[at], longest_trailer).map_err(|refusal| (at, refusal))?;
            at += 1;
            if progress == Progress::Over {
                return Ok((at, Progress::Over));
            }
        }
        Ok((at, Progress::More))
    }

    fn step(&mut self, byte: u8, longest_trailer: usize) -> Result<Progress, Refusal> {
        match self {
            Self::Size { size, digits } => *self = after_size(*size, *digits, byte)?,
            Self::Extension { size, length } => *self = after_extension(*size, *length, byte)?,
            Self::SizeEnd { size } => *self = after_size_line(*size, byte)?,
            Self::ContentEnd { seen } => *self = after_content(*seen, byte)?,
            Self::Trailer(trailer) => return trailer.step(byte, longest_trailer),
            // Skipped by `follow`.
            Self::Content { .. } => {}
        }
        Ok(Progress::More)
    }
}

fn after_size(size: u64, digits: u8, byte: u8) -> Result<Chunks, Refusal> {
    if let Some(digit) = char::from(byte).to_digit(16) {
        if digits == LONGEST_SIZE {
            return Err(Refusal::ChunkSize);
        }
        return Ok(Chunks::Size { size: size << 4 | u64::from(digit), digits: digits + 1 });
    }
    match byte {
        b'\r' if digits > 0 => Ok(Chunks::SizeEnd { size }),
        b';' if digits > 0 => Ok(Chunks::Extension { size, length: 0 }),
        _ => Err(Refusal::ChunkSize),
    }
}

fn after_extension(size: u64, length: u16, byte: u8) -> Result<Chunks, Refusal> {
    match byte {
        b'\r' => Ok(Chunks::SizeEnd { size }),
        b'\t' | b' '..=b'~' if length < LONGEST_EXTENSION => {
            Ok(Chunks::Extension { size, length: length + 1 })
        }
        _ => Err(Refusal::ChunkExtension),
    }
}

fn after_size_line(size: u64, byte: u8) -> Result<Chunks, Refusal> {
    match (byte, size) {
        (b'\n', 0) => Ok(Chunks::Trailer(Trailer::default())),
        (b'\n', left) => Ok(Chunks::Content { left }),
        _ => Err(Refusal::ChunkSize),
    }
}

fn after_content(seen: u8, byte: u8) -> Result<Chunks, Refusal> {
    match (seen, byte) {
        (0, b'\r') => Ok(Chunks::ContentEnd { seen: 1 }),
        (1, b'\n') => Ok(Chunks::default()),
        _ => Err(Refusal::ChunkEnd),
    }
}

impl Trailer {
    fn step(&mut self, byte: u8, longest: usize) -> Result<Progress, Refusal> {
        self.total += 1;
        if self.total > longest {
            return Err(Refusal::Trailer);
        }
        if byte != b'\n' {
            self.line.push(byte);
            return Ok(Progress::More);
        }
        match self.line.as_slice() {
            [b'\r'] => return Ok(Progress::Over),
            [line @ .., b'\r'] => check_trailer(line)?,
            _ => return Err(Refusal::Trailer),
        }
        self.line.clear();
        Ok(Progress::More)
    }
}

/// Fields that decide where a message goes or ends come too late here.
fn check_trailer(line: &[u8]) -> Result<(), Refusal> {
    let field = Field::parse(line).map_err(|_| Refusal::Trailer)?;
    let misplaced = [b"content-length".as_slice(), b"transfer-encoding", b"host", b"upgrade"];
    if misplaced.iter().any(|name| field.is_named(name)) { Err(Refusal::Trailer) } else { Ok(()) }
}
