//! The places of a byte in a text, as a bit per byte, 64 bytes at a time.

use fearless_simd::{Level, Simd, SimdBase, SimdFrom, SimdMask, dispatch, u8x64};

/// Bytes looked at together.
pub(crate) const CHUNK: usize = 64;

/// The last bytes of a text, fewer than a chunk has, with NUL behind them.
pub(crate) fn padded(rest: &[u8]) -> [u8; CHUNK] {
    let mut padded = [0; CHUNK];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// Bytes that are looked for.
pub(crate) trait Wanted: Copy {
    /// A bit for each byte of a chunk that is one of them.
    fn places<S: Simd>(self, simd: S, chunk: u8x64<S>) -> u64;
}

/// One byte.
impl Wanted for u8 {
    #[inline(always)]
    fn places<S: Simd>(self, simd: S, chunk: u8x64<S>) -> u64 {
        chunk.simd_eq(u8x64::splat(simd, self)).to_bitmask()
    }
}

/// A byte, or a blank or control character of ASCII.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrBlank(pub(crate) u8);

impl Wanted for OrBlank {
    #[inline(always)]
    fn places<S: Simd>(self, simd: S, chunk: u8x64<S>) -> u64 {
        let blank = chunk.simd_le(u8x64::splat(simd, b' ')).to_bitmask();
        blank | self.0.places(simd, chunk)
    }
}

/// The places of some bytes in a text, in order.
///
/// Lines of headers and members of lists have some ten to eighty bytes: their ends are looked for 64
/// bytes at a time, because a search costs more to begin than such a member is long.
#[derive(Debug, Clone)]
pub(crate) struct Marks<'a, W = u8> {
    text: &'a [u8],
    wanted: W,
    /// Bytes that were looked at, in whole chunks.
    read: usize,
    /// The marks of the last chunk that are still to come.
    rest: u64,
}

impl<'a, W: Wanted> Marks<'a, W> {
    /// The places of what is `wanted` in `text`.
    pub(crate) fn new(text: &'a (impl AsRef<[u8]> + ?Sized), wanted: W) -> Self {
        Marks { text: text.as_ref(), wanted, read: 0, rest: 0 }
    }

    /// Looks at the next chunk.
    #[inline]
    fn look(&mut self) {
        let rest = &self.text[self.read..];
        self.rest = match (rest.first_chunk(), self.text.last_chunk()) {
            (Some(chunk), _) => places_of(chunk, self.wanted),
            // the end once more, without what was looked at before
            (None, Some(end)) => places_of(end, self.wanted) >> (CHUNK - rest.len()),
            // what stands behind the end is none
            (None, None) => places_of(&padded(rest), self.wanted) & ((1 << rest.len()) - 1),
        };
        self.read += CHUNK;
    }
}

impl<W: Wanted> Iterator for Marks<'_, W> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.rest == 0 {
            if self.read >= self.text.len() {
                return None;
            }
            self.look();
        }
        let at = self.read - CHUNK + self.rest.trailing_zeros() as usize;
        self.rest &= self.rest - 1;
        Some(at)
    }

    #[inline]
    fn fold<T, F: FnMut(T, usize) -> T>(mut self, first: T, mut f: F) -> T {
        let mut sum = first;
        loop {
            while self.rest != 0 {
                sum = f(sum, self.read - CHUNK + self.rest.trailing_zeros() as usize);
                self.rest &= self.rest - 1;
            }
            if self.read >= self.text.len() {
                return sum;
            }
            self.look();
        }
    }
}

/// A bit for each byte of a chunk that is `wanted`.
#[inline]
fn places_of(chunk: &[u8; CHUNK], wanted: impl Wanted) -> u64 {
    // what every processor has needs no call, which costs more than wider vectors save
    dispatch!(Level::baseline(), simd => wanted.places(simd, u8x64::simd_from(simd, *chunk)))
}

/// The places of one byte in a long text, in order: some chunks are looked at together, with the widest
/// vectors of the machine.
#[derive(Debug)]
pub(crate) struct LongMarks<'a> {
    text: &'a [u8],
    mark: u8,
    /// The marks of the chunks that were looked at last, and where the first of these begins.
    chunks: [u64; TOGETHER],
    begin: usize,
    /// The chunk at hand, and its marks that are still to come.
    at: usize,
    rest: u64,
}

/// Chunks that are looked at together.
const TOGETHER: usize = 32;

impl<'a> LongMarks<'a> {
    /// The places of `mark` in `text`.
    pub(crate) fn new(text: &'a [u8], mark: u8) -> Self {
        let mut marks = LongMarks { text, mark, chunks: [0; TOGETHER], begin: 0, at: 0, rest: 0 };
        marks.look();
        marks
    }

    /// Looks at the chunks from `begin` on.
    fn look(&mut self) {
        let (text, mark) = (self.text.get(self.begin..).unwrap_or_default(), self.mark);
        let chunks = &mut self.chunks;
        dispatch!(Level::new(), simd => {
            let mark = u8x64::splat(simd, mark);
            let marks = |chunk| u8x64::simd_from(simd, chunk).simd_eq(mark).to_bitmask();
            let mut rest = text;
            for found in chunks {
                *found = match rest.split_first_chunk() {
                    Some((chunk, behind)) => {
                        rest = behind;
                        marks(*chunk)
                    }
                    None => marks(padded(std::mem::take(&mut rest))),
                };
            }
        });
        self.at = 0;
        self.rest = self.chunks[0];
    }
}

impl Iterator for LongMarks<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.rest == 0 {
            self.at += 1;
            match self.chunks.get(self.at) {
                Some(chunk) => self.rest = *chunk,
                None => {
                    self.begin += TOGETHER * CHUNK;
                    if self.begin >= self.text.len() {
                        // the last chunk stays the one at hand
                        self.at -= 1;
                        return None;
                    }
                    self.look();
                }
            }
        }
        let place = self.begin + self.at * CHUNK + self.rest.trailing_zeros() as usize;
        self.rest &= self.rest - 1;
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_marks_are_those_that_a_plain_search_finds(text in "[;aé]{0,200}") {
            let marks: Vec<_> = Marks::new(&text, b';').collect();
            let plain: Vec<_> = memchr::memchr_iter(b';', text.as_bytes()).collect();
            proptest::prop_assert_eq!(&marks, &plain);
            for before in 0..=plain.len() {
                let mut all = Marks::new(&text, b';');
                let mut marks: Vec<_> = all.by_ref().take(before).collect();
                all.for_each(|mark| marks.push(mark));
                proptest::prop_assert_eq!(&marks, &plain);
            }
        }

        #[test]
        fn blanks_are_marks_and_nothing_behind_the_end_is_one(text in "[; \ta\0\x7fé]{0,200}") {
            let marks: Vec<_> = Marks::new(&text, OrBlank(b';')).collect();
            let bytes = text.bytes().enumerate();
            let plain: Vec<_> = bytes.filter(|(_, byte)| *byte <= b' ' || *byte == b';').map(|(at, _)| at).collect();
            proptest::prop_assert_eq!(marks, plain);
        }

        #[test]
        fn the_marks_of_a_long_text_are_those_that_a_plain_search_finds(text in "([;a]{0,64}|a{1000}){0,40}") {
            let marks: Vec<_> = LongMarks::new(text.as_bytes(), b';').collect();
            let plain: Vec<_> = memchr::memchr_iter(b';', text.as_bytes()).collect();
            proptest::prop_assert_eq!(marks, plain);
        }
    }
}
