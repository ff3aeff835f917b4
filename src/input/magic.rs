//! Files that are no mail, by their first bytes: so that an ignored file is called by its name.

use super::sniff::Kind;
use crate::message::names::begins;
use memchr::memmem;

/// First bytes and what they belong to.
const STARTS: [(&[u8], &str); 34] = [
    (b"\xFF\xD8\xFF", "a JPEG image"),
    (b"\x89PNG\r\n\x1A\n", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"!BDN", "an Outlook data file (.pst or .ost); save the messages out of it as .msg or .eml"),
    (b"\x78\x9F\x3E\x22", "a winmail.dat (TNEF) attachment; save the message itself instead"),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive; unpack it or pack it as ZIP"),
    (b"Rar!\x1A\x07", "a RAR archive; unpack it or pack it as ZIP"),
    (b"\xFD7zXZ\0", "an XZ archive; unpack it or pack it as ZIP"),
    (b"BZh", "a bzip2 archive; unpack it or pack it as ZIP"),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive; unpack it or pack it as ZIP"),
    (b"MSCF", "a cabinet archive; unpack it or pack it as ZIP"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"ElfFile\0", "a Windows event log"),
    (b"MZ", "a Windows program"),
    (b"\x7FELF", "a Linux program"),
    (b"\xCF\xFA\xED\xFE", "a macOS program"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"\x1A\x45\xDF\xA3", "a Matroska or WebM video"),
    (b"\0\0\0\x01Bud1", "a macOS folder file (.DS_Store)"),
    (b"bplist", "a binary property list"),
    (b"BEGIN:VCALENDAR", "a calendar entry"),
    (b"BEGIN:VCARD", "an address card"),
    (b"-----BEGIN PGP", "a PGP block"),
    (b"-----BEGIN ", "a certificate or key"),
    (b"PAR1", "a Parquet table; export it as CSV"),
    (b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut"),
    (b"[InternetShortcut]", "a link file"),
    (b"wOF", "a font"),
    (b"\xD4\xC3\xB2\xA1", "a packet capture"),
];

/// Names in the first bytes of an archive that tell what document it really is.
const IN_ZIP: [(&[u8], &str); 4] = [
    (b"xl/", "an Excel workbook; save the sheet as CSV"),
    (b"word/", "a Word document; save its text as .txt"),
    (b"ppt/", "a PowerPoint presentation"),
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument file; save it as text or CSV"),
];

/// A container or a file that is no text.
pub(super) fn recognise(head: &[u8]) -> Option<Kind> {
    if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Some(Kind::Msg);
    }
    if head.starts_with(b"\x1F\x8B") {
        return Some(Kind::Gzip);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(of_zip(head));
    }
    let name = STARTS.iter().find(|(start, _)| head.starts_with(start)).map(|(_, name)| *name);
    name.or_else(|| deeper(head)).map(Kind::Other)
}

/// Office documents are archives whose first member is the list of content types.
fn of_zip(head: &[u8]) -> Kind {
    const FIRST_NAME: usize = 30;
    let first = head.get(FIRST_NAME..).unwrap_or_default();
    if !(first.starts_with(b"[Content_Types].xml")
        || first.starts_with(b"_rels/")
        || first.starts_with(b"docProps/")
        || first.starts_with(b"mimetype"))
    {
        return Kind::Zip;
    }
    let name = IN_ZIP.iter().find(|(mark, _)| memmem::find(head, mark).is_some());
    Kind::Other(name.map_or("an Office document", |(_, name)| *name))
}

/// Kinds whose mark stands behind the first bytes.
fn deeper(head: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, mark: &[u8]| head.get(offset..).is_some_and(|h| h.starts_with(mark));
    if at(0, b"RIFF") {
        return Some(if at(8, b"WEBP") { "a WebP image" } else { "a recording or video" });
    }
    if at(4, b"ftyphei") || at(4, b"ftypmif1") {
        return Some("a HEIC image");
    }
    if at(4, b"ftyp") {
        return Some("an MP4 video");
    }
    if at(257, b"ustar") {
        return Some("a tar archive; unpack it or pack it as ZIP");
    }
    // "BM" alone starts many texts; a bitmap has zeros in its reserved field.
    (at(0, b"BM") && at(6, &[0; 4])).then_some("a BMP image")
}

/// What a text is called that nothing in the program reads.
pub(super) fn name_of_text(text: &[u8]) -> Kind {
    let start = text.trim_ascii_start();
    Kind::Other(if begins(start, "<!doctype html") || begins(start, "<html") {
        "an HTML page"
    } else if begins(start, "<svg") {
        "an SVG image"
    } else if start.starts_with(b"<") {
        "an XML file"
    } else if start.iter().take(4096).filter(|b| **b < 0x20 && !b.is_ascii_whitespace()).count() > 8
    {
        "a binary file of an unknown kind"
    } else {
        "a text without mail headers"
    })
}

#[cfg(test)]
mod tests {
    use super::super::sniff;
    use super::*;

    #[test]
    fn stray_files_are_called_by_their_names() {
        for (head, name) in [
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF\0".as_slice(), "a JPEG image"),
            (b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", "a PNG image"),
            (b"%PDF-1.7\n%\xE2\xE3", "a PDF document"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "a WebP image"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC image"),
            (b"<!DOCTYPE html><html>", "an HTML page"),
            (b"\x01\x02\x03\0\0\0\x04 random", "a binary file of an unknown kind"),
            (b"just words", "a text without mail headers"),
        ] {
            assert_eq!(sniff(head), Kind::Other(name));
        }
    }

    #[test]
    fn an_office_document_is_no_archive() {
        let mut book = b"PK\x03\x04".to_vec();
        book.extend([0; 26]);
        book.extend(b"[Content_Types].xml...PK\x03\x04...xl/workbook.xml");
        assert_eq!(sniff(&book), Kind::Other("an Excel workbook; save the sheet as CSV"));
        let mut archive = b"PK\x03\x04".to_vec();
        archive.extend([0; 26]);
        archive.extend(b"mails/a.eml");
        assert_eq!(sniff(&archive), Kind::Zip);
    }
}
