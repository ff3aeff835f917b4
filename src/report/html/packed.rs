//! The details of many messages, kept small: rendered like those of a single one, compressed in
//! blocks, and unpacked by the page when a reader opens a message.
//!
//! The details of 10,000 messages are some 100 MB of HTML that a browser would have to parse before
//! it shows anything; they resemble each other, so they compress to a few percent.

use base64::Engine as _;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write as _;

/// Messages in a block: opening one message unpacks one block.
pub(super) const BLOCK: usize = 32;

/// One block: a zlib stream of a JSON array of HTML fragments, in Base64.
pub(super) fn pack(fragments: &[String]) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(4));
    // Neither strings nor a vector in memory can fail to be written.
    if let Ok(json) = serde_json::to_vec(fragments) {
        let _ = encoder.write_all(&json);
    }
    base64::engine::general_purpose::STANDARD.encode(encoder.finish().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_block_unpacks_to_its_fragments_and_holds_no_markup()
    -> Result<(), Box<dyn std::error::Error>> {
        let fragments = vec!["<p>one</p>".to_owned(), "</script>".to_owned()];
        let packed = pack(&fragments);
        assert!(!packed.contains(['<', '"', '&']));
        let bytes = base64::engine::general_purpose::STANDARD.decode(&packed)?;
        let mut json = String::new();
        flate2::read::ZlibDecoder::new(bytes.as_slice()).read_to_string(&mut json)?;
        assert_eq!(serde_json::from_str::<Vec<String>>(&json)?, fragments);
        Ok(())
    }
}
