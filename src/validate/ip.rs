//! Addresses of the Internet Protocol.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The longest that either is written: eight groups of four, or six of them and an IPv4 address.
const LONGEST: usize = 45;

/// Whether the text is an IPv4 address: four decimal octets without leading zeros and dots between them (`IPv4address` of
/// RFC 3986, section 3.2.2).
#[must_use]
pub fn is_ipv4(text: &[u8]) -> bool {
    is::<Ipv4Addr>(text)
}

/// Whether the text is an IPv6 address as RFC 4291 (section 2.2) writes it: groups of up to four hexadecimal digits, one run of
/// zeros as `::` perhaps, an IPv4 address for the last two groups perhaps. A zone or a prefix length is no part of an address.
#[must_use]
pub fn is_ipv6(text: &[u8]) -> bool {
    is::<Ipv6Addr>(text)
}

fn is<A: FromStr>(text: &[u8]) -> bool {
    text.len() <= LONGEST && std::str::from_utf8(text).is_ok_and(|text| text.parse::<A>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::{is_ipv4, is_ipv6};

    #[test]
    fn octets() {
        for text in ["0.0.0.0", "127.0.0.1", "192.0.2.16", "255.255.255.255", "10.1.2.3"] {
            assert!(is_ipv4(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "1",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "1.2.3.",
            ".1.2.3",
            "1..2.3",
            "01.2.3.4",
            "1.2.3.04",
            "00.0.0.0",
            "1.2.3.4 ",
            " 1.2.3.4",
            "1.2.3.-4",
            "+1.2.3.4",
            "0x7f.0.0.1",
            "1.2.3.4/24",
            "1,2,3,4",
            "1.2.3.4444444444",
            "::1",
        ] {
            assert!(!is_ipv4(text.as_bytes()), "{text}");
        }
    }

    /// RFC 4291, section 2.2 and 2.5.5, RFC 5952 and the cases of the JSON Schema test suite (`format/ipv6.json`).
    #[test]
    fn groups() {
        for text in [
            "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789",
            "2001:DB8:0:0:8:800:200C:417A",
            "FF01:0:0:0:0:0:0:101",
            "0:0:0:0:0:0:0:1",
            "0:0:0:0:0:0:0:0",
            "2001:DB8::8:800:200C:417A",
            "FF01::101",
            "::1",
            "::",
            "0:0:0:0:0:0:13.1.68.3",
            "0:0:0:0:0:FFFF:129.144.52.38",
            "::13.1.68.3",
            "::FFFF:129.144.52.38",
            "2001:db8:0:1:1:1:1:1",
            "::abef",
            "::42:ff:1",
            "d6::",
            "1:d6::42",
            "1::d6:192.168.0.1",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1:2:3:4:5:6:1.2.3.4",
        ] {
            assert!(is_ipv6(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            ":",
            ":::",
            "12345::",
            "::abcd:efgh",
            "1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1",
            "::laptop",
            ":2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:",
            ":2:3:4::8",
            "1::d6::42",
            "1::2:192.168.256.1",
            "1::2:192.168.ff.1",
            "1:2::192.168.0.1:3",
            "::192.168.0.01",
            "1:2:3:4:5:::8",
            "1:2:3:4:5:6:7",
            "1:2:3:4::5:6:7:8",
            "1",
            "127.0.0.1",
            "1:2:3:4:1.2.3",
            "  ::1",
            "::1  ",
            "fe80::/64",
            "fe80::a%eth1",
            "1000:1000:1000:1000:1000:1000:255.255.255.255.255",
            "100:100:100:100:100:100:255.255.255.255.255",
            "[::1]",
            "1:2:3:4:5:6:7:\u{09EA}",
        ] {
            assert!(!is_ipv6(text.as_bytes()), "{text}");
        }
    }
}
