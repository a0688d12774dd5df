//! `tidegate backup`: all that the running server's store keeps, in one file, and what lies beside it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use http::Method;
use http_body_util::BodyExt;
use serde_json::json;

use crate::arguments::{Output, Server};
use crate::exit::{Exit, Failure};
use crate::{client, locate, output};

/// Copy what the running server keeps into a file, and say what to copy beside it
///
/// The copy has the store as it is at one moment: messages, keys, usage, resources, parameters, the audit log.
/// The server goes on meanwhile. Code of functions that AWS calls made, the key of secret parameters and the
/// like are files of their own, which are named; what quotas counted is in no backup.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidegate backup monday.db
  tidegate backup /backups/$(date +%F).db --state /var/lib/tidegate")]
pub(crate) struct Backup {
    /// Where to write it; a file that exists is left alone
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(command: &Backup) -> Result<Exit, Failure> {
    let server = locate::server(&command.server)?;
    let file = std::path::absolute(&command.file)?;
    let part = part(&file);
    let unwritable = |path: &Path, error: &std::io::Error| {
        Failure::failed(format!("cannot write {}: {error}", path.display()))
    };
    if file.exists() {
        let text = format!("{} exists", file.display());
        return Err(Failure::usage(text).help("name another file; a backup replaces none"));
    }
    let mut new = OpenOptions::new();
    let mut new = new.write(true).create_new(true).mode(0o600).open(&part).map_err(|error| {
        unwritable(&part, &error).help("remove it if no other backup is being written")
    })?;
    let bytes = receive(server.admin(), &mut new);
    let bytes = bytes.and_then(|bytes| {
        let done = new.sync_all().and_then(|()| settled(&part, &file));
        done.map(|()| bytes).map_err(|error| unwritable(&file, &error))
    });
    // Under its own name by now, or of no use.
    let _ = std::fs::remove_file(&part);
    let bytes = bytes?;
    File::open(file.parent().unwrap_or(Path::new("/")))?.sync_all()?;
    let beside = client::get_json(server.admin(), "/backup")?;
    let beside: Vec<Beside> = serde_json::from_value(beside).unwrap_or_default();
    if command.output.is_json() {
        output::json(&json!({ "file": file, "bytes": bytes, "beside": beside }))?;
    } else {
        let mut text = format!("wrote {} bytes to {}\n", bytes, file.display());
        text.push_str(&told(&beside));
        output::write(text.as_bytes())?;
    }
    Ok(Exit::Done)
}

/// What is not in the copy.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Beside {
    path: PathBuf,
    holds: String,
}

fn told(beside: &[Beside]) -> String {
    if beside.is_empty() {
        return String::new();
    }
    let lines = beside.iter().map(|it| format!("  {}  {}\n", it.path.display(), it.holds));
    let lines: String = lines.collect();
    format!(
        "not in it; copy with `cp -a`, and put back into the state folder with the backup:\n{lines}"
    )
}

fn part(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Gives a file its name, unless somebody else has it by now. A hard link would do so at once, but not every
/// file system has them: FAT does not.
fn settled(part: &Path, file: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    std::fs::rename(part, file).inspect_err(|_| drop(std::fs::remove_file(file)))
}

/// Gives how many bytes came; an answer that breaks off is an error.
fn receive(admin: &str, to: &mut File) -> Result<u64, Failure> {
    let mut request = client::get(admin, "/backup")?;
    *request.method_mut() = Method::POST;
    client::block_on(async {
        let response = client::send(request).await?;
        if !response.status().is_success() {
            return Err(client::refusal(response).await);
        }
        let mut bytes = 0;
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            let frame =
                frame.map_err(|error| Failure::failed(format!("the backup broke off: {error}")))?;
            if let Some(data) = frame.data_ref() {
                to.write_all(data)?;
                bytes += data.len() as u64;
            }
        }
        Ok(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_gets_its_name_without_a_link_and_takes_it_from_nobody() {
        let folder = std::env::temp_dir().join(format!("tidegate-backup-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let (file, part) = (folder.join("monday.db"), folder.join("monday.db.part"));
        std::fs::write(&part, "new").unwrap();
        settled(&part, &file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert!(!part.exists(), "it was renamed, not linked");
        std::fs::write(&part, "newer").unwrap();
        let taken = settled(&part, &file).unwrap_err();
        assert_eq!(taken.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
