//! Text out of bytes, in the encodings that services still use.

/// The encodings that are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Charset {
    Utf8,
    /// ISO 8859-1 and ASCII too, as browsers read them (the encoding standard, section 4.2).
    Windows1252,
    Utf16Le,
    Utf16Be,
}

/// What Windows-1252 has where ISO 8859-1 has control characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl Charset {
    /// The encoding of a label, in any case and with or without quotes.
    pub(crate) fn named(label: &str) -> Option<Charset> {
        match label
            .trim_matches(['"', '\'', ' '])
            .to_ascii_lowercase()
            .as_str()
        {
            "utf-8" | "utf8" => Some(Charset::Utf8),
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "us-ascii" | "ascii"
            | "windows-1252" | "cp1252" => Some(Charset::Windows1252),
            "utf-16" | "utf-16le" => Some(Charset::Utf16Le),
            "utf-16be" => Some(Charset::Utf16Be),
            _ => None,
        }
    }

    /// Decodes; a byte order mark wins over the label, and what is no text is replaced.
    pub(crate) fn decode(self, bytes: &[u8]) -> String {
        let (charset, bytes) = match bytes {
            [0xef, 0xbb, 0xbf, rest @ ..] => (Charset::Utf8, rest),
            [0xff, 0xfe, rest @ ..] => (Charset::Utf16Le, rest),
            [0xfe, 0xff, rest @ ..] => (Charset::Utf16Be, rest),
            _ => (self, bytes),
        };
        match charset {
            Charset::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Charset::Windows1252 => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
            Charset::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Charset::Utf16Be => utf16(bytes, u16::from_be_bytes),
        }
    }
}

fn windows_1252(byte: u8) -> char {
    let special = usize::from(byte).checked_sub(0x80);
    special
        .and_then(|index| WINDOWS_1252.get(index).copied())
        .unwrap_or(char::from(byte))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text =
        String::from_utf16_lossy(&pairs.iter().map(|pair| unit(*pair)).collect::<Vec<_>>());
    if !odd.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_encodings_are_read() {
        let latin = Charset::named("ISO-8859-1").unwrap();
        assert_eq!(latin.decode(b"caf\xe9 \x80"), "café €");
        assert_eq!(
            Charset::named("\"UTF-16BE\"").unwrap().decode(b"\0h\0i"),
            "hi"
        );
        assert_eq!(
            Charset::named("utf-16").unwrap().decode(b"h\0i\0!"),
            "hi\u{fffd}"
        );
        assert_eq!(Charset::named("koi8-r"), None);
    }

    #[test]
    fn a_byte_order_mark_wins_and_is_no_text() {
        assert_eq!(Charset::Windows1252.decode("\u{feff}é".as_bytes()), "é");
        assert_eq!(Charset::Utf8.decode(b"\xff\xfeh\0"), "h");
        assert_eq!(Charset::Utf8.decode(b"a\xffb"), "a\u{fffd}b");
    }
}
