//! A file of counts that somebody else wrote, or a disk: a header is whole, or refused.

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
});
