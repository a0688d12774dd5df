//! MD5 of up to eight texts side by side. Each step of a sum waits for the step before it, so that a processor
//! has time for those of all others meanwhile.
//! <https://www.rfc-editor.org/rfc/rfc1321>

/// The most texts that are worth it at once: with more, a processor has more words to keep than registers.
pub(super) const LANES: usize = 8;

const BLOCK: usize = 64;
const BEGIN: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// The integer part of 2^32 * |sin(i + 1)|.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// One word of each text.
type Words<const N: usize> = [u32; N];

/// The sums of so many texts or fewer; the rest means nothing.
pub(super) fn digests<const N: usize>(texts: &[&str]) -> [[u8; 16]; N] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return in_wide_registers(texts);
    }
    side_by_side(texts)
}

/// For a processor that works on eight words at once.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "only the caller knows the processor")]
fn in_wide_registers<const N: usize>(texts: &[&str]) -> [[u8; 16]; N] {
    #[target_feature(enable = "avx2")]
    fn wide<const N: usize>(texts: &[&str]) -> [[u8; 16]; N] {
        side_by_side(texts)
    }
    // SAFETY: the one caller has asked the processor whether it has these instructions.
    unsafe { wide(texts) }
}

#[inline(always)]
fn side_by_side<const N: usize>(texts: &[&str]) -> [[u8; 16]; N] {
    let text = |lane: usize| texts.get(lane).copied().unwrap_or_default().as_bytes();
    let texts: [Blocks<'_>; N] = std::array::from_fn(|lane| Blocks::of(text(lane)));
    let mut counts = texts.each_ref().map(Blocks::count);
    let mut sums = [[0; 16]; N];
    let mut states = BEGIN.map(|word| [word; N]);
    counts.sort_unstable();
    // The longest goes on alone once the others are done.
    let shared = counts[N - 2];
    for at in 0..shared {
        compress(&mut states, &words(texts.each_ref().map(|text| text.block(at))));
        for (lane, text) in texts.iter().enumerate() {
            if at + 1 == text.count() {
                sums[lane] = sum(states.map(|words| words[lane]));
            }
        }
    }
    for (lane, text) in texts.iter().enumerate() {
        if text.count() > shared {
            let mut state = states.map(|words| [words[lane]]);
            for at in shared..text.count() {
                compress(&mut state, &words([text.block(at)]));
            }
            sums[lane] = sum(state.map(|[word]| word));
        }
    }
    sums
}

/// A text as blocks, the last of which tell its length.
struct Blocks<'a> {
    full: &'a [[u8; BLOCK]],
    last: [[u8; BLOCK]; 2],
}

impl<'a> Blocks<'a> {
    fn of(text: &'a [u8]) -> Self {
        let (full, rest) = text.as_chunks();
        let mut last = [0; 2 * BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        last[rest.len()] = 0x80;
        let end = if rest.len() < BLOCK - 8 { BLOCK } else { 2 * BLOCK };
        let bits = (text.len() as u64).wrapping_mul(8);
        last[end - 8..end].copy_from_slice(&bits.to_le_bytes());
        let mut blocks = [[0; BLOCK]; 2];
        blocks.as_flattened_mut().copy_from_slice(&last);
        Self { full, last: blocks }
    }

    fn count(&self) -> usize {
        // The second of the last holds a length, which is never all zeros, or is not needed.
        self.full.len() + if self.last[1] == [0; BLOCK] { 1 } else { 2 }
    }

    /// Some block, where the text has ended.
    fn block(&self, at: usize) -> &[u8; BLOCK] {
        let last = at.saturating_sub(self.full.len()).min(1);
        self.full.get(at).unwrap_or(&self.last[last])
    }
}

#[inline(always)]
fn words<const N: usize>(blocks: [&[u8; BLOCK]; N]) -> [Words<N>; 16] {
    let mut words = [[0; N]; 16];
    for (at, word) in words.iter_mut().enumerate() {
        *word = blocks.map(|block| u32::from_le_bytes(block.as_chunks().0[at]));
    }
    words
}

fn sum(state: [u32; 4]) -> [u8; 16] {
    let mut sum = [0; 16];
    for (bytes, word) in sum.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_le_bytes();
    }
    sum
}

#[inline(always)]
fn compress<const N: usize>(state: &mut [Words<N>; 4], words: &[Words<N>; 16]) {
    let mut next = *state;
    let [first, second, third, fourth] = [0, 16, 32, 48].map(|from| &SINES[from..from + 16]);
    let at = |from, stride| move |step: usize| &words[(from + stride * step) % 16];
    round::<N, 7, 12, 17, 22>(&mut next, first, at(0, 1), |x, y, z| z ^ (x & (y ^ z)));
    round::<N, 5, 9, 14, 20>(&mut next, second, at(1, 5), |x, y, z| y ^ (z & (x ^ y)));
    round::<N, 4, 11, 16, 23>(&mut next, third, at(5, 3), |x, y, z| x ^ y ^ z);
    round::<N, 6, 10, 15, 21>(&mut next, fourth, at(0, 7), |x, y, z| y ^ (x | !z));
    for (words, next) in state.as_flattened_mut().iter_mut().zip(next.as_flattened()) {
        *words = words.wrapping_add(*next);
    }
}

/// Sixteen steps. How far each turns is a constant, so that the compiler can turn all texts' words at once.
#[inline(always)]
fn round<'a, const N: usize, const A: u32, const B: u32, const C: u32, const D: u32>(
    [a, b, c, d]: &mut [Words<N>; 4],
    sines: &[u32],
    word: impl Fn(usize) -> &'a Words<N>,
    mix: impl Fn(u32, u32, u32) -> u32,
) {
    for (at, sines) in sines.as_chunks().0.iter().enumerate() {
        let [first, second, third, fourth] = *sines;
        let at = 4 * at;
        step::<N, A>(a, [b, c, d], word(at), first, &mix);
        step::<N, B>(d, [a, b, c], word(at + 1), second, &mix);
        step::<N, C>(c, [d, a, b], word(at + 2), third, &mix);
        step::<N, D>(b, [c, d, a], word(at + 3), fourth, &mix);
    }
}

#[inline(always)]
fn step<const N: usize, const TURN: u32>(
    turned: &mut Words<N>,
    [b, c, d]: [&Words<N>; 3],
    word: &Words<N>,
    sine: u32,
    mix: impl Fn(u32, u32, u32) -> u32,
) {
    for lane in 0..N {
        let mixed = turned[lane].wrapping_add(mix(b[lane], c[lane], d[lane]));
        let sum = mixed.wrapping_add(sine).wrapping_add(word[lane]);
        turned[lane] = b[lane].wrapping_add(sum.rotate_left(TURN));
    }
}

#[cfg(test)]
mod tests {
    use md5::{Digest, Md5};
    use proptest::prelude::*;

    use super::super::of_bodies;
    use super::*;

    fn check(bodies: &[String]) {
        let texts: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let alone: Vec<[u8; 16]> = texts.iter().map(|text| Md5::digest(text).into()).collect();
        assert_eq!(of_bodies(&texts), alone, "{:?}", bodies.iter().map(String::len));
        // On any processor.
        for (some, alone) in texts.chunks(LANES).zip(alone.chunks(LANES)) {
            assert_eq!(&side_by_side::<LANES>(some)[..some.len()], alone);
        }
    }

    #[test]
    fn of_every_length_beside_others() {
        for length in 0..200 {
            let bodies = [length, 0, 199 - length, 64].map(|length| "é".repeat(length));
            check(&bodies);
            check(&bodies[..2]);
        }
    }

    proptest! {
        #[test]
        fn sums_are_those_of_each_alone(bodies in prop::collection::vec(".{0,300}", 0..11)) {
            check(&bodies);
        }
    }
}
