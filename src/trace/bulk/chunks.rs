//! Lists that grow in chunks, so that growing never doubles them: exports have millions of pairs.
//!
//! The last place of a chunk stays free: allocators give out powers of two and keep some bytes of a block to
//! themselves or for its alignment, so that a chunk of the full size would take a quarter more.

/// Items in chunks that never move, of 2 to the power of `BITS` places.
#[derive(Debug)]
pub(super) struct Chunks<T, const BITS: u32> {
    chunks: Vec<Vec<T>>,
}

impl<T, const BITS: u32> Default for Chunks<T, BITS> {
    fn default() -> Self {
        Chunks { chunks: Vec::new() }
    }
}

impl<T, const BITS: u32> Chunks<T, BITS> {
    const ROOM: usize = room(BITS);

    /// Adds an item; its place.
    pub(super) fn push(&mut self, item: T) -> u32 {
        if self.chunks.last().is_none_or(|chunk| chunk.len() == Self::ROOM) {
            self.chunks.push(Vec::new());
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        if chunk.len() == chunk.capacity() {
            chunk.reserve_exact(more(number, chunk.len(), 1, Self::ROOM));
        }
        let at = place(number, chunk.len(), BITS);
        chunk.push(item);
        at
    }

    pub(super) fn len(&self) -> usize {
        let last = self.chunks.last().map_or(0, Vec::len);
        self.chunks.len().saturating_sub(1) * Self::ROOM + last
    }

    pub(super) fn get(&self, at: u32) -> Option<&T> {
        let (chunk, item) = split(at, BITS);
        self.chunks.get(chunk)?.get(item)
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        let (chunk, item) = split(at, BITS);
        self.chunks.get_mut(chunk)?.get_mut(item)
    }

    /// All items with their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.chunks.iter().enumerate().flat_map(|(number, chunk)| {
            chunk.iter().enumerate().map(move |(at, item)| (place(number, at, BITS), item))
        })
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.chunks.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>()
    }
}

/// Texts one behind the other, each with its length before it, which makes text of two characters.
#[derive(Debug, Default)]
pub(super) struct Texts {
    chunks: Vec<String>,
}

impl Texts {
    const BITS: u32 = 14;
    const ROOM: usize = room(Self::BITS);
    /// Bytes of a length.
    const LENGTH: usize = 2;
    /// Bits of a length in each of its characters.
    const HALF: u32 = 7;

    /// Adds a text of less than 16 KiB; its place.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        let need = Self::LENGTH + text.len();
        if self.chunks.last().is_none_or(|chunk| chunk.len() + need > Self::ROOM) {
            self.chunks.push(String::new());
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        if chunk.len() + need > chunk.capacity() {
            chunk.reserve_exact(more(number, chunk.len(), need, Self::ROOM));
        }
        let at = place(number, chunk.len(), Self::BITS);
        let half = |length: usize| char::from(length as u8 & ((1 << Self::HALF) - 1));
        chunk.push(half(text.len()));
        chunk.push(half(text.len() >> Self::HALF));
        chunk.push_str(text);
        at
    }

    /// The text at a place that [`Texts::push`] gave; empty where there is none.
    pub(super) fn get(&self, at: u32) -> &str {
        let (chunk, from) = split(at, Self::BITS);
        let text = || {
            let chunk = self.chunks.get(chunk)?;
            let (lower, upper) = (chunk.as_bytes().get(from)?, chunk.as_bytes().get(from + 1)?);
            let begin = from + Self::LENGTH;
            let length = usize::from(*lower) | usize::from(*upper) << Self::HALF;
            chunk.get(begin..begin + length)
        };
        text().unwrap_or_default()
    }

    /// All texts with their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.chunks.iter().enumerate().flat_map(move |(number, chunk)| {
            let mut from = 0;
            std::iter::from_fn(move || {
                let at = (from < chunk.len()).then(|| place(number, from, Self::BITS))?;
                let text = self.get(at);
                from += Self::LENGTH + text.len();
                Some((at, text))
            })
        })
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.chunks.iter().map(String::capacity).sum()
    }
}

/// Places of a chunk that are used.
const fn room(bits: u32) -> usize {
    (1 << bits) - 1
}

/// How many places a chunk with `length` items gets where `need` are needed.
fn more(number: usize, length: usize, need: usize, room: usize) -> usize {
    // small at first, because most inputs are small; then whole, because what a list outgrows is memory that
    // was touched for nothing
    let first = number == 0 && length == 0;
    let whole = if first { need.max(64).min(room) } else { room };
    whole - length
}

fn place(chunk: usize, item: usize, bits: u32) -> u32 {
    u32::try_from(chunk << bits | item).unwrap_or(u32::MAX)
}

/// Number of the chunk, and place within it.
fn split(at: u32, bits: u32) -> (usize, usize) {
    ((at >> bits) as usize, (at & ((1 << bits) - 1)) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_leaves_its_allocator_some_bytes_of_a_power_of_two() {
        let mut chunks = Chunks::<u64, 7>::default();
        let places: Vec<u32> = (0..1000).map(|number| chunks.push(number)).collect();
        assert!(chunks.chunks.iter().all(|chunk| chunk.capacity() < 128));
        let found: Vec<u64> = places.iter().filter_map(|at| chunks.get(*at).copied()).collect();
        assert_eq!(found, Vec::from_iter(0..1000));
        assert_eq!(chunks.len(), 1000);
        assert!(chunks.iter().eq(places.into_iter().zip(&found)));
    }

    #[test]
    fn texts_of_any_length_are_found_again() {
        let mut texts = Texts::default();
        let all: Vec<String> = (0..3000).map(|number| "é".repeat(number % 129)).collect();
        let places: Vec<u32> = all.iter().map(|text| texts.push(text)).collect();
        let long = "x".repeat(Texts::ROOM - Texts::LENGTH);
        let last = texts.push(&long);
        assert!(places.iter().zip(&all).all(|(at, text)| texts.get(*at) == text));
        let known = places.iter().copied().zip(all.iter().map(String::as_str));
        assert!(texts.iter().eq(known.chain([(last, long.as_str())])));
        assert!(texts.chunks.iter().all(|chunk| chunk.capacity() <= Texts::ROOM));
        assert_eq!(texts.get(u32::MAX), "");
    }
}
