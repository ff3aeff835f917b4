//! Compressed RTF (MS-OXRTFCP): a window of 4,096 bytes, primed with the words of most documents.

/// What the window starts with.
const PRIMED: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \
\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\
\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4096;
const HEADER: usize = 16;

/// The RTF text, at most `longest` bytes of it; `None` if `data` is no compressed RTF. Text cut or
/// broken in the middle is given up to there.
pub(super) fn unpacked(data: &[u8], longest: usize) -> Option<Vec<u8>> {
    let kind = data.get(8..12)?;
    let content = data.get(HEADER..)?;
    match kind {
        b"MELA" => Some(content[..content.len().min(longest)].to_vec()),
        b"LZFu" => Some(unpacked_window(content, longest)),
        _ => None,
    }
}

fn unpacked_window(content: &[u8], longest: usize) -> Vec<u8> {
    let mut window = [b' '; WINDOW];
    window[..PRIMED.len()].copy_from_slice(PRIMED);
    let mut at = PRIMED.len();
    let mut out = Vec::new();
    let mut bytes = content.iter().copied();
    let mut push = |byte: u8, window: &mut [u8; WINDOW], out: &mut Vec<u8>| {
        out.push(byte);
        window[at] = byte;
        at = (at + 1) % WINDOW;
        at
    };
    let mut write_at = PRIMED.len();
    while let Some(control) = bytes.next() {
        for bit in 0..8 {
            let Some(first) = bytes.next() else { return out };
            if control & (1 << bit) == 0 {
                write_at = push(first, &mut window, &mut out);
            } else {
                let Some(second) = bytes.next() else { return out };
                let reference = usize::from(first) << 8 | usize::from(second);
                let (from, count) = (reference >> 4, (reference & 0xF) + 2);
                if from == write_at {
                    return out;
                }
                for step in 0..count {
                    let byte = window[(from + step) % WINDOW];
                    write_at = push(byte, &mut window, &mut out);
                }
            }
            if out.len() >= longest {
                out.truncate(longest);
                return out;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn packed_text_comes_back() {
        let text = "{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl".repeat(40);
        let Ok(packed) = compressed_rtf::compress_rtf(&text) else { panic!("not packed") };
        assert_eq!(unpacked(&packed, 1 << 20).as_deref(), Some(text.as_bytes()));
        assert_eq!(unpacked(&packed, 10).as_deref(), Some(&text.as_bytes()[..10]));
    }

    #[test]
    fn other_data_is_no_compressed_rtf() {
        assert_eq!(unpacked(b"", 10), None);
        assert_eq!(unpacked(&[0; 64], 10), None);
        assert_eq!(
            unpacked(b"\0\0\0\0\xFF\xFF\xFF\xFFMELA\0\0\0\0ab", 9).as_deref(),
            Some(b"ab".as_slice())
        );
    }

    proptest! {
        #[test]
        fn any_bytes_unpack_to_something_bounded(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut data = b"\0\0\0\0\0\0\0\0LZFu\0\0\0\0".to_vec();
            data.extend(bytes);
            prop_assert!(unpacked(&data, 5000).is_some_and(|out| out.len() <= 5000));
        }
    }
}
