//! What must hold whatever the manifest is.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::{Inputs, Look};

const EVERY_KEY: &str = include_str!("../../cases/accepted/every-key.case");

fn read(text: &[u8]) -> Result<model::Stack, Problems> {
    let inputs = Inputs {
        environment: [("REDIS_URL".to_owned(), "redis://127.0.0.1".to_owned())].into(),
        set: vec![("rpm".to_owned(), "60".to_owned())],
        ..Inputs::default()
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/fixture/tidegate.yaml");
    crate::read_bytes(&folder, text.to_vec(), &inputs).map(|read| read.stack)
}

/// Drawing and serializing must cope with whatever places reading came up with.
fn survives(text: &[u8]) {
    let _ = parse_bytes(text);
    if let Err(problems) = read(text) {
        assert!(problems.len() > 0);
        let drawn = problems.render(Look::Plain);
        assert!(!drawn.contains("Failed to read contents"), "{drawn}");
        problems.render(Look::Graphical { width: 80 });
        for problem in problems.to_json() {
            assert!(problem["code"].as_str().is_some_and(|code| code.starts_with('E')));
        }
    }
}

/// The manifest that uses every key, with one range of it replaced.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let manifest = EVERY_KEY.split("\n---\n").next().unwrap_or_default().as_bytes();
    let piece = prop_oneof![
        "[ -~\n\t]{0,12}",
        Just("${param:".to_owned()),
        Just("${env:X, \u{1f30a}}".to_owned()),
        Just("&a [*a, *a]".to_owned()),
        Just("\n- ".to_owned()),
        Just(": {".to_owned()),
        Just("é\r\n".to_owned()),
        Just("{proxy+}".to_owned()),
        Just("99999999999999999999".to_owned()),
    ];
    (0..manifest.len(), 0_usize..40, piece).prop_map(move |(start, length, piece)| {
        let end = (start + length).min(manifest.len());
        [&manifest[..start], piece.as_bytes(), &manifest[end..]].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn arbitrary_text_is_survived(text in "[ -~é\n\t:{}&*!|>'\"-]{0,120}") {
        survives(text.as_bytes());
    }

    #[test]
    fn mutated_manifests_are_survived(manifest in mutated()) {
        survives(&manifest);
    }
}

#[test]
fn defaults_agree_with_the_model() {
    let stack = read(b"name: x\nparameters: { rpm: {} }\nupstreams:\n  a: { url: 'http://a', timeouts: {} }\nlisten: {}\n");
    let stack = stack.expect("a good manifest");
    let upstream = stack.upstreams.values().next().expect("an upstream");
    assert_eq!(upstream.timeouts, model::UpstreamTimeouts::default());
    assert_eq!(stack.listener, model::Listener::default());
}

#[test]
fn a_million_brackets_are_refused_quickly() {
    survives("[".repeat(1_000_000).as_bytes());
    survives("{a: ".repeat(200_000).as_bytes());
    survives("- ".repeat(500_000).as_bytes());
}
