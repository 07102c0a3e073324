//! How many digits the smallest unit of a currency has, by ISO 4217 (list one, of 2026).

/// Codes by the digits behind the mark.
const DIGITS: &[(u8, &str)] = &[
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF \
         CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG \
         HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR \
         MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD \
         SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD \
         XCG YER ZAR ZMW ZWG",
    ),
];

/// Digits of the smallest unit of a currency: 2 for SGD, 0 for JPY, 3 for KWD. None for what is no currency's code.
#[must_use]
pub fn minor_unit(code: &str) -> Option<u8> {
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let known = |(_, codes): &&(u8, &str)| codes.split_ascii_whitespace().any(|known| known == code);
    DIGITS.iter().filter(|_| is_code).find(known).map(|(digits, _)| *digits)
}

/// Codes of currencies that the euro has followed.
const FORMER: &str = "ATS BEF CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MTL NLG PTE SIT SKK";

/// Whether it is the code of a currency, or was.
#[must_use]
pub fn is_currency(code: &str) -> bool {
    minor_unit(code).is_some() || FORMER.split(' ').any(|former| former == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_has_its_digits_and_another_word_none() {
        for (code, digits) in [
            ("SGD", Some(2)),
            ("JPY", Some(0)),
            ("KWD", Some(3)),
            ("CLF", Some(4)),
            ("sgd", None),
            ("SG", None),
        ] {
            assert_eq!(minor_unit(code), digits, "{code}");
        }
        let mut all: Vec<_> = DIGITS.iter().flat_map(|(_, codes)| codes.split_ascii_whitespace()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "no code stands twice");
    }
}
