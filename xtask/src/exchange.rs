//! As much of HTTP/1.1 as the servers of chores need: one request after another, with a length or in
//! chunks, and answers with a length.

use std::io::{self, BufRead, BufReader, Read, Write};

use serde_json::Value;

/// More than any request of the suite has.
const BODY_MAX: usize = 16 << 20;

/// A request.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) scheme: &'static str,
    pub(crate) method: String,
    pub(crate) host: String,
    /// Decoded.
    pub(crate) path: String,
    /// As it came, with the `?`; empty if there was none.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// Scheme, host and path.
    pub(crate) fn address(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }

    /// A header, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(n, _)| n == name)?;
        Some(value)
    }

    /// The members of the query, decoded, in order.
    pub(crate) fn arguments(&self) -> Vec<(String, String)> {
        form(self.query.trim_start_matches('?'))
    }

    /// The value of a member of the query.
    pub(crate) fn argument(&self, name: &str) -> Option<String> {
        let all = self.arguments();
        all.into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Answer {
    pub(crate) fn json(status: u16, value: &Value) -> Answer {
        Answer::new(status, "application/json", value.to_string().into_bytes())
    }

    pub(crate) fn text(status: u16, text: &str) -> Answer {
        Answer::new(status, "text/plain; charset=utf-8", text.into())
    }

    pub(crate) fn new(status: u16, kind: &str, body: Vec<u8>) -> Answer {
        Answer {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// `a=1&b=2`, decoded.
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name, true), decode(value, true)))
        .collect()
}

/// Undoes percent encoding, and of forms the `+` for a blank.
fn decode(text: &str, form: bool) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let coded = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (coded, first) {
            (Some(byte), _) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (None, b'+') if form => bytes.push(b' '),
            (None, byte) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Answers requests until the other side has no more.
pub(crate) fn serve(
    stream: impl Read + Write,
    scheme: &'static str,
    mut answer: impl FnMut(&Request) -> Answer,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader, scheme)? {
        let answered = answer(&request);
        let silent = request.method == "HEAD";
        write(reader.get_mut(), &answered, silent)?;
    }
    Ok(())
}

fn read(reader: &mut impl BufRead, scheme: &'static str) -> io::Result<Option<Request>> {
    let Some(line) = line(reader)?.filter(|line| !line.is_empty()) else {
        return Ok(None);
    };
    let mut parts = line.split(' ');
    let method = parts.next().unwrap_or_default().to_owned();
    let target = parts.next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    while let Some(line) = line_of_head(reader)? {
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let (path, query) = match target.find('?') {
        Some(at) => target.split_at(at),
        None => (target.as_str(), ""),
    };
    let mut request = Request {
        scheme,
        method,
        host: String::new(),
        path: decode(path, false),
        query: query.to_owned(),
        headers,
        body: Vec::new(),
    };
    let host = request.header("host").unwrap_or_default();
    request.host = host.split(':').next().unwrap_or_default().to_owned();
    request.body = body(reader, &request)?;
    Ok(Some(request))
}

fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = reader.read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

fn line_of_head(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    Ok(line(reader)?.filter(|line| !line.is_empty()))
}

fn body(reader: &mut impl BufRead, request: &Request) -> io::Result<Vec<u8>> {
    let chunked = request
        .header("transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    if !chunked {
        let length = request.header("content-length").unwrap_or("0");
        return part(reader, length.parse().map_err(io::Error::other)?);
    }
    let mut body = Vec::new();
    loop {
        let head = line(reader)?.unwrap_or_default();
        let size = head.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        if size == 0 {
            while line_of_head(reader)?.is_some() {}
            return Ok(body);
        }
        body.extend(part(reader, size)?);
        line(reader)?;
    }
}

fn part(reader: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    if length > BODY_MAX {
        return Err(io::Error::other("the body is too long"));
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn write(stream: &mut impl Write, answer: &Answer, silent: bool) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} -\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", answer.body.len()));
    stream.write_all(head.as_bytes())?;
    if !silent {
        stream.write_all(&answer.body)?;
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Talk(io::Cursor<Vec<u8>>, Vec<u8>);

    impl Read for Talk {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            self.0.read(bytes)
        }
    }

    impl Write for Talk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn requests_with_a_length_and_in_chunks_follow_each_other() {
        let text = "POST /a%20b?x=1+2&y=%26 HTTP/1.1\r\nHost: pets.test:443\r\nContent-Length: 2\r\n\r\nhi\
                    PUT / HTTP/1.1\r\nHost: pets.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        let talk = Talk(io::Cursor::new(text.into()), Vec::new());
        let mut seen = Vec::new();
        serve(talk, "https", |request| {
            seen.push((request.address(), request.arguments(), request.text()));
            Answer::text(200, "ok")
        })
        .unwrap();
        let arguments = vec![
            ("x".to_owned(), "1 2".to_owned()),
            ("y".to_owned(), "&".to_owned()),
        ];
        assert_eq!(
            seen,
            [
                (
                    "https://pets.test/a b".to_owned(),
                    arguments,
                    "hi".to_owned()
                ),
                (
                    "https://pets.test/".to_owned(),
                    Vec::new(),
                    "abcd".to_owned()
                ),
            ]
        );
    }
}
