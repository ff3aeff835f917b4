//! Fix recipes (`causes.md` §4), filled in with the values of the message at hand.
