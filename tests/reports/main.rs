//! Reports of diagnoses built by hand: what they show, and that no value of a stranger gets loose.

#[cfg(test)]
mod csv;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod html;
#[cfg(test)]
mod markdown;
#[cfg(test)]
mod redact;
mod redact_headers;
#[cfg(test)]
mod redact_names;
