//! A file of counts that somebody else wrote, or a disk: a header is whole, or refused. A line of the file beside
//! it names a paused key, or nobody.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if limits::fuzzing::is_counts_header(bytes) {
        // One changed bit of what the checksum covers, or of the checksum, is noticed.
        for bit in 0..80 * 8 {
            let mut changed = bytes.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!limits::fuzzing::is_counts_header(&changed), "bit {bit}");
        }
    }
    for line in String::from_utf8_lossy(bytes).lines() {
        let is_name = limits::fuzzing::is_pause_name(line);
        assert!(!is_name || line.split(' ').count() > 3, "{line}");
    }
});
