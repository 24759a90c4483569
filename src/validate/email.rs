//! Addresses of electronic mail: the `addr-spec` of RFC 5322 (section 3.4.1) as it is used.
//!
//! The local part is a dot-atom of at most 64 bytes, the domain a name of the domain name system: two labels or more, of letters,
//! digits and inner hyphens (RFC 1034, section 3.5; RFC 1123, section 2.1), the last of which is not a number. The lengths are
//! those of RFC 5321 (section 4.5.3.1). Quoted local parts, address literals, comments, folded blanks and the obsolete syntax are
//! not taken: in a column of addresses they are mistakes.

use super::url::host_name;

/// The longest address that fits a path of RFC 5321 (256 bytes with its angle brackets).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// Whether the text is an address.
///
/// ```
/// use fast_csv::validate::email::is_email;
/// assert!(is_email(b"user.name+tag@example.com"));
/// assert!(!is_email(b"user..name@example.com"));
/// ```
#[must_use]
pub fn is_email(text: &[u8]) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let Some(local) = text.iter().position(|&byte| !ATOM[usize::from(byte)]) else {
        return false;
    };
    // Dots are no atom text on their own: one may only stand between two atoms.
    let mut at = local;
    let mut atom = 0;
    while text.get(at) == Some(&b'.') {
        if at == atom {
            return false;
        }
        atom = at + 1;
        at = atom + text[atom..].iter().take_while(|&&byte| ATOM[usize::from(byte)]).count();
    }
    let ended = at > atom && at <= LONGEST_LOCAL && text.get(at) == Some(&b'@');
    ended && host_name(&text[at + 1..]).is_some_and(|labels| labels >= 2)
}

/// `atext` of RFC 5322, section 3.2.3.
static ATOM: [bool; 256] = {
    let mut atom = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        atom[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = *b"!#$%&'*+-/=?^_`{|}~";
    let mut at = 0;
    while at < others.len() {
        atom[others[at] as usize] = true;
        at += 1;
    }
    atom
};

#[cfg(test)]
mod tests {
    use super::is_email;

    /// From RFC 5322 (appendix A), RFC 3696 (section 3, as corrected by its erratum 1690) and the JSON Schema test suite
    /// (`format/email.json`), of which the quoted and literal forms are named below.
    #[test]
    fn published_addresses() {
        for text in [
            "jdoe@machine.example",
            "mary@example.net",
            "john.q.public@example.com",
            "sysservices@example.net",
            "one@y.test",
            "user+mailbox@example.com",
            "customer/department=shipping@example.com",
            "$A12345@example.com",
            "!def!xyz%abc@example.com",
            "_somename@example.com",
            "joe.bloggs@example.com",
            "te~st@example.com",
            "~test@example.com",
            "test~@example.com",
            "te.s.t@example.com",
            "x@example.com",
            "FirstName.LastName@EasierReading.org",
            "user-@example.org",
            "a@xn--bcher-kva.example",
            "a@3com.com",
            "a@1.2.3.4.example",
        ] {
            assert!(is_email(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "@",
            "a@",
            "@example.com",
            "2962",
            ".test@example.com",
            "test.@example.com",
            "te..st@example.com",
            "joe.bloggs@invalid=domain.com",
            "joe.bloggs@[127.0.0.300]",
            "abc.example.com",
            "a@b@c@example.com",
            "a\"b(c)d,e:f;g<h>i[j\\k]l@example.com",
            "just\"not\"right@example.com",
            "this is\"not\\allowed@example.com",
            "i.like.underscores@but_they_are_not_allowed_in_this_part.example",
            "john..doe@example.com",
            "john.doe@example..com",
            "john.doe@.example.com",
            "john.doe@example.com.",
            "john.doe@-example.com",
            "john.doe@example-.com",
            "john.doe@example.com ",
            " john.doe@example.com",
            "john doe@example.com",
            "john.doe@example.com\n",
            "john.doe@example.123",
            "user@127.0.0.1",
            "m\u{fc}ller@example.com",
            "mueller@b\u{fc}cher.example",
            "a\0@example.com",
        ] {
            assert!(!is_email(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn forms_that_are_not_taken() {
        for text in [
            "\"joe bloggs\"@example.com",
            "\"joe@bloggs\"@example.com",
            "joe.bloggs@[127.0.0.1]",
            "joe.bloggs@[IPv6:::1]",
            "admin@mailserver",
            "pete(his account)@silly.test",
            "Mary Smith <mary@example.net>",
        ] {
            assert!(!is_email(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn lengths() {
        let of = |local: usize, labels: &[usize]| {
            let labels: Vec<String> = labels.iter().map(|&length| "b".repeat(length)).collect();
            is_email(format!("{}@{}", "a".repeat(local), labels.join(".")).as_bytes())
        };
        assert!(of(64, &[63, 3]));
        assert!(!of(65, &[63, 3]));
        assert!(!of(64, &[64, 3]));
        assert!(of(64, &[63, 63, 61]), "254 bytes");
        assert!(!of(64, &[63, 63, 62]), "255 bytes");
    }
}
