//! International bank account numbers, ISO 13616-1.
//!
//! Two letters of the country, two check digits, and an account number of capital letters and digits whose length the country
//! has registered; moved behind it, with letters as the numbers 10 to 35, country and check digits make the whole leave 1 when
//! divided by 97 (ISO/IEC 7064, MOD 97-10). The electronic form has no blanks; the printed form has one after every four
//! characters. Lengths are those of the IBAN Registry that SWIFT keeps.

/// Whether the text is such a number, in its electronic or its printed form.
///
/// ```
/// use fast_csv::validate::iban::is_iban;
/// assert!(is_iban(b"GB82WEST12345698765432"));
/// assert!(is_iban(b"GB82 WEST 1234 5698 7654 32"));
/// assert!(!is_iban(b"GB82WEST12345698765431"));
/// ```
#[must_use]
pub fn is_iban(text: &[u8]) -> bool {
    if text.get(4) != Some(&b' ') {
        return is_electronic(text);
    }
    let mut electronic = [0; LONGEST];
    let mut length = 0;
    for group in text.chunks(5) {
        let (group, last) = match group {
            [group @ .., b' '] if group.len() == 4 => (group, false),
            group if group.len() <= 4 => (group, true),
            _ => return false,
        };
        let Some(place) = electronic.get_mut(length..length + group.len()) else {
            return false;
        };
        place.copy_from_slice(group);
        length += group.len();
        if last {
            return is_electronic(&electronic[..length]);
        }
    }
    // A blank was the last.
    false
}

/// The longest that the standard allows.
const LONGEST: usize = 34;

fn is_electronic(text: &[u8]) -> bool {
    let [first, second, tens, ones, account @ ..] = text else {
        return false;
    };
    let Some(length) = length_of([*first, *second]) else {
        return false;
    };
    if text.len() != length || !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return false;
    }
    // By ISO/IEC 7064 check digits are 02 to 98: the others leave the same remainder as one of these.
    let check = (tens - b'0') * 10 + (ones - b'0');
    (2..=98).contains(&check) && remainder(account.iter().chain(&text[..4])) == Some(1)
}

/// The remainder by 97 of digits and capital letters read as numbers; `None` where another byte is among them.
fn remainder<'a>(text: impl Iterator<Item = &'a u8>) -> Option<u64> {
    let mut value = 0_u64;
    for &byte in text {
        value = match byte {
            b'0'..=b'9' => value * 10 + u64::from(byte - b'0'),
            b'A'..=b'Z' => value * 100 + u64::from(byte - b'A' + 10),
            _ => return None,
        };
        if value > u64::MAX / 128 {
            value %= 97;
        }
    }
    Some(value % 97)
}

fn length_of([first, second]: [u8; 2]) -> Option<usize> {
    let place = |letter: u8| letter.is_ascii_uppercase().then(|| usize::from(letter - b'A'));
    let length = LENGTHS[place(first)?][place(second)?];
    (length > 0).then_some(usize::from(length))
}

/// Each country's code and the length of its numbers.
const COUNTRIES: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 \
    EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 \
    IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 \
    NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 \
    SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// Lengths by the letters of the country; 0 where there is none.
static LENGTHS: [[u8; 26]; 26] = {
    let mut lengths = [[0; 26]; 26];
    let mut rest = COUNTRIES.as_bytes();
    while let [first, second, tens, ones, others @ ..] = rest {
        lengths[(*first - b'A') as usize][(*second - b'A') as usize] = (*tens - b'0') * 10 + (*ones - b'0');
        rest = match others {
            [b' ', others @ ..] => others,
            others => others,
        };
    }
    lengths
};

#[cfg(test)]
mod tests {
    use super::is_iban;

    /// The examples of the IBAN Registry, electronic form.
    const EXAMPLES: &str = "\
        AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201 \
        AZ21NABZ00000000137010001944 BA391290079401028494 BE68539007547034 BG80BNBG96611020345678 \
        BH67BMAG00001299123456 BR1800360305000010009795493C1 BY13NBRB3600900000002Z00AB00 \
        CH9300762011623852957 CR05015202001026284066 CY17002001280000001200527600 CZ6508000000192000145399 \
        DE89370400440532013000 DK5000400440116243 DO28BAGR00000001212453611324 EE382200221020145685 \
        ES9121000418450200051332 FI2112345600000785 FO6264600001631634 FR1420041010050500013M02606 \
        GB29NWBK60161331926819 GE29NB0000000101904917 GI75NWBK000000007099453 GL8964710001000206 \
        GR1601101250000000012300695 GT82TRAJ01020000001210029690 HR1210010051863000160 \
        HU42117730161111101800000000 IE29AIBK93115212345678 IL620108000000099999999 \
        IS140159260076545510730339 IT60X0542811101000000123456 JO94CBJO0010000000000131000302 \
        KW81CBKU0000000000001234560101 KZ86125KZT5004100100 LB62099900000001001901229114 \
        LC55HEMM000100010012001200023015 LI21088100002324013AA LT121000011101001000 LU280019400644750000 \
        LV80BANK0000435195001 MC5811222000010123456789030 MD24AG000225100013104168 ME25505000012345678951 \
        MK07250120000058984 MR1300020001010000123456753 MT84MALT011000012345MTLCAST001S \
        MU17BOMM0101101030300200000MUR NL91ABNA0417164300 NO9386011117947 PK36SCBL0000001123456702 \
        PL61109010140000071219812874 PT50000201231234567890154 RO49AAAA1B31007593840000 \
        SE4550000000058398257466 SI56263300012039086 TR330006100519786457841326";

    #[test]
    fn the_registry() {
        assert_eq!(super::LENGTHS.as_flattened().iter().filter(|length| **length > 0).count(), 89);
        for text in EXAMPLES.split(' ') {
            assert!(is_iban(text.as_bytes()), "{text}");
            let groups: Vec<&str> = text.as_bytes().chunks(4).map(|group| str::from_utf8(group).unwrap()).collect();
            assert!(is_iban(groups.join(" ").as_bytes()), "{text}");
            assert!(!is_iban(groups.join("  ").as_bytes()), "{text}");
            assert!(!is_iban(groups.join("-").as_bytes()), "{text}");
            assert!(!is_iban(format!("{} ", groups.join(" ")).as_bytes()), "{text}");
            assert!(!is_iban(text.to_lowercase().as_bytes()), "{text}");
            for place in 2..text.len() {
                let mut wrong = text.as_bytes().to_vec();
                wrong[place] = if wrong[place] == b'9' { b'8' } else { b'9' };
                assert!(!is_iban(&wrong), "{text} {place}");
                assert!(!is_iban(&text.as_bytes()[..place]), "{text} {place}");
            }
        }
    }

    #[test]
    fn others() {
        for text in [
            "",
            " ",
            "GB",
            "GB82",
            "GB82 ",
            "GB82WEST1234569876543",
            "GB82WEST123456987654321",
            "GB82 WEST12345698765432",
            "GB82WEST 1234 5698 7654 32",
            "ZZ82WEST12345698765432",
            "US64SVBKUS6S3300958879",
            "GB8\u{e9}WEST1234569876543",
            "GB82 WEST 1234 5698 7654 32 1234 5678 9012 3456 7890 1234",
        ] {
            assert!(!is_iban(text.as_bytes()), "{text}");
        }
    }

    /// 00, 01 and 99 leave what 97, 98 and 02 leave, and are no check digits.
    #[test]
    fn check_digits_that_do_not_exist() {
        let remainder = |text: String| {
            let bytes = text.as_bytes();
            super::remainder(bytes[4..].iter().chain(&bytes[..4]))
        };
        let found = (0..1000).find_map(|account| {
            let of = |check: &str| format!("BE{check}{account:012}");
            (remainder(of("98")) == Some(1)).then(|| (of("98"), of("01")))
        });
        let (right, wrong) = found.unwrap();
        assert_eq!(remainder(wrong.clone()), Some(1));
        assert!(is_iban(right.as_bytes()));
        assert!(!is_iban(wrong.as_bytes()));
    }
}
