//! From the server to the launcher.

use std::ffi::CStr;
use std::os::unix::ffi::OsStrExt;

use model::{ByteSize, SandboxMode};

use super::reader::Reader;
use super::writer::Writer;
use crate::channel::MAX_MESSAGE;
use crate::{Access, ResourceLimits, SpawnError, Spec};

const START: u8 = 1;
const SIGNAL: u8 = 2;
const KILL: u8 = 3;
const EXPECT: u8 = 4;
const PLACE: u8 = 5;

/// What the launcher is asked to do; `id` is the server's name for the process.
#[derive(Debug)]
pub(crate) enum Request<'a> {
    Start(StartRequest<'a>),
    Signal {
        id: u64,
        signal: i32,
    },
    Kill {
        id: u64,
    },
    Expect(Expected),
    /// `None`: wherever there is room.
    Place {
        id: u64,
        processor: Option<u16>,
    },
}

/// What a start that is likely to come will ask for, of what is decided ahead of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    pub(crate) mode: SandboxMode,
    pub(crate) temporary: ByteSize,
    pub(crate) limits: ResourceLimits,
}

/// A [`Spec`] as it lies in the received message, ready to be handed to `execve`.
#[derive(Debug)]
pub(crate) struct StartRequest<'a> {
    pub(crate) id: u64,
    pub(crate) mode: SandboxMode,
    pub(crate) temporary: ByteSize,
    pub(crate) limits: ResourceLimits,
    pub(crate) stdio: StdioMask,
    pub(crate) program: &'a CStr,
    pub(crate) working_directory: &'a CStr,
    /// Without the program's own name.
    pub(crate) arguments: Vec<&'a CStr>,
    /// `NAME=value`.
    pub(crate) environment: Vec<&'a CStr>,
    pub(crate) binds: Vec<BindRequest<'a>>,
}

#[derive(Debug)]
pub(crate) struct BindRequest<'a> {
    pub(crate) source: &'a CStr,
    pub(crate) target: &'a CStr,
    pub(crate) access: Access,
}

/// Which of standard input, output and error come with the message, in this order, before the
/// inherited descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StdioMask(pub(crate) u8);

impl StdioMask {
    pub(crate) fn has(self, fd: usize) -> bool {
        self.0 >> fd & 1 == 1
    }
}

impl<'a> Request<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            START => StartRequest::read(&mut reader).map(Self::Start),
            SIGNAL => Some(Self::Signal { id: reader.u64()?, signal: reader.u32()?.cast_signed() }),
            KILL => Some(Self::Kill { id: reader.u64()? }),
            EXPECT => Some(Self::Expect(Expected {
                mode: mode_from_byte(reader.u8()?)?,
                temporary: ByteSize(reader.u64()?),
                limits: read_limits(&mut reader)?,
            })),
            PLACE => Some(Self::Place {
                id: reader.u64()?,
                processor: reader.u32()?.checked_sub(1).and_then(|number| number.try_into().ok()),
            }),
            _ => None,
        }
    }

    pub(crate) fn encode_place(id: u64, processor: Option<u16>) -> Vec<u8> {
        let mut writer = Writer::new(PLACE);
        writer.u64(id);
        writer.u32(processor.map_or(0, |number| u32::from(number) + 1));
        writer.bytes
    }

    pub(crate) fn encode_signal(id: u64, signal: i32) -> Vec<u8> {
        let mut writer = Writer::new(SIGNAL);
        writer.u64(id);
        writer.u32(signal.cast_unsigned());
        writer.bytes
    }

    pub(crate) fn encode_kill(id: u64) -> Vec<u8> {
        let mut writer = Writer::new(KILL);
        writer.u64(id);
        writer.bytes
    }
}

pub(crate) fn encode_expect(spec: &Spec) -> Vec<u8> {
    let mut writer = Writer::new(EXPECT);
    writer.u8(mode_to_byte(spec.mode));
    writer.u64(spec.temporary.0);
    write_limits(&mut writer, &spec.limits);
    writer.bytes
}

pub(crate) fn encode_start(id: u64, spec: &Spec) -> Result<Vec<u8>, SpawnError> {
    check_zero_bytes(spec)?;
    let mut writer = Writer::new(START);
    writer.u64(id);
    writer.u8(mode_to_byte(spec.mode));
    writer.u64(spec.temporary.0);
    write_limits(&mut writer, &spec.limits);
    let stdio = [&spec.stdin, &spec.stdout, &spec.stderr];
    writer.u8(stdio
        .iter()
        .enumerate()
        .fold(0, |mask, (n, file)| mask | u8::from(file.is_some()) << n));
    writer.path(&spec.program);
    writer.path(&spec.working_directory);
    writer.count(spec.arguments.len());
    for argument in &spec.arguments {
        writer.c_string(&[argument.as_bytes()]);
    }
    writer.count(spec.environment.len());
    for (name, value) in &spec.environment {
        writer.c_string(&[name.as_bytes(), b"=", value.as_bytes()]);
    }
    writer.count(spec.binds.len());
    for bind in &spec.binds {
        writer.path(&bind.source);
        writer.path(&bind.target);
        writer.u8(u8::from(bind.access == Access::ReadWrite));
    }
    let size = writer.bytes.len();
    if size > MAX_MESSAGE {
        return Err(SpawnError::TooLarge { size, max: MAX_MESSAGE });
    }
    Ok(writer.bytes)
}

fn write_limits(writer: &mut Writer, limits: &ResourceLimits) {
    writer.u64(limits.memory.map_or(0, |memory| memory.0));
    writer.u32(limits.processes);
    writer.u64(limits.cpus.unwrap_or(0.0).to_bits());
    writer.u32(limits.open_files);
}

fn check_zero_bytes(spec: &Spec) -> Result<(), SpawnError> {
    let check = |what, bytes: &[u8]| match bytes.contains(&0) {
        true => Err(SpawnError::ZeroByte { what }),
        false => Ok(()),
    };
    check("the program's path", spec.program.as_os_str().as_bytes())?;
    check("the working directory's path", spec.working_directory.as_os_str().as_bytes())?;
    for argument in &spec.arguments {
        check("an argument", argument.as_bytes())?;
    }
    for (name, value) in &spec.environment {
        check("an environment variable", name.as_bytes())?;
        check("an environment variable", value.as_bytes())?;
    }
    for bind in &spec.binds {
        check("a bound folder's path", bind.source.as_os_str().as_bytes())?;
        check("a bound folder's path", bind.target.as_os_str().as_bytes())?;
    }
    Ok(())
}

impl<'a> StartRequest<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        Some(Self {
            id: reader.u64()?,
            mode: mode_from_byte(reader.u8()?)?,
            temporary: ByteSize(reader.u64()?),
            limits: read_limits(reader)?,
            stdio: StdioMask(reader.u8()?),
            program: reader.c_string()?,
            working_directory: reader.c_string()?,
            arguments: reader.many(Reader::c_string)?,
            environment: reader.many(Reader::c_string)?,
            binds: reader.many(read_bind)?,
        })
    }
}

fn read_limits(reader: &mut Reader<'_>) -> Option<ResourceLimits> {
    let memory = reader.u64()?;
    let processes = reader.u32()?;
    let cpus = f64::from_bits(reader.u64()?);
    let open_files = reader.u32()?;
    Some(ResourceLimits {
        memory: (memory > 0).then_some(ByteSize(memory)),
        processes,
        cpus: (cpus > 0.0).then_some(cpus),
        open_files,
    })
}

fn read_bind<'a>(reader: &mut Reader<'a>) -> Option<BindRequest<'a>> {
    let source = reader.c_string()?;
    let target = reader.c_string()?;
    let access = if reader.u8()? == 1 { Access::ReadWrite } else { Access::ReadOnly };
    Some(BindRequest { source, target, access })
}

fn mode_to_byte(mode: SandboxMode) -> u8 {
    match mode {
        SandboxMode::Required => 0,
        SandboxMode::BestEffort => 1,
        SandboxMode::Off => 2,
    }
}

fn mode_from_byte(byte: u8) -> Option<SandboxMode> {
    match byte {
        0 => Some(SandboxMode::Required),
        1 => Some(SandboxMode::BestEffort),
        2 => Some(SandboxMode::Off),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bind;

    #[test]
    fn a_start_request_arrives_as_it_was_sent() {
        let mut spec = Spec::new("/var/task/bootstrap", SandboxMode::BestEffort);
        spec.arguments = vec!["one".into()];
        spec.environment = vec![("A".into(), "b=c".into())];
        spec.binds = vec![Bind::read_write("/srv/data", "/mnt/data")];
        spec.limits.memory = Some(ByteSize::mib(128));
        spec.limits.cpus = Some(0.5);
        let bytes = encode_start(7, &spec).unwrap();
        let Some(Request::Start(start)) = Request::decode(&bytes) else {
            panic!("not a start request")
        };
        assert_eq!((start.id, start.mode, start.limits), (7, SandboxMode::BestEffort, spec.limits));
        assert_eq!(start.program, c"/var/task/bootstrap");
        assert_eq!((start.arguments, start.environment), (vec![c"one"], vec![c"A=b=c"]));
        assert_eq!(start.binds[0].access, Access::ReadWrite);
        assert!(Request::decode(&bytes[..bytes.len() - 1]).is_none());
        let bytes = encode_expect(&spec);
        let Some(Request::Expect(expected)) = Request::decode(&bytes) else {
            panic!("not an expectation")
        };
        assert_eq!((expected.mode, expected.limits), (SandboxMode::BestEffort, spec.limits));
    }

    #[test]
    fn a_place_is_a_processor_or_any() {
        for sent in [None, Some(0), Some(17)] {
            match Request::decode(&Request::encode_place(3, sent)) {
                Some(Request::Place { id: 3, processor }) => assert_eq!(processor, sent),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn zero_bytes_and_oversized_environments_are_named() {
        let mut spec = Spec::new("/x", SandboxMode::Off);
        spec.environment = vec![("A".into(), "b\0c".into())];
        assert_eq!(
            encode_start(1, &spec).unwrap_err().to_string(),
            "an environment variable contains a zero byte"
        );
        spec.environment = vec![("A".into(), "b".repeat(MAX_MESSAGE).into())];
        assert!(matches!(encode_start(1, &spec), Err(SpawnError::TooLarge { .. })));
    }
}
