//! From the launcher to the server.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;
use super::writer::Writer;
use crate::{Capabilities, Exit, ExitReason, Layer, LayerStatus, Usage};

const HELLO: u8 = 1;
const STARTED: u8 = 2;
const FAILED: u8 = 3;
const EXITED: u8 = 4;

/// What the launcher reports.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The first message: what this machine offers.
    Hello(Capabilities),
    Started {
        id: u64,
        pid: u32,
        memory_peak_file: Option<PathBuf>,
    },
    Failed {
        id: u64,
        step: String,
        errno: i32,
    },
    Exited {
        id: u64,
        exit: Exit,
    },
}

impl Event {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Hello(capabilities) => encode_hello(capabilities),
            Self::Started { id, pid, memory_peak_file } => {
                let mut writer = Writer::new(STARTED);
                writer.u64(*id);
                writer.u32(*pid);
                writer.text(memory_peak_file.as_ref().and_then(|path| path.to_str()).unwrap_or(""));
                writer.bytes
            }
            Self::Failed { id, step, errno } => {
                let mut writer = Writer::new(FAILED);
                writer.u64(*id);
                writer.text(step);
                writer.u32(errno.cast_unsigned());
                writer.bytes
            }
            Self::Exited { id, exit } => encode_exited(*id, exit),
        }
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            HELLO => Some(Self::Hello(Capabilities::new(reader.many(read_layer)?))),
            STARTED => {
                let (id, pid, file) = (reader.u64()?, reader.u32()?, reader.text()?);
                let memory_peak_file = (!file.is_empty()).then(|| PathBuf::from(file));
                Some(Self::Started { id, pid, memory_peak_file })
            }
            FAILED => {
                let (id, step, errno) = (reader.u64()?, reader.text()?, reader.u32()?);
                Some(Self::Failed { id, step, errno: errno.cast_signed() })
            }
            EXITED => Some(Self::Exited { id: reader.u64()?, exit: read_exit(&mut reader)? }),
            _ => None,
        }
    }
}

fn encode_hello(capabilities: &Capabilities) -> Vec<u8> {
    let mut writer = Writer::new(HELLO);
    writer.count(capabilities.layers().count());
    for (layer, status) in capabilities.layers() {
        let (tag, text) = match status {
            LayerStatus::Applied(how) => (0, how),
            LayerStatus::Weaker(reason) => (1, reason),
            LayerStatus::Unavailable(reason) => (2, reason),
        };
        writer.u8(layer.index());
        writer.u8(tag);
        writer.text(text);
    }
    writer.bytes
}

fn read_layer(reader: &mut Reader<'_>) -> Option<(Layer, LayerStatus)> {
    let layer = *Layer::ALL.get(usize::from(reader.u8()?))?;
    let status = match reader.u8()? {
        0 => LayerStatus::Applied(reader.text()?),
        1 => LayerStatus::Weaker(reader.text()?),
        2 => LayerStatus::Unavailable(reader.text()?),
        _ => return None,
    };
    Some((layer, status))
}

fn encode_exited(id: u64, exit: &Exit) -> Vec<u8> {
    let (kind, value) = match exit.reason {
        ExitReason::Code(code) => (0, code),
        ExitReason::Signal(signal) => (1, signal),
        ExitReason::LauncherLost => (2, 0),
    };
    let mut writer = Writer::new(EXITED);
    writer.u64(id);
    writer.u8(kind);
    writer.u32(value.cast_unsigned());
    writer.u8(u8::from(exit.out_of_memory));
    writer.u64(exit.usage.memory_peak);
    for span in [exit.usage.user_time, exit.usage.system_time] {
        writer.u64(u64::try_from(span.as_micros()).unwrap_or(u64::MAX));
    }
    writer.bytes
}

fn read_exit(reader: &mut Reader<'_>) -> Option<Exit> {
    let (kind, value) = (reader.u8()?, reader.u32()?.cast_signed());
    let reason = match kind {
        0 => ExitReason::Code(value),
        1 => ExitReason::Signal(value),
        2 => ExitReason::LauncherLost,
        _ => return None,
    };
    let out_of_memory = reader.u8()? == 1;
    let usage = Usage {
        memory_peak: reader.u64()?,
        user_time: Duration::from_micros(reader.u64()?),
        system_time: Duration::from_micros(reader.u64()?),
    };
    Some(Exit { reason, out_of_memory, usage })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(event: &Event) {
        assert_eq!(Event::decode(&event.encode()).as_ref(), Some(event));
    }

    #[test]
    fn events_arrive_as_they_were_sent() {
        check(&Event::Hello(Capabilities::new(vec![
            (Layer::Landlock, LayerStatus::Applied("abi 7".into())),
            (Layer::CpuLimit, LayerStatus::Unavailable("no cgroup".into())),
        ])));
        check(&Event::Started { id: 1, pid: 2, memory_peak_file: None });
        check(&Event::Started { id: 1, pid: 2, memory_peak_file: Some("/sys/x".into()) });
        check(&Event::Failed { id: 3, step: "mount /proc".into(), errno: 13 });
        let usage = Usage {
            memory_peak: 9,
            user_time: Duration::from_micros(5),
            system_time: Duration::ZERO,
        };
        check(&Event::Exited {
            id: 4,
            exit: Exit { reason: ExitReason::Signal(9), out_of_memory: true, usage },
        });
    }

    #[test]
    fn layers_are_numbered_as_they_are_listed() {
        for (number, layer) in Layer::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(layer.index()), number);
        }
    }
}
