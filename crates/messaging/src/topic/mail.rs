//! Sends mail through an SMTP server.

use lettre::address::AddressError;
use lettre::message::{Mailbox, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

/// An SMTP server and who the mail is from.
#[derive(Clone)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MailProblem(String);

/// Whether it makes sense to send a mail again.
pub(super) enum Unsent {
    Again(String),
    Never(String),
}

impl Mail {
    /// `url` is `smtp://host:port`, with TLS `smtps://`, or `smtp://host?tls=required` for
    /// STARTTLS; a user and a password stand before the host. `from` is an address, also with a
    /// name: `News <news@example.com>`.
    pub fn new(url: &str, from: &str) -> Result<Self, MailProblem> {
        // What the library says of a URL is of its own making, and may show a password.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
            MailProblem(
                "the SMTP server's URL is not usable: it is smtp://HOST:PORT, with TLS \
                 smtps://HOST:PORT or smtp://HOST:PORT?tls=required (or opportunistic), and \
                 USER:PASSWORD@ before the host where it wants them"
                    .to_owned(),
            )
        })?;
        let from = from.parse().map_err(|error| {
            MailProblem(format!("`{from}` is no address to send mail from: {error}"))
        })?;
        Ok(Self { transport: transport.build(), from })
    }

    /// `sender` is shown as the mail's author.
    pub(super) async fn send(
        &self,
        sender: &str,
        to: &str,
        subject: &str,
        text: String,
    ) -> Result<(), Unsent> {
        let message = self.written(sender, to, subject, text).map_err(Unsent::Never)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(Unsent::Never(error.to_string())),
            Err(error) => Err(Unsent::Again(error.to_string())),
        }
    }

    fn written(
        &self,
        sender: &str,
        to: &str,
        subject: &str,
        text: String,
    ) -> Result<lettre::Message, String> {
        let to: Mailbox = to.parse().map_err(|error: AddressError| error.to_string())?;
        let mut from = self.from.clone();
        if !sender.is_empty() {
            from.name = Some(sender.to_owned());
        }
        let message = lettre::Message::builder().from(from).to(to).subject(subject);
        message.singlepart(SinglePart::plain(text)).map_err(|error| error.to_string())
    }
}

/// Without the password.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("from", &self.from.to_string()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_may_be_of_any_script() {
        let mail = Mail::new("smtp://h:25", "news@example.com").expect("a server");
        let written = |subject| {
            let message = mail.written("", "ada@example.com", subject, "text".to_owned());
            String::from_utf8(message.expect("a mail").formatted()).expect("text")
        };
        assert!(written("hello").contains("\r\nSubject: hello\r\n"));
        let umlaut = written("\u{dc}ber");
        assert!(umlaut.contains("\r\nSubject: =?utf-8?b?w5xiZXI=?=\r\n"), "{umlaut}");
    }

    #[test]
    fn a_url_that_is_none_is_refused_in_words_of_our_own() {
        let from = "news@example.com";
        for url in ["smtp://h:25", "smtps://me:secret@h", "smtp://h?tls=required"] {
            assert!(Mail::new(url, from).is_ok(), "{url}");
        }
        for url in ["smtp://me:secret@h?tls=none", "http://h", "h:25"] {
            let told = Mail::new(url, from).expect_err(url).to_string();
            assert!(told.contains("smtp://HOST:PORT?tls=required"), "{told}");
            assert!(!told.contains("TLS features") && !told.contains("secret"), "{told}");
        }
    }
}
