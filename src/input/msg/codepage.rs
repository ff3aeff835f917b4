//! Windows code pages by number (PidTagMessageCodepage, PidTagInternetCodepage, `\ansicpg`).

use encoding_rs::Encoding;

/// What a message without a code page is read as.
pub(super) const DEFAULT: &Encoding = encoding_rs::WINDOWS_1252;

/// The encoding of a code page; Windows-1252 for one that is not known.
pub(super) fn encoding(number: u32) -> &'static Encoding {
    let label = match number {
        1200 => "utf-16le",
        1201 => "utf-16be",
        65001 => "utf-8",
        866 => "ibm866",
        874 => "windows-874",
        932 => "shift_jis",
        936 => "gbk",
        949 | 51949 => "euc-kr",
        950 => "big5",
        1250..=1258 => return windows(number),
        10000 => "macintosh",
        20866 => "koi8-r",
        21866 => "koi8-u",
        28592..=28606 => return latin(number),
        50220..=50222 => "iso-2022-jp",
        51932 => "euc-jp",
        54936 => "gb18030",
        _ => return DEFAULT,
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(DEFAULT)
}

fn windows(number: u32) -> &'static Encoding {
    Encoding::for_label(format!("windows-{number}").as_bytes()).unwrap_or(DEFAULT)
}

/// ISO 8859-2 to -16.
fn latin(number: u32) -> &'static Encoding {
    Encoding::for_label(format!("iso-8859-{}", number - 28590).as_bytes()).unwrap_or(DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::encoding;

    #[test]
    fn numbers_name_their_encodings() {
        for (number, name) in [
            (1252, "windows-1252"),
            (1251, "windows-1251"),
            (932, "Shift_JIS"),
            (28605, "ISO-8859-15"),
            (65001, "UTF-8"),
            (20127, "windows-1252"),
            (0, "windows-1252"),
        ] {
            assert_eq!(encoding(number).name(), name);
        }
    }
}
