//! Takes a `multipart/form-data` body apart, with the messages that the original's parser gives.

/// What is wrong with a body, in the original's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    #[error("Unexpected mimetype in content-type: '{0}'")]
    NotMultipart(String),
    #[error("'MultipartDecoder' object has no attribute 'boundary'")]
    NoBoundary,
    #[error("content does not contain CR-LF-CR-LF")]
    NoHeaders,
    #[error("b'content-disposition'")]
    NoContentDisposition,
    #[error("invalid content disposition, missing name")]
    NoName,
}

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    pub name: String,
    pub content: &'a [u8],
}

/// The parts in order. A part is read only when it is reached, but all must have headers.
pub fn parts<'a>(
    body: &'a [u8],
    content_type: &str,
) -> Result<impl Iterator<Item = Result<Part<'a>, MultipartError>> + use<'a>, MultipartError> {
    let delimiter = format!("--{}", boundary(content_type)?);
    let sections = split(body, format!("\r\n{delimiter}").as_bytes())
        .into_iter()
        .filter(|section| !is_between_parts(section))
        .map(|section| headers_and_content(section, delimiter.as_bytes()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(sections.into_iter().map(|(headers, content)| {
        let disposition =
            content_disposition(headers).ok_or(MultipartError::NoContentDisposition)?;
        let name = name(&disposition).ok_or(MultipartError::NoName)?;
        Ok(Part { name, content })
    }))
}

fn boundary(content_type: &str) -> Result<&str, MultipartError> {
    let mut pieces = content_type.split(';').map(str::trim);
    let media_type = pieces.next().unwrap_or_default();
    let kind = media_type.split('/').next().unwrap_or_default();
    if !kind.eq_ignore_ascii_case("multipart") {
        return Err(MultipartError::NotMultipart(media_type.to_owned()));
    }
    pieces
        .filter_map(|piece| piece.split_once('='))
        .filter(|(attribute, _)| attribute.eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value.trim_matches('"'))
        .next_back()
        .ok_or(MultipartError::NoBoundary)
}

fn split<'a>(mut text: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = find(text, separator) {
        pieces.push(&text[..at]);
        text = &text[at + separator.len()..];
    }
    pieces.push(text);
    pieces
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// What remains around and after the delimiters.
fn is_between_parts(section: &[u8]) -> bool {
    matches!(section, b"" | b"\r\n" | b"--") || section.starts_with(b"--\r\n")
}

fn headers_and_content<'a>(
    section: &'a [u8],
    delimiter: &[u8],
) -> Result<(&'a [u8], &'a [u8]), MultipartError> {
    const END: &[u8] = b"\r\n\r\n";
    let section = section.strip_prefix(delimiter).unwrap_or(section);
    let end = find(section, END).ok_or(MultipartError::NoHeaders)?;
    Ok((&section[..end], &section[end + END.len()..]))
}

/// The last `Content-Disposition`. Headers end at the first line that is not one.
fn content_disposition(headers: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(headers);
    let mut fields: Vec<(&str, String)> = Vec::new();
    for line in text.trim_start().lines() {
        if line.starts_with([' ', '\t']) {
            fields.last_mut()?.1.push_str(line);
            continue;
        }
        let Some((field, value)) = line.split_once(':') else {
            break;
        };
        fields.push((field, value.to_owned()));
    }
    let named = |(field, _): &(&str, String)| field.eq_ignore_ascii_case("content-disposition");
    fields.into_iter().rfind(named).map(|(_, value)| value)
}

/// The value of the parameter `name` if it is a word. `filename` is another parameter.
fn name(disposition: &str) -> Option<String> {
    const PARAMETER: &str = "name=\"";
    disposition.match_indices(PARAMETER).find_map(|(at, _)| {
        let before = disposition[..at].chars().next_back();
        if before.is_some_and(is_word) {
            return None;
        }
        let (value, _) = disposition[at + PARAMETER.len()..].split_once('"')?;
        (!value.is_empty() && value.chars().all(is_word)).then(|| value.to_owned())
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &str, body: &str, expected: Result<&[(&str, &str)], MultipartError>) {
        let found = parts(body.as_bytes(), content_type).and_then(|parts| {
            parts.map(|part| part.map(|part| (part.name, part.content.to_vec()))).collect()
        });
        let expected = expected.map(|parts| {
            let owned =
                |(name, content): &(&str, &str)| (name.to_string(), content.as_bytes().to_vec());
            parts.iter().map(owned).collect::<Vec<_>>()
        });
        assert_eq!(found, expected, "{content_type} {body:?}");
    }

    const FORM: &str = "multipart/form-data; boundary=B";

    #[test]
    fn parts_are_named_by_their_content_disposition() {
        let disposition = "Content-Disposition: form-data; name";
        check(
            FORM,
            &format!("--B\r\n{disposition}=\"a\"\r\n\r\n1\r\n--B--\r\n"),
            Ok(&[("a", "1")]),
        );
        check(
            "Multipart/Form-Data; charset=x; Boundary=\"B\"",
            &format!(
                "--B\r\n{disposition}=\"a\"\r\n\r\n1\r\n2\r\n--B\r\ncontent-disposition: form-data;\r\n  filename=\"f\"; name=\"b_2\"\r\nX: y\r\n\r\n\r\n--B--"
            ),
            Ok(&[("a", "1\r\n2"), ("b_2", "")]),
        );
        check(FORM, "", Ok(&[]));
        check(
            FORM,
            &format!("--B\r\n{disposition}=\"a-b\"\r\n\r\n\r\n--B--"),
            Err(MultipartError::NoName),
        );
        check(
            FORM,
            &format!("--B\r\n{disposition}=a\r\n\r\n\r\n--B--"),
            Err(MultipartError::NoName),
        );
        check(FORM, "--B\r\nX: y\r\n\r\n\r\n--B--", Err(MultipartError::NoContentDisposition));
        check(
            FORM,
            &format!("--C\r\n{disposition}=\"a\"\r\n\r\n1\r\n--C--"),
            Err(MultipartError::NoContentDisposition),
        );
        check(FORM, "--B\r\nX: y\r\n--B--", Err(MultipartError::NoHeaders));
    }

    #[test]
    fn the_content_type_must_name_a_boundary() {
        let other = MultipartError::NotMultipart("text/plain".into());
        check("text/plain; charset=utf-8", "", Err(other));
        check("", "", Err(MultipartError::NotMultipart(String::new())));
        check("multipart/form-data; charset=utf-8", "", Err(MultipartError::NoBoundary));
    }
}
