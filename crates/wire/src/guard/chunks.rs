//! A chunked body.

use super::Refusal;
use super::field::Field;

/// Sixteen digits would be the whole of 64 bits; hyper keeps marks at the top.
const LONGEST_SIZE: u8 = 15;
const LONGEST_EXTENSION: u16 = 1024;

/// Follows a chunked body. It only looks: bytes are the caller's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunks(At);

/// Where in a chunked body the next byte stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    Size { size: u64, digits: u8 },
    Extension { size: u64, length: u16 },
    SizeEnd { size: u64 },
    Content { left: u64 },
    ContentEnd { seen: u8 },
    Trailer(Trailer),
}

/// The fields after the last chunk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Trailer {
    /// With its line end, once that has come.
    line: Vec<u8>,
    total: usize,
}

/// What bytes of a chunked body are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Framing,
    Content,
    /// The last of them complete a field of the trailer.
    Field,
    /// The last of them end the body.
    End,
}

impl Default for At {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl Chunks {
    /// Tells how many bytes at the front are one part, and which. What follows is fed next.
    pub fn read(
        &mut self,
        bytes: &[u8],
        longest_trailer: usize,
    ) -> Result<(usize, Part), (usize, Refusal)> {
        if let At::Content { left } = &mut self.0 {
            let step = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
            *left -= step as u64;
            if *left == 0 {
                self.0 = At::ContentEnd { seen: 0 };
            }
            return Ok((step, Part::Content));
        }
        for (at, byte) in bytes.iter().enumerate() {
            let part = self.step(*byte, longest_trailer).map_err(|refusal| (at, refusal))?;
            if part != Part::Framing || matches!(self.0, At::Content { .. }) {
                return Ok((at + 1, part));
            }
        }
        Ok((bytes.len(), Part::Framing))
    }

    /// The name and the value of the field that was read last, until more is read.
    pub fn field(&self) -> Option<(&[u8], &[u8])> {
        let At::Trailer(Trailer { line, .. }) = &self.0 else { return None };
        let field = Field::parse(line.strip_suffix(b"\r\n")?).ok()?;
        Some((field.name, field.value))
    }

    fn step(&mut self, byte: u8, longest_trailer: usize) -> Result<Part, Refusal> {
        match &mut self.0 {
            At::Size { size, digits } => self.0 = after_size(*size, *digits, byte)?,
            At::Extension { size, length } => self.0 = after_extension(*size, *length, byte)?,
            At::SizeEnd { size } => self.0 = after_size_line(*size, byte)?,
            At::ContentEnd { seen } => self.0 = after_content(*seen, byte)?,
            At::Trailer(trailer) => return trailer.step(byte, longest_trailer),
            // Read as a whole.
            At::Content { .. } => {}
        }
        Ok(Part::Framing)
    }
}

fn after_size(size: u64, digits: u8, byte: u8) -> Result<At, Refusal> {
    if let Some(digit) = char::from(byte).to_digit(16) {
        if digits == LONGEST_SIZE {
            return Err(Refusal::ChunkSize);
        }
        return Ok(At::Size { size: size << 4 | u64::from(digit), digits: digits + 1 });
    }
    match byte {
        b'\r' if digits > 0 => Ok(At::SizeEnd { size }),
        b';' if digits > 0 => Ok(At::Extension { size, length: 0 }),
        _ => Err(Refusal::ChunkSize),
    }
}

fn after_extension(size: u64, length: u16, byte: u8) -> Result<At, Refusal> {
    match byte {
        b'\r' => Ok(At::SizeEnd { size }),
        b'\t' | b' '..=b'~' if length < LONGEST_EXTENSION => {
            Ok(At::Extension { size, length: length + 1 })
        }
        _ => Err(Refusal::ChunkExtension),
    }
}

fn after_size_line(size: u64, byte: u8) -> Result<At, Refusal> {
    match (byte, size) {
        (b'\n', 0) => Ok(At::Trailer(Trailer::default())),
        (b'\n', left) => Ok(At::Content { left }),
        _ => Err(Refusal::ChunkSize),
    }
}

fn after_content(seen: u8, byte: u8) -> Result<At, Refusal> {
    match (seen, byte) {
        (0, b'\r') => Ok(At::ContentEnd { seen: 1 }),
        (1, b'\n') => Ok(At::default()),
        _ => Err(Refusal::ChunkEnd),
    }
}

impl Trailer {
    fn step(&mut self, byte: u8, longest: usize) -> Result<Part, Refusal> {
        self.total += 1;
        if self.total > longest {
            return Err(Refusal::Trailer);
        }
        if self.line.ends_with(b"\n") {
            self.line.clear();
        }
        self.line.push(byte);
        if byte != b'\n' {
            return Ok(Part::Framing);
        }
        match self.line.as_slice() {
            b"\r\n" => Ok(Part::End),
            [line @ .., b'\r', b'\n'] => check_trailer(line).map(|()| Part::Field),
            _ => Err(Refusal::Trailer),
        }
    }
}

/// Fields that decide where a message goes or ends come too late here.
fn check_trailer(line: &[u8]) -> Result<(), Refusal> {
    let field = Field::parse(line).map_err(|_| Refusal::Trailer)?;
    let misplaced = [b"content-length".as_slice(), b"transfer-encoding", b"host", b"upgrade"];
    if misplaced.iter().any(|name| field.is_named(name)) { Err(Refusal::Trailer) } else { Ok(()) }
}
