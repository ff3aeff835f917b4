//! Domains that anybody can send mail from: to allow one is to allow a stranger.

use crate::tenant::domain::{is_one_or_below, is_same, is_subdomain};

/// Mailboxes for everybody, and services that send for everybody under a name of their own.
const OF_EVERYBODY: [&str; 23] = [
    "gmail.com",
    "googlemail.com",
    "google.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "aol.com",
    "icloud.com",
    "gmx.net",
    "gmx.de",
    "web.de",
    "proton.me",
    "protonmail.com",
    "amazonses.com",
    "sendgrid.net",
    "mailgun.org",
    "mandrillapp.com",
    "mcsv.net",
    "sparkpostmail.com",
    "mailjet.com",
    "mtasv.net",
];

/// Parents under which each customer has a name of its own.
const OF_CUSTOMERS: [&str; 2] = ["onmicrosoft.com", "gappssmtp.com"];

/// Whether anybody can send mail of that domain.
pub(super) fn is_everybodys(domain: &str) -> bool {
    is_one_or_below(domain, &OF_EVERYBODY)
        || OF_CUSTOMERS.iter().any(|parent| is_same(domain, parent))
}

/// The domain by which an organisation is told from others: the registrable one, or the customer's own under
/// a provider's.
pub(super) fn of_organization(domain: &str) -> &str {
    if OF_CUSTOMERS.iter().any(|parent| is_subdomain(domain, parent)) {
        return domain;
    }
    psl::domain_str(domain).unwrap_or(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_name_is_everybodys_and_a_customers_below_it_is_not() {
        for everybodys in ["gmail.com", "eu-west-1.amazonses.com", "onmicrosoft.com"] {
            assert!(is_everybodys(everybodys), "{everybodys}");
        }
        for own in ["phish.example", "phish.onmicrosoft.com", "notgmail.com"] {
            assert!(!is_everybodys(own), "{own}");
        }
        assert_eq!(of_organization("mta.phish.example"), "phish.example");
        assert_eq!(of_organization("phish.onmicrosoft.com"), "phish.onmicrosoft.com");
    }
}
