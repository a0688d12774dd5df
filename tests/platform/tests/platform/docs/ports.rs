//! Puts the ports that are free here in the place of those that a document shows.

/// All at once, since a free port may begin with the digits of a shown one.
pub(super) fn replace(text: &str, ports: &[(&str, &str)]) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find([':', ' ']) {
        let (before, after) = rest.split_at(at + 1);
        replaced.push_str(before);
        rest = after;
        let is_port = before.ends_with(':') || before.ends_with("-p ");
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        if is_port && let Some((_, free)) = ports.iter().find(|(shown, _)| *shown == number) {
            replaced.push_str(free);
            rest = after;
        }
    }
    replaced + rest
}

#[test]
fn shown_ports_become_free_ones() {
    let ports = [("3000", "45671"), ("4567", "30001"), ("6379", "7000")];
    for (shown, expected) in [
        ("curl http://localhost:3000/a:b", "curl http://localhost:45671/a:b"),
        ("http://h:4567 http://h:3000", "http://h:30001 http://h:45671"),
        ("redis-cli -p 6379 get x:3000", "redis-cli -p 7000 get x:45671"),
        ("limit 3000, :30001, at 10:45:00", "limit 3000, :30001, at 10:45:00"),
    ] {
        assert_eq!(replace(shown, &ports), expected);
    }
}
