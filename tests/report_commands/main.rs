//! `ticket`, `diff`, `completions`, `man`, the configuration file and redaction, as a user runs them.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod manners;
