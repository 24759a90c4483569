//! Locations: the URI of RFC 3986 with a scheme and an authority, `scheme://[user@]host[:port][/path][?query][#fragment]`.
//!
//! The host is not empty, unless the scheme is `file` (RFC 8089); it is a registered name, an IPv4 address, or an IPv6 or later
//! address in brackets. A port is at most 65535. Any scheme is taken, and characters outside of ASCII only where they are
//! percent-encoded. URIs without an authority (`mailto:`, `urn:`, `tel:`) name things and do not say where they are.

use super::ip::is_ipv6;

/// Whether the text is a location.
///
/// ```
/// use fast_csv::validate::url::is_url;
/// assert!(is_url(b"https://example.com/a?b=c#d"));
/// assert!(!is_url(b"example.com"));
/// ```
#[must_use]
pub fn is_url(text: &[u8]) -> bool {
    let Some((scheme, rest)) = split_scheme(text) else {
        return false;
    };
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let placed = match authority {
        [] => scheme.eq_ignore_ascii_case(b"file") && rest.first() == Some(&b'/'),
        authority => is_authority(authority),
    };
    placed && is_path_query_fragment(rest)
}

/// `scheme "://"` and what follows it.
fn split_scheme(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| CLASS[usize::from(byte)] & SCHEME == 0)?;
    let (scheme, rest) = text.split_at(end);
    let rest = rest.strip_prefix(b"://")?;
    scheme.first().is_some_and(u8::is_ascii_alphabetic).then_some((scheme, rest))
}

fn is_authority(authority: &[u8]) -> bool {
    let host_and_port = match authority.iter().position(|&byte| byte == b'@') {
        Some(at) if !all(&authority[..at], NAME | COLON) => return false,
        Some(at) => &authority[at + 1..],
        None => authority,
    };
    let (host, port) = match host_and_port {
        [b'[', literal @ ..] => {
            let Some(end) = literal.iter().position(|&byte| byte == b']') else {
                return false;
            };
            if !is_ip_literal(&literal[..end]) {
                return false;
            }
            (&literal[..end], &literal[end + 1..])
        }
        name => {
            let end = name.iter().position(|&byte| byte == b':').unwrap_or(name.len());
            if !all(&name[..end], NAME) {
                return false;
            }
            name.split_at(end)
        }
    };
    !host.is_empty()
        && match port {
            [] => true,
            [b':', port @ ..] => is_port(port),
            _ => false,
        }
}

/// `*DIGIT` (RFC 3986, section 3.2.3), no more than a port may be.
fn is_port(port: &[u8]) -> bool {
    let value = port.iter().try_fold(0_u32, |value, byte| {
        byte.is_ascii_digit().then(|| (value * 10 + u32::from(byte - b'0')).min(1 << 16))
    });
    value.is_some_and(|value| value < 1 << 16)
}

/// What may stand in brackets: an IPv6 address, or `v` with a version, a dot and an address of that version.
fn is_ip_literal(literal: &[u8]) -> bool {
    match literal {
        [b'v' | b'V', future @ ..] => {
            let Some(dot) = future.iter().position(|&byte| byte == b'.') else {
                return false;
            };
            let (version, address) = (&future[..dot], &future[dot + 1..]);
            let plain = |byte: &u8| CLASS[usize::from(*byte)] & (NAME | COLON) != 0;
            !version.is_empty()
                && version.iter().all(u8::is_ascii_hexdigit)
                && !address.is_empty()
                && address.iter().all(plain)
        }
        _ => is_ipv6(literal),
    }
}

fn is_path_query_fragment(rest: &[u8]) -> bool {
    let fragment = rest.iter().position(|&byte| byte == b'#').unwrap_or(rest.len());
    // A question mark before the fragment begins the query, where more of them may stand: one class does for both.
    all(&rest[..fragment], NAME | COLON | PATH)
        && all(rest.get(fragment + 1..).unwrap_or_default(), NAME | COLON | PATH)
}

/// Whether all bytes are of the classes, or percent-encoded.
fn all(text: &[u8], classes: u8) -> bool {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if CLASS[usize::from(byte)] & classes != 0 {
            at += 1;
            continue;
        }
        match text[at..] {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => at += 3,
            _ => return false,
        }
    }
    true
}

/// Letters, digits, `+`, `-` and `.`.
const SCHEME: u8 = 1;
/// `unreserved` and `sub-delims`.
const NAME: u8 = 2;
/// `:`, which a name of a host may not hold.
const COLON: u8 = 4;
/// `@`, `/` and `?`.
const PATH: u8 = 8;

static CLASS: [u8; 256] = {
    const fn add(mut table: [u8; 256], bytes: &[u8], class: u8) -> [u8; 256] {
        let mut at = 0;
        while at < bytes.len() {
            table[bytes[at] as usize] |= class;
            at += 1;
        }
        table
    }
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] = SCHEME | NAME;
        }
        byte += 1;
    }
    let table = add(table, b"+-.", SCHEME);
    let table = add(table, b"-._~!$&'()*+,;=", NAME);
    let table = add(table, b":", COLON);
    add(table, b"@/?", PATH)
};

/// The number of labels of a name of the domain name system whose last label is not a number; `None` for any other text.
///
/// Labels are of 1 to 63 letters, digits and inner hyphens, the name of at most 253 bytes.
pub(super) fn host_name(name: &[u8]) -> Option<usize> {
    const LONGEST: usize = 253;
    const LONGEST_LABEL: usize = 63;
    let (mut labels, mut start) = (1, 0);
    let mut letters = false;
    let is_label = |start: usize, end: usize| {
        (1..=LONGEST_LABEL).contains(&(end - start)) && name[start] != b'-' && name[end - 1] != b'-'
    };
    for (at, &byte) in name.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'-' => letters = true,
            b'0'..=b'9' => {}
            b'.' if is_label(start, at) => {
                labels += 1;
                start = at + 1;
                letters = false;
            }
            _ => return None,
        }
    }
    (name.len() <= LONGEST && letters && is_label(start, name.len())).then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::is_url;

    #[test]
    fn locations() {
        for text in [
            // RFC 3986, section 1.1.2.
            "ftp://ftp.is.co.za/rfc/rfc1808.txt",
            "http://www.ietf.org/rfc/rfc2396.txt",
            "ldap://[2001:db8::7]/c=GB?objectClass?one",
            "telnet://192.0.2.16:80/",
            // Section 3.
            "foo://example.com:8042/over/there?name=ferret#nose",
            // Sections 5.4, 6.2.2 and 6.2.3.
            "http://a/b/c/d;p?q",
            "http://a/b/c/g?y/../x#s/./x",
            "eXAMPLE://a/./b/../b/%63/%7bfoo%7d",
            "http://example.com",
            "http://example.com/",
            "http://example.com:/",
            "http://example.com:80/",
            // Section 7.6.
            "ftp://cnn.example.com&story=breaking_news@10.0.0.1/top_story.htm",
            // RFC 8089, section 2.
            "file:///path/to/file",
            "file://host.example.com/path/to/file",
            // RFC 2732, section 2.
            "http://[FEDC:BA98:7654:3210:FEDC:BA98:7654:3210]:80/index.html",
            "http://[::192.9.5.5]/ipng",
            "http://[::FFFF:129.144.52.38]:80/index.html",
            "http://[v7.a:b]/",
            "https://user:password@example.com:8080/?q#",
            "http://example.com?query",
            "http://example.com#fragment",
            "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com",
            "s3://bucket/key",
            "http://localhost:3000",
            "http://a_b.example/",
            "http://example.com:65535",
        ] {
            assert!(is_url(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn others() {
        for text in [
            "",
            "http",
            "http:",
            "http://",
            "http:///path",
            "http://?q",
            "http://#f",
            "://example.com",
            "//example.com",
            "/path",
            "example.com",
            "www.example.com",
            "1http://example.com",
            "ht_tp://example.com",
            "http:/example.com",
            "http//example.com",
            "http://exa mple.com",
            "http://example.com/a b",
            "http://example.com/\u{e9}",
            "http://b\u{fc}cher.example/",
            "http://example.com/%",
            "http://example.com/%4",
            "http://example.com/%zz",
            "http://example.com/<a>",
            "http://example.com/\"a\"",
            "http://example.com/a|b",
            "http://example.com/a\\b",
            "http://example.com/a^b",
            "http://example.com/{a}",
            "http://example.com/[a]",
            "http://example.com/#a#b",
            "http://example.com:port/",
            "http://example.com:65536/",
            "http://example.com:99999999999999999999/",
            "http://a@b@c/",
            "http://@/",
            "http://:80/",
            "http://[::1/",
            "http://[::1]a/",
            "http://[::g]/",
            "http://[127.0.0.1]/",
            "http://[v.a]/",
            "http://[]/",
            "http://2001:db8::7/",
            "http://example.com\n",
            " http://example.com",
            // URIs that are not locations (RFC 3986, section 1.1.2).
            "mailto:John.Doe@example.com",
            "news:comp.infosystems.www.servers.unix",
            "tel:+1-816-555-1212",
            "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
        ] {
            assert!(!is_url(text.as_bytes()), "{text}");
        }
    }
}
