//! Limits that keep memory and time bounded, whatever an archive or a message claims.

/// What a container may make the program do. One set holds for everything inside one file that the
/// user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Containers within containers: a message in an archive in an archive is at depth 2.
    pub depth: u32,
    /// Items that all containers of one file may hold together.
    pub members: u64,
    /// Bytes out per byte in, from `ratio_grace` bytes on.
    pub ratio: u64,
    /// Bytes that may come out before the ratio is looked at: small files of equal lines compress
    /// well without being an attack.
    pub ratio_grace: u64,
    /// Bytes that may come out of all containers of one file.
    pub total: u64,
    /// Bytes kept in memory where a container can only be read by jumping about in it (an archive
    /// inside an archive or on standard input).
    pub spool: u64,
    /// Bytes of one message inside a mailbox or of one attached message.
    pub message: u64,
}

impl Default for Limits {
    /// Far beyond real tickets: deflate cannot do more than 1,032 bytes out per byte in, exports
    /// reach about 60.
    fn default() -> Self {
        Limits {
            depth: 5,
            members: 50_000,
            ratio: 300,
            ratio_grace: 64 << 20,
            total: 64 << 30,
            spool: 256 << 20,
            message: 64 << 20,
        }
    }
}
