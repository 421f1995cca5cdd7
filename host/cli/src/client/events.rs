//! Reading server-sent events (HTML Living Standard, section 9.2), as far as hosts send them.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

/// Bytes of one line: a problem with large extensions stays far below.
const LINE_BYTES_MAX: u64 = 8 << 20;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamEvent {
    /// Its id, where it has one: where to go on after a break.
    pub(crate) id: Option<String>,
    /// What kind.
    pub(crate) name: String,
    /// Its data.
    pub(crate) data: Value,
}

/// Events as they arrive. Ends where the connection does.
pub(crate) struct EventStream {
    reader: BufReader<Box<dyn Read + Send>>,
}

impl EventStream {
    pub(super) fn new(reader: impl Read + Send + 'static) -> Self {
        EventStream {
            reader: BufReader::new(Box::new(reader)),
        }
    }

    /// A line without its end; `None` where the stream ends or breaks.
    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = (&mut self.reader)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line);
        if read.ok()? == 0 || line.pop() != Some(b'\n') {
            return None;
        }
        String::from_utf8(line).ok()
    }
}

impl Iterator for EventStream {
    type Item = StreamEvent;

    fn next(&mut self) -> Option<StreamEvent> {
        let (mut id, mut name, mut data) = (None, String::new(), String::new());
        loop {
            let line = self.line()?;
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => id = Some(value.to_owned()),
                "event" => value.clone_into(&mut name),
                "data" => data.push_str(value),
                "" if line.is_empty() && !data.is_empty() => {
                    let data = serde_json::from_str(&data).unwrap_or(Value::Null);
                    return Some(StreamEvent { id, name, data });
                }
                // Comments keep the connection alive.
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &'static str) -> Vec<StreamEvent> {
        EventStream::new(text.as_bytes()).collect()
    }

    #[test]
    fn events_are_read_until_the_stream_breaks() {
        let found = events(
            "event: note\nid: 1.0\ndata: {\"seq\":1}\n\n:\n\nevent: log\ndata: {}\n\nevent: half\nda",
        );
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].name.as_str(), found[0].id.as_deref()),
            ("note", Some("1.0"))
        );
        assert_eq!(found[0].data["seq"], 1);
        assert_eq!(
            (found[1].name.as_str(), found[1].id.as_deref()),
            ("log", None)
        );
    }

    #[test]
    fn an_endless_line_ends_the_stream() {
        let endless = std::io::repeat(b'x').take(LINE_BYTES_MAX + 1);
        assert_eq!(EventStream::new(endless).count(), 0);
    }
}
