//! The first bytes of a source, in a buffer that a thread uses for one file after the other: fresh memory
//! for each costs more than the reading.

use super::HEAD;
use std::cell::Cell;
use std::ops::{Deref, DerefMut};

/// The first bytes of a source.
#[derive(Debug, Clone, Default)]
pub struct Chunk(Vec<u8>);

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Chunk {
    /// A chunk of `length` bytes, to be overwritten.
    pub(super) fn of_length(length: usize) -> Self {
        let mut bytes = SPARE.take();
        bytes.resize(length, 0);
        Chunk(bytes)
    }

    /// The bytes, the buffer included.
    pub fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        // Not what had to grow for a giant.
        if (1..=HEAD).contains(&self.0.capacity()) {
            SPARE.set(std::mem::take(&mut self.0));
        }
    }
}

impl From<Vec<u8>> for Chunk {
    fn from(bytes: Vec<u8>) -> Self {
        Chunk(bytes)
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Deref for Chunk {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Chunk {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_unless_it_has_grown() {
        let mut chunk = Chunk::of_length(100);
        chunk[99] = 1;
        let place = chunk.as_ptr();
        drop(chunk);
        let again = Chunk::of_length(50);
        assert_eq!((again.as_ptr(), again.len()), (place, 50));
        let mut giant = Chunk::of_length(HEAD);
        giant.resize(HEAD + 1, 0);
        drop(giant);
        drop(again);
        assert_eq!(Chunk::of_length(1).as_ptr(), place);
    }
}
