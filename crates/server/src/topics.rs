//! The topics of a running server: made real from resources, signed with a key of its own, and
//! reached by deliveries.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use messaging::topic::{Mail, Message, PublishError, Signer, SignerProblem};
use messaging::{SignerSource, TopicSettings, Topics};
use model::{
    Account, Clock, DeliverError, Delivered, Delivery, MessageOptions, Snapshot, Subscription,
    Topic, TopicName,
};
use rustix::rand::{GetRandomFlags, getrandom};
use store::PublicationStore;

use crate::options::MailOptions;
use crate::resources::{Install, Installing};
use crate::start::StartError;
use crate::trouble::Trouble;

/// The key's file in the state folder.
const KEY: &str = "topics.pem";

/// What [`open`] needs of the server.
pub(crate) struct Needs<'a> {
    pub(crate) store: Arc<dyn PublicationStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) account: Account,
    /// Where clients reach the AWS port.
    pub(crate) address: String,
    pub(crate) mail: Option<&'a MailOptions>,
    /// The state folder.
    pub(crate) folder: &'a Path,
}

/// Without topics until resources are installed.
pub(crate) fn open(needs: Needs<'_>) -> Result<Arc<Topics>, StartError> {
    // Tokens that confirm subscriptions come of it.
    let mut seed = [0; 8];
    let filled = getrandom(&mut seed, GetRandomFlags::empty());
    filled.map_err(|error| StartError::machine("random numbers")(error.into()))?;
    let mail = needs.mail.map(|mail| Mail::new(&mail.url, &mail.from)).transpose();
    let mail = mail.map_err(|problem| StartError::Trouble(Trouble::from(problem.to_string())))?;
    Ok(Topics::new(TopicSettings {
        store: needs.store,
        clock: needs.clock,
        account: needs.account,
        seed: u64::from_ne_bytes(seed),
        address: needs.address,
        mail,
        signer: signer(needs.folder.join(KEY)),
        runtime: tokio::runtime::Handle::current(),
    }))
}

/// The key of this file, which is made when a message is signed for the first time.
fn signer(path: PathBuf) -> SignerSource {
    Arc::new(move || {
        let told = |problem: std::io::Error| {
            SignerProblem::of(format_args!("{}: {problem}", path.display()))
        };
        if path.exists() {
            return Signer::from_pem(&fs::read_to_string(&path).map_err(told)?);
        }
        let (signer, text) = Signer::generate()?;
        write(&path, &text).map_err(told)?;
        Ok(signer)
    })
}

/// Whole or not at all, and for nobody else to read.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let aside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

pub(crate) struct Owner(pub(crate) Arc<Topics>);

impl Install for Owner {
    fn install<'a>(&'a self, all: &'a Snapshot) -> Installing<'a, ()> {
        let topics = all.all::<Topic>().cloned().collect();
        let subscriptions = all.all::<Subscription>().cloned().collect();
        Box::pin(self.0.install(topics, subscriptions))
    }
}

/// An event becomes a message.
pub(crate) async fn deliver(
    topics: &Arc<Topics>,
    name: &TopicName,
    options: MessageOptions,
    delivery: Delivery,
) -> Result<Delivered, DeliverError> {
    let body = String::from_utf8(delivery.payload.into());
    let body = body.map_err(|_| {
        let text = format!("the event for topic `{name}` is not UTF-8, which it must be");
        DeliverError::Refused(text)
    })?;
    let MessageOptions { group, deduplication, attributes, subject } = options;
    let message = Message { body, subject, attributes, group, deduplication, ..Message::default() };
    match topics.publish(name, message).await {
        Ok(receipt) => Ok(Delivered { id: receipt.id }),
        Err(PublishError::NoTopic) => Err(DeliverError::NotFound(format!("topic `{name}`"))),
        Err(error @ PublishError::Unavailable(_)) => {
            Err(DeliverError::Unavailable(error.to_string()))
        }
        Err(error) => Err(DeliverError::Refused(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_nobody_elses() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(KEY);
        let source = signer(path.clone());
        let first = source().expect("a key");
        let again = signer(path.clone())().expect("a key");
        assert_eq!(again.file(), first.file());
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&path, "damaged").expect("written");
        let refused = signer(path)().expect_err("refused").to_string();
        assert!(refused.contains("no certificate"), "{refused}");
    }
}
